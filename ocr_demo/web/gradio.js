// Some of Gradio's words are in English whatever the page is in: they are put into its language as they appear.
(() => {
  const words = {
    "More tabs": "[[More tabs]]",
    "Empty value": "[[Empty value]]",
    "File upload": "[[File upload]]",
    "Upload file": "[[Upload file]]",
    "Capture from camera": "[[Capture from camera]]",
    "Paste from clipboard": "[[Paste from clipboard]]",
    "Remove Image": "[[Remove Image]]",
    "grant webcam access": "[[grant webcam access]]",
    "Click to Access Webcam": "[[Click to Access Webcam]]",
    "capture photo": "[[capture photo]]",
    "select input source": "[[select input source]]",
    "select source": "[[select source]]",
    "spinner": "[[spinner]]",
    "common.complete": "[[Done.]]", // a key of Gradio's that may come before its words do
    "Dismiss": "[[Dismiss]]",
    "Close": "[[Close]]",
    "Error": "[[Error]]",
    "Connection Lost": "[[Connection Lost]]",
    "Connection to the server was lost. Attempting reconnection...":
      "[[Connection to the server was lost. Attempting reconnection...]]",
  };
  const patterns = [
    [/^File\(s\) exceed the maximum allowed size of ([\d.]+) Mb: .*$/s, "[[The file has more than {most} MB; choose a smaller one.]]"],
    [/^Queue is full\. .*$/s, "[[Too many are waiting; try again in a moment.]]"],
    [/^Connection errored out\. .*$/s, "[[The connection to the server has failed; try again.]]"],
  ];
  const told = ["aria-label", "title"];

  /** What a text of Gradio's is in the page's language, if it is one of these. */
  function translated(text) {
    if (words[text]) return words[text];
    for (const [pattern, said] of patterns) {
      const found = pattern.exec(text);
      if (found) return said.replace("{most}", found[1]);
    }
  }

  function translate(element) {
    for (const name of told) {
      const known = translated(element.getAttribute(name));
      if (known) element.setAttribute(name, known);
    }
    for (const node of element.childNodes) {
      const known = node.nodeType === Node.TEXT_NODE && translated(node.data.trim());
      if (known) node.data = known;
    }
  }

  /** The element and all below it. */
  function translateAll(element) {
    translate(element);
    element.querySelectorAll("*").forEach(translate);
  }

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") translate(target);
      if (type === "characterData" && target.parentElement) translate(target.parentElement);
      for (const node of addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) translateAll(node);
        else if (node.parentElement) translate(node.parentElement);
      }
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: told });
  translateAll(document.body);
})();
