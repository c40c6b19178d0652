// The drawing pad: has what is drawn on the board read.
// Gradio runs this with `element`, `props`, `trigger` and `server` in scope.

const sender = new Sender({ read, show, failed, pause: 24 });

let checkpoint = props.checkpoint; // kept here: Gradio may set props back to what they were
let reading = "drawing"; // or "picture", in its place
let awaited = false; // whether a picture's answer is still to come

/** Says what to draw for the checkpoint that reads. */
function hint() {
  element.querySelector(".hint").textContent = props.hints[checkpoint] ?? "";
}

function read() {
  return server.read({ picture: sheet.canvas.toDataURL(), checkpoint });
}

function show(answer) {
  props.value = answer;
  trigger("answer");
}

function failed() {
  const former = props.value ?? props.blank;
  show({ ...former, remark: { ...former.remark, trouble: props.unanswered } });
}

/** What is drawn is read, while the pen still moves; called by the board. */
function drawn() {
  resume();
  sender.changed();
}

const redrawn = drawn;

/** The drawing is what is read from now on, whatever was. */
function resume() {
  if (reading === "drawing") return;
  reading = "drawing";
  trigger("resume");
}

// The page tells of a picture, or of another checkpoint, before it is read, and is told what was read until then ...
element.closest("#pad").addEventListener("ask", ({ detail }) => {
  checkpoint = detail.checkpoint;
  detail.drawn = reading === "drawing" && drawing.strokes.length > 0;
  hint();
  awaited = detail.picture;
  reading = detail.picture ? "picture" : "drawing";
  if (detail.picture) sender.drop();
  else sender.changed();
});

// Another checkpoint reads under the same name: what is drawn is read anew.
element.closest("#pad").addEventListener("again", () => {
  if (reading === "drawing" && drawing.strokes.length) sender.changed();
});

// ... and afterwards, when a picture that could be read takes the drawing's place; undo brings that back.
element.closest("#pad").addEventListener("settle", ({ detail }) => {
  const drawnMeanwhile = awaited && reading === "drawing"; // and by now the picture's answer is shown
  awaited = false;
  reading = detail.picture || drawnMeanwhile ? "picture" : "drawing";
  if (drawnMeanwhile) return changed();
  if (!detail.picture) return;
  drawing.clear();
  repaint();
});

// What says what a drawing is asks for it; while a picture is read in its place there is none to have.
element.closest("#pad").addEventListener("hand-over", ({ detail }) => {
  if (reading === "drawing" && drawing.strokes.length) detail.drawing = sheet.canvas.toDataURL();
});

hint();
