// Under the answer: one tap says what the drawing or the picture is, right or wrong.
// Gradio runs this with `element`, `props`, `trigger` and `watch` in scope.

// Arabic letters reach lower than others, and their dots lower still: the label above makes room for them.
watch("value", () => {
  const [likeliest = ""] = props.value?.labels ?? [];
  const script = /\p{Script=Arabic}/u.test(likeliest) ? "arabic" : "other";
  document.getElementById("reading")?.setAttribute("data-script", script); // not there as the page is left
});

// What is kept, or taken back, here is in the Teach tab at once.
let kept, keptOf, spokenOf;
watch("value", () => {
  const now = props.value?.kept;
  if (now?.id === kept?.id) return;
  if (!now && keptOf && keptOf === asRead(drawn())) {
    props.value = { ...props.value, kept }; // its last stroke was answered late: no reason to ask again
    return;
  }
  [kept, keptOf] = [now, now ? spokenOf : null];
  document.getElementById("gallery")?.dispatchEvent(new CustomEvent("changed"));
});

/** The drawing, as a data URL, where that is what is read; of a picture the server knows. */
function drawn() {
  const detail = {};
  document.getElementById("pad")?.dispatchEvent(new CustomEvent("hand-over", { detail }));
  return detail.drawing ?? null;
}

/** What a drawing is read by, and the drawing. */
function asRead(drawing) {
  return drawing && `${document.body.dataset.checkpoint} ${drawing}`;
}

function say(label) {
  const drawing = drawn();
  spokenOf = asRead(drawing);
  props.value = { ...props.value, asked: { label, drawing } };
  trigger("keep");
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.label) say(button.dataset.label);
  else if (button?.dataset.act === "keep") say(element.querySelector("input").value);
  else if (button?.dataset.act === "undo") {
    keptOf = null;
    trigger("undo");
  }
});

// a keyboard on a screen may have no Enter: what is typed can be kept with a button too
element.addEventListener("input", ({ target }) => {
  element.querySelector("[data-act=keep]").hidden = !target.value.trim();
});

element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input") || !event.target.value.trim()) return;
  event.preventDefault();
  say(event.target.value);
});
