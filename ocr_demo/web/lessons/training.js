// Trains on this person's corrections: started, watched, cancelled, and then read with or not.
// Gradio runs this with `element`, `props` and `server` in scope.

const PAUSE = 700; // milliseconds between two looks at a training that goes on
let state = { checkpoint: document.body.dataset.checkpoint ?? props.checkpoint, run: null };
let timer;

const part = (name) => element.querySelector(name);
const bases = part("[name=base]");
for (const [name, value] of Object.entries(props.usual)) part(`[name=${name}]`).value = value;

/** Has the server do something, shows what there is afterwards, and looks again while a training goes on. */
function ask(name, asked = {}) {
  return inTurn(() => answered(name, asked));
}

async function answered(name, asked) {
  clearTimeout(timer);
  const answer = await server[name]({ ...asked, checkpoint: state.checkpoint }).catch(() => undefined);
  state = { ...state, problem: "", ...(answer ?? { problem: "[[The server does not answer; it is asked again.]]" }) };
  show();
  if (element.isConnected && (state.run?.live || !answer)) timer = setTimeout(() => ask("view"), PAUSE);
}

function show() {
  const { run } = state;
  showOrder();
  part(".going").hidden = !run?.live;
  part(".made").hidden = !run?.came;
  tell(state.sent || state.problem || (run && !run.live ? run.came || run.status : ""));
  part(".told").classList.toggle("problem", !state.sent && (!!state.problem || !!run?.failed));
  tellOwner();
  if (run?.live) showGoing(run);
  if (run?.came) showMade(run);
}

/** Says it once: what is said again to who listens must be new. */
function tell(words) {
  if (part(".told").textContent !== words) part(".told").textContent = words;
}

function showOrder() {
  const { count, reason, run } = state;
  const button = part("[data-act=start]");
  const against = source() ? "" : reason;
  button.disabled = !!against || !!run?.live || count === undefined;
  if (source()) button.textContent = fill("[[Train on {source}]]", { source: source() });
  else button.textContent = count > 1 ? fill("[[Train on my {count} corrections]]", { count }) : "[[Train on my corrections]]";
  part(".reason").textContent = run?.live ? "" : (against ?? "");
  if (bases.options.length !== state.bases?.length) {
    bases.replaceChildren(...(state.bases ?? []).map((name) => new Option(name)));
  }
  bases.value = state.base;
}

function showGoing(run) {
  const bar = part("progress");
  if (run.share === null) bar.removeAttribute("value");
  else bar.value = run.share;
  part(".status").textContent = run.status;
  const shares = run.accuracies.map((share) => `${Math.round(100 * share)} %`);
  const losses = run.losses.map((loss) => loss.toFixed(loss < 1 ? 3 : 2));
  const [share, loss] = run.source
    ? ["[[Share of {source} read right, epoch by epoch: {all}]]", "[[Loss on {source}, epoch by epoch: {all}]]"]
    : ["[[Share of your corrections read right, epoch by epoch: {all}]]", "[[Loss on your corrections, epoch by epoch: {all}]]"];
  const all = (told) => ({ source: run.source, all: told.join("[[, ]]") });
  showCurve("accuracy", run.accuracies, shares, "[[Read right: {last}]]", fill(share, all(shares)));
  showCurve("loss", run.losses.map((loss) => loss / Math.max(...run.losses)), losses, "[[Loss: {last}]]", fill(loss, all(losses)));
}

/** A curve of heights, 0..1; `told` are these in words, of which the last stands above it. */
function showCurve(name, heights, told, caption, description) {
  const figure = part(`[data-curve=${name}]`);
  figure.hidden = heights.length < 2;
  if (figure.hidden) return;
  const points = heights.map((height, index) => `${(100 * index) / (heights.length - 1)},${39.5 - 39 * height}`);
  figure.querySelector("figcaption").textContent = fill(caption, { last: told.at(-1) });
  figure.querySelector("svg").setAttribute("aria-label", description);
  figure.querySelector("polyline").setAttribute("points", points.join(" "));
}

/** What is learnt in place of corrections; empty where these are. */
function source() {
  return part("[name=data]")?.value ?? "";
}

/** What the options say. */
function options() {
  const numbers = Object.keys(props.usual).map((name) => [name, Number(part(`[name=${name}]`).value)]);
  return { ...Object.fromEntries(numbers), layers: part("[name=layers]").value, data: source() };
}

function showMade(run) {
  part("[data-act=use]").hidden = run.used;
  part("[data-act=use]").classList.toggle("primary", run.learnt);
  part("[data-act=leave]").hidden = !run.used;
  part("[data-act=leave]").textContent = fill("[[Use {called} again]]", run);
  part(".difference").replaceChildren(...(run.difference ? differenceShown(run.difference, run.source) : []));
  part("[data-act=download]").href = `taught.zip?${new URLSearchParams({ run: run.id })}`;
  const shown = run.source
    ? "[[Samples of {source}, as they were read before and are read now]]"
    : "[[Your corrections, as they were read before and are read now]]";
  part(".compared").setAttribute("aria-label", fill(shown, run));
  part(".compared").replaceChildren(...run.compared.map(sample));
}

/** The owner may promote what this person's training made. */
function tellOwner() {
  const detail = { checkpoint: state.base, run: state.run?.came ? state.run : null };
  if (state.base) document.getElementById("owner")?.dispatchEvent(new CustomEvent("changed", { detail }));
}

/** Sends a checkpoint, which reads for this person if there is nothing wrong with it. */
async function bring(form) {
  const body = new FormData(form);
  body.append("checkpoint", state.checkpoint);
  const headers = { "Accept-Language": document.documentElement.lang }; // else the browser's
  const pieces = form.querySelectorAll("button, input");
  pieces.forEach((piece) => (piece.disabled = true));
  state.sent = "[[It is looked at …]]";
  show();
  const answer = await fetch("checkpoint.zip", { method: "POST", body, headers }).catch(() => undefined);
  const told = (await answer?.json().catch(() => undefined)) ?? { problem: "[[The server does not answer; try again.]]" };
  state = { ...state, sent: "", problem: "", ...(told.detail ? { problem: told.detail } : told) };
  pieces.forEach((piece) => (piece.disabled = false));
  show();
  if (!state.problem) switched();
}

/** What was learnt, what it is, and what it was and is read as. */
function sample({ glyph, label, before, now }) {
  const item = document.createElement("li");
  const image = Object.assign(new Image(48, 48), { src: glyph, alt: ":" });
  const words = document.createElement("span");
  words.append(reading(before, label), "[[ → ]]", reading(now, label));
  item.append(Object.assign(document.createElement("strong"), { textContent: label }), image, words);
  return item;
}

function reading(read, label) {
  const words = document.createElement(read === label ? "b" : "s");
  words.textContent = read;
  words.dir = "auto"; // between two Latin letters the arrow would run from left to right
  return words;
}

/** What reads now has changed: the Read tab says so, and reads what is drawn there anew. */
function switched() {
  document.getElementById("own")?.dispatchEvent(new CustomEvent("changed"));
}

const acts = {
  start: () => ask("start", options()),
  cancel: () => ask("cancel"),
  use: () => ask("use", { run: state.run.id }).then(switched),
  leave: () => ask("leave").then(switched),
};

element.addEventListener("click", async (event) => {
  const act = event.target.closest("button[data-act]")?.dataset.act;
  if (!act) return;
  beginAct();
  await acts[act]();
  if (event.target.offsetParent && !event.target.disabled) return;
  part({ use: "[data-act=leave]", leave: "[data-act=use]", start: "[data-act=cancel]" }[act] ?? "[data-act=start]")?.focus();
});

document.addEventListener("act", () => {
  if (!state.problem) return;
  state.problem = "";
  show();
});

part(".bring form").addEventListener("submit", (event) => {
  event.preventDefault();
  beginAct();
  bring(event.target);
});

part(".bring input").addEventListener("change", ({ target }) => {
  part(".bring .files").textContent = target.files[0]?.name ?? "";
});

part("[name=data]")?.addEventListener("change", showOrder);

bases.addEventListener("change", () => {
  state.checkpoint = bases.value;
  ask("view");
});

element.closest("#training").addEventListener("changed", ({ detail }) => {
  state.checkpoint = detail?.checkpoint ?? state.checkpoint;
  ask("view");
});

ask("view");
