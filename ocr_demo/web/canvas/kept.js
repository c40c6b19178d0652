// What is drawn, and the checkpoint that reads it, come along to the page in another language; so does one that was
// chosen. Where there is neither, the other page begins with its own. They stay, too, where Gradio loads the page anew
// because it has found a lost server again.

const KEPT = "ocr_demo.drawing";

function keep() {
  if (!canvas.isConnected) return;
  if (!drawing.acts.length && !drawing.undone.length && checkpoint === props.checkpoint) return;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ acts: drawing.acts, undone: drawing.undone, checkpoint }));
  } catch { /* a page inside another may not keep anything */ }
}

/** Whether Gradio tells that it has lost the server. */
function lost() {
  const told = "[[Connection to the server was lost. Attempting reconnection...]]";
  return [...document.querySelectorAll(".toast-body")].some((each) => each.textContent.includes(told));
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("#language-switch a")) keep();
});
addEventListener("pagehide", () => {
  if (lost()) keep();
});

/** What the page before has left for this one, once. */
function left() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return kept;
  } catch {
    return null;
  }
}

const kept = left();
if (kept) {
  Object.assign(drawing, { acts: kept.acts, undone: kept.undone });
  checkpoint = kept.checkpoint;
  changed();
  props.value = { ...props.blank, checkpoint };
  trigger("kept");
}
