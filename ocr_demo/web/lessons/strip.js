// Under the answer: one tap says what the drawing or the picture is, right or wrong.
// Gradio runs this with `element`, `props`, `trigger` and `watch` in scope.

// Arabic letters reach lower than others, and their dots lower still: the label above makes room for them.
watch("value", () => {
  const [likeliest = ""] = props.value?.labels ?? [];
  const script = /\p{Script=Arabic}/u.test(likeliest) ? "arabic" : "other";
  document.getElementById("reading")?.setAttribute("data-script", script); // not there as the page is left
});

// What is kept, or taken back, here is in the Teach tab at once.
let kept;
watch("value", () => {
  if (props.value?.kept?.id === kept) return;
  kept = props.value?.kept?.id;
  document.getElementById("gallery")?.dispatchEvent(new CustomEvent("changed"));
});

/** Hands the drawing over too, where that is what is read; of a picture the server knows. */
function say(label) {
  const detail = {};
  document.getElementById("pad").dispatchEvent(new CustomEvent("hand-over", { detail }));
  props.value = { ...props.value, asked: { label, drawing: detail.drawing ?? null } };
  trigger("keep");
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.label) say(button.dataset.label);
  else if (button?.dataset.act === "keep") say(element.querySelector("input").value);
  else if (button?.dataset.act === "undo") trigger("undo");
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
