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
    "Dismiss": "[[Dismiss]]",
  };
  const told = ["aria-label", "title"];

  function translate(element) {
    for (const name of told) {
      const known = words[element.getAttribute(name)];
      if (known) element.setAttribute(name, known);
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && words[node.data.trim()]) node.data = words[node.data.trim()];
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
      for (const node of addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) translateAll(node);
        else if (node.parentElement) translate(node.parentElement);
      }
    }
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: told });
  translateAll(document.body);
})();
