// Collects characters: says what to draw, keeps what was drawn, and goes on to the next at once.
// Gradio runs this with `element`, `props` and `server` in scope; the pad is in board.js.

let checkpoint = document.body.dataset.checkpoint ?? props.checkpoint;
let plan = { all: [], misread: [] };
let at = 0;
let kept = new Set(); // the labels of this round that were kept, not skipped
const KEPT = "ocr_demo.practice";
let lost = false; // whether the note tells of a drawing that was not kept

const part = (name) => element.querySelector(name);
const way = part(".steps select");

function drawn() {
  if (!lost) note("");
}

function redrawn() {}

function wanted() {
  return plan[way.value] ?? [];
}

function note(words, wrong = false) {
  lost = false;
  part(".note").textContent = words;
  part(".note").classList.toggle("problem", wrong);
}

/** Says that a drawing is lost, also to who draws the next one by now. */
function lose(words) {
  note(words, true);
  lost = true;
}

/** "Draw a Q", "Draw an R": by how a character's name begins when it is spoken. */
function task(label) {
  return "AEFHILMNORSX8".includes(label) ? "[[Draw an]]" : "[[Draw a]]";
}

/** Shows what is to be drawn now, on a blank sheet. */
function show() {
  const labels = wanted();
  const over = at >= labels.length;
  part(".task .lead").textContent = over ? "[[All done.]]" : task(labels[at]);
  part(".task b").textContent = over ? "" : labels[at];
  part(".hint").textContent = over ? "[[Start again for more of each]]" : `${task(labels[at])} ${labels[at]}`;
  for (const step of ["keep", "skip"]) part(`[data-step=${step}]`).hidden = over;
  part("[data-step=restart]").hidden = !over;
  showProgress();
  wipe();
}

function showProgress() {
  const all = wanted().length;
  part(".progress span").textContent = fill("[[{done} of {all}]]", { done: kept.size, all });
  Object.assign(part(".progress meter"), { max: all || 1, value: kept.size });
  remember();
}

/** How far this tab was before the page was loaded anew. */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // a page inside another may not keep anything
  }
}

function remember() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ way: way.value, labels: String(wanted()), at, kept: [...kept] }));
  } catch { /* then it begins anew after a reload */ }
}

/** Asks for what there is to collect; where that is what it was, whoever comes back goes on where they were. */
async function load() {
  const before = String(wanted());
  const answer = await server.plan({ checkpoint }).catch(() => undefined);
  if (!answer || answer.problem) return note(answer?.problem ?? "[[The server does not answer; reload the page.]]", true);
  plan = answer;
  part(".only").textContent = plan.only;
  part(".only").hidden = !plan.only;
  for (const option of way.options) option.disabled = !plan[option.value].length;
  const was = before ? {} : remembered();
  if (plan[was.way]) way.value = was.way;
  if (!wanted().length) way.value = "all";
  if (String(wanted()) === before) return;
  if (String(wanted()) === was.labels && was.kept) restart(was.at, was.kept);
  else restart();
}

/** From the first character on, or another, some of them kept. */
function restart(from = 0, before = []) {
  at = from;
  kept = new Set(before);
  note("");
  show();
}

/** Goes on at once; where the server refuses, its reason stands beside what was lost. */
async function keep() {
  const label = wanted()[at];
  if (!label) return;
  if (!drawing.strokes.length) return note(fill("[[{task} {label} first.]]", { task: task(label), label }), true);
  const picture = sheet.canvas.toDataURL();
  const round = kept;
  at += 1;
  note("");
  show();
  const answer = await server.keep({ label, drawing: picture, checkpoint }).catch(() => undefined);
  if (!answer) lose(fill("[[The {label} is not kept: the server does not answer.]]", { label }));
  else if (answer.problem) lose(fill("[[The {label} is not kept: {problem}]]", { label, problem: answer.problem }));
  else {
    round.add(label);
    showProgress();
    if (!lost && !drawing.strokes.length) note(answer.words);
  }
  document.getElementById("gallery").dispatchEvent(new CustomEvent("changed"));
}

const steps = {
  keep,
  skip: () => { at = Math.min(at + 1, wanted().length); note(""); show(); },
  restart,
};

element.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]")?.dataset.step;
  if (!step) return;
  beginAct();
  steps[step]();
});
way.addEventListener("change", () => restart());

// who draws is done with the button or tab that was pressed before: Enter is the pad's again
canvas.addEventListener("pointerdown", () => document.activeElement?.blur());

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !canvas.isConnected || !canvas.offsetParent) return;
  if (event.target.closest("button, a, input, select, textarea, summary, [role=tab]")) return;
  event.preventDefault();
  beginAct();
  keep();
});

document.addEventListener("act", () => note(""));

element.closest("#practice").addEventListener("ask", ({ detail }) => {
  checkpoint = detail.checkpoint;
  inTurn(load);
});

inTurn(load);
