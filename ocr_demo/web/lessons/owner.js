// The owner's panel, a client of /owner/…: it asks for the token and keeps it in this tab's session alone, or, on
// a Space, for the login of its author.
// Gradio runs this with `element` and `props` in scope.

const KEPT = "ocr_demo.owner";
const LIKELY = 0.05; // a difference that comes by chance more often is none to count on
let token = kept();
let checkpoint = document.body.dataset.checkpoint ?? props.checkpoint;
let run = null;

const part = (name) => element.querySelector(name);

function kept() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return ""; // a page inside another may not keep anything
  }
}

function keep(text) {
  token = text;
  try {
    if (text) sessionStorage.setItem(KEPT, text);
    else sessionStorage.removeItem(KEPT);
  } catch { /* then it is asked for again after a reload */ }
}

/** What the server answers, or an error with its words; what it doesn't take for the token is forgotten. */
async function call(path, form) {
  const body = form && new URLSearchParams(form);
  const headers = token ? { Authorization: `Bearer ${token.replace(/[^ -~]/g, "?")}` } : {};
  const answer = await fetch(`${props.up}owner/${path}`, { method: form ? "POST" : "GET", body, headers }).catch(() => undefined);
  if (!answer) throw new Error("The server does not answer; try again.");
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if ([401, 403].includes(answer.status)) close();
  throw new Error(told.detail ?? `The server answers ${answer.status}.`);
}

/** Does something, and says why it can't be done. */
async function attempt(work) {
  part(".refused").textContent = part(".told").textContent = "";
  try {
    await work();
  } catch ({ message }) {
    part(".told").textContent = "";
    part(".refused").textContent = message;
  }
}

/** Lets in who is known already, by the token or by a login. */
async function enter() {
  if (token) return open();
  if (!props.account) return;
  const { name, isOwner } = await server.who({});
  showAccount(name);
  if (isOwner) await open();
  else if (name) throw new Error(`You are logged in as ${name}; this Space is ${props.account}'s.`);
}

/** A way to log in, in a tab of its own, for a frame may keep no cookie; for who is logged in, one to log out. */
function showAccount(name) {
  const link = part(".account a");
  const back = new URLSearchParams({ _target_url: location.pathname });
  link.href = `${props.up}${name ? "logout" : "login/huggingface"}?${back}`;
  link.target = name ? "_self" : "_blank";
  link.textContent = name ? `Log out (${name})` : "Log in with Hugging Face";
  part(".account").hidden = false;
}

async function open() {
  const arms = await call("arms");
  keep(token);
  showOpened(true);
  part(".arms").replaceChildren(...armsShown(arms));
  part("h3").textContent = `Versions of ${checkpoint}`;
  part(".versions").replaceChildren();
  const versions = await call(`versions?${new URLSearchParams({ checkpoint })}`);
  const replaced = versions.find(({ served }) => served)?.promotion?.replaced;
  part(".versions").replaceChildren(...versions.reverse().map((each) => versionShown(each, replaced)));
}

function close() {
  keep("");
  part("form").reset();
  part(".told").textContent = "";
  showOpened(false);
}

function showOpened(opened) {
  part("form").hidden = opened || !props.hasToken;
  part(".about").hidden = opened;
  for (const each of element.querySelectorAll(".opened")) each.hidden = !opened;
}

/** Whether there is something to promote, and what it must do, or how to come by it. */
function showRun() {
  part("[data-act=promote]").disabled = !run;
  part(".hint").textContent = run
    ? "It must read more of the new corrections rightly, and lose at most 0.2 points elsewhere."
    : "There is nothing to promote yet: train on corrections above, or bring a checkpoint.";
}

function versionShown({ version, served, promotion }, replaced) {
  const head = made("p", "", made("b", version), served ? " reads now" : "");
  if (promotion) {
    const time = new Date(promotion.time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    head.append(made("span", `${promotion.candidate}, by ${promotion.by}, ${time}`));
  }
  if (!served) {
    const button = made("button", `${version === replaced ? "Roll back" : "Switch"} to ${version}`);
    button.type = "button";
    button.dataset.to = version;
    head.append(button);
  }
  return made("li", "", head, ...(promotion ? [made("details", "", made("summary", "Figures"), reportOf(promotion))] : []));
}

/** What the gate measured. */
function reportOf({ figures, version, replaced }) {
  const called = ({ name, images }) => `${name} (${images.toLocaleString("en")})`;
  return figuresTable(figures, `${version} beside ${replaced}`, called);
}

function armsShown({ share, arms, chance }) {
  if (arms.length < 2) return [];
  const rows = arms.map(({ checkpoint, agreed, corrected, agreement }, index) => [
    checkpoint,
    percent(index ? share : 1 - share),
    agreed,
    corrected,
    agreement === null ? "–" : percent(agreement),
  ]);
  const table = tableOf("Two compared", ["Compared", "reads for", "found right", "corrected", "agreement"], rows);
  const verdict = chance < LIKELY ? "more than chance" : "perhaps chance alone";
  return [table, made("p", `The difference is ${verdict} (Fisher's test: p = ${chance.toFixed(3)}).`)];
}

async function promote() {
  const button = part("[data-act=promote]");
  button.disabled = true;
  part(".told").textContent = "It is held against what reads now; that may take minutes …";
  try {
    const promotion = await call("promote", { run: run.id, checkpoint: run.called });
    await open();
    part(".told").replaceChildren(`${promotion.version} reads for everyone now.`, reportOf(promotion));
  } finally {
    button.disabled = !run;
  }
}

async function switchTo(version) {
  const answer = await call("rollback", { checkpoint, to: version });
  await open();
  part(".told").textContent = `${answer.version} reads for everyone now.`;
}

element.addEventListener("submit", (event) => {
  event.preventDefault();
  token = event.target.elements.token.value.trim();
  attempt(open);
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (button?.dataset.to) attempt(() => switchTo(button.dataset.to));
  if (button?.dataset.act === "promote") attempt(promote);
  if (button?.dataset.act === "close") close();
});

element.closest("#owner").addEventListener("changed", ({ detail }) => {
  const other = detail.checkpoint !== checkpoint;
  ({ checkpoint, run } = detail);
  showRun();
  if (other && !part(".opened").hidden) attempt(open);
});

part("details").addEventListener("toggle", () => {
  if (part("details").open && part(".opened").hidden) attempt(enter);
});

showOpened(false);
showRun();
