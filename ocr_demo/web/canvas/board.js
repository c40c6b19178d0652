// The board under a pad: turns pointers, buttons and keys into strokes.
// Gradio runs this with `element` in scope; what uses it says in `drawn` and `redrawn` what follows.

const canvas = element.querySelector("canvas");
const size = element.querySelector("input[type=range]");
const screen = new Surface(canvas);
const sheet = new Surface(Object.assign(document.createElement("canvas"), { width: SHEET, height: SHEET }), "#fff");
const drawing = new Drawing();

let tool = "brush";
let stroke = null; // the one being drawn
let pointer = null; // the pointer that draws it; others, as a resting palm, are ignored

// ---- strokes

canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button > 0 && !(event.buttons & 32)) return;
  event.preventDefault();
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  stroke = { tool: event.buttons & 32 ? "eraser" : tool, points: [pointAt(event)] };
  drawing.add(stroke);
  extend(0);
});

canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const from = stroke.points.length;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) stroke.points.push(pointAt(each));
  extend(from);
});

for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  canvas.addEventListener(end, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = stroke = null;
    changed();
  });
}

function pointAt(event) {
  const box = canvas.getBoundingClientRect();
  const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.5 + event.pressure : 1;
  return {
    x: (event.clientX - box.left) * SHEET / box.width,
    y: (event.clientY - box.top) * SHEET / box.height,
    width: size.valueAsNumber * pressure,
  };
}

/** Paints what the pen has just added, without painting the rest again. */
function extend(from) {
  for (const surface of [screen, sheet]) surface.paint(stroke, from);
  mark();
  drawn();
}

/** The drawing is another one. */
function changed() {
  repaint();
  redrawn();
}

/** A new sheet, with nothing to undo. */
function wipe() {
  Object.assign(drawing, { acts: [], undone: [] });
  repaint();
}

function repaint() {
  for (const surface of [screen, sheet]) surface.repaint(drawing.strokes);
  mark();
}

// ---- tools

const acts = {
  brush: () => choose("brush"),
  eraser: () => choose("eraser"),
  undo: () => { drawing.undo(); changed(); },
  redo: () => { drawing.redo(); changed(); },
  clear: () => { drawing.clear(); changed(); },
  smaller: () => resize(size.valueAsNumber - 4),
  larger: () => resize(size.valueAsNumber + 4),
};

const keys = {
  b: "brush", e: "eraser", z: "undo", y: "redo", c: "clear", Delete: "clear", "[": "smaller", "]": "larger",
};
const brackets = { BracketLeft: "[", BracketRight: "]" };

function button(act) {
  return element.querySelector(`[data-act=${act}]`);
}

function choose(name) {
  tool = name;
  for (const each of ["brush", "eraser"]) button(each).setAttribute("aria-pressed", each === name);
}

function resize(value) {
  size.value = value;
  element.style.setProperty("--brush", size.value);
}

/** Shows which buttons have something to do, and the hint while the pad is blank. */
function mark() {
  button("undo").setAttribute("aria-disabled", !drawing.acts.length);
  button("redo").setAttribute("aria-disabled", !drawing.undone.length);
  button("clear").setAttribute("aria-disabled", !drawing.strokes.length);
  element.classList.toggle("blank", !drawing.strokes.length);
}

element.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act && pointer === null) acts[act](); // another finger's tap would undo what is being drawn
});
size.addEventListener("input", () => resize(size.value));

document.addEventListener("keydown", (event) => {
  if (!canvas.isConnected || !canvas.offsetParent || event.altKey) return;
  if (event.target.closest("input:not([type=range]), textarea, select, [contenteditable], [role=listbox]")) return;
  const command = event.ctrlKey || event.metaKey;
  const key = keyOf(event);
  if (command && !"zy".includes(key)) return;
  const act = command && event.shiftKey && key === "z" ? "redo" : keys[key];
  if (!act || pointer !== null) return;
  event.preventDefault();
  acts[act]();
});

/** A key by its letter; where that isn't Latin, by its place, as Arabic and Russian keyboards show Latin ones. */
function keyOf({ key, code }) {
  const isForeign = /[^\x00-\x7f]/.test(key) && !/\p{Script=Latin}/u.test(key);
  const isArabicZ = key === "~" && code === "KeyZ"; // with Shift
  if (isForeign || isArabicZ) return brackets[code] ?? code.replace(/^Key/, "").toLowerCase();
  return key.length === 1 ? key.toLowerCase() : key;
}

// ---- the window

new ResizeObserver(() => {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (!side || side === canvas.width) return; // hidden behind another tab, or nothing new
  canvas.width = canvas.height = side;
  screen.repaint(drawing.strokes);
}).observe(canvas);

resize(size.value);
repaint();
