// The owner's panel, a client of /owner/…: it asks for the token and keeps it in this tab's session alone, or, on
// a Space, for the login of its author.
// Gradio runs this with `element` and `props` in scope.

const KEPT = "ocr_demo.owner";
const PAUSE = 1000; // milliseconds between two looks at a promotion that goes on
const LIKELY = 0.05; // a difference that comes by chance more often is none to count on
let token = kept();
let checkpoint = document.body.dataset.checkpoint ?? props.checkpoint;
let run = null;
let going = null; // the promotion that goes on
let timer;
let trouble = ""; // why it could not be looked at last

const part = (name) => element.querySelector(name);

/** What the API always calls so, as the page calls it. */
const NAMED = new Map([
  ["shipped", "[[shipped]]"],
  ["the owner", "[[the owner]]"],
  ["corrections", "[[corrections]]"],
  ["corrections held out", "[[corrections held out]]"],
  ["samples held out", "[[samples held out]]"],
  ["fonts", "[[fonts]]"],
]);
const named = (name) => NAMED.get(name) ?? name;

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
  const headers = { "Accept-Language": props.language };
  if (token) headers.Authorization = `Bearer ${token.replace(/[^ -~]/g, "?")}`;
  const answer = await fetch(`${props.up}owner/${path}`, { method: form ? "POST" : "GET", body, headers }).catch(() => undefined);
  if (!answer) throw new Error("[[The server does not answer; try again.]]");
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if ([401, 403].includes(answer.status)) close();
  throw new Error(told.detail ?? fill("[[The server answers {status}.]]", answer));
}

/** Does something, and says why it can't be done. */
async function attempt(work) {
  part(".refused").textContent = part(".told").textContent = "";
  try {
    await work();
  } catch ({ message }) {
    part(".told").textContent = "";
    part(".refused").textContent = message;
    showRun();
  }
}

/** Lets in who is known already, by the token or by a login. */
async function enter() {
  if (token) return begin();
  if (!props.account) return;
  const { name, isOwner } = await server.who({});
  showAccount(name);
  if (isOwner) await begin();
  else if (name) throw new Error(fill("[[You are logged in as {name}; this Space is {account}'s.]]", { name, account: props.account }));
}

/** A way to log in, in a tab of its own, for a frame may keep no cookie; for who is logged in, one to log out. */
function showAccount(name) {
  const link = part(".account a");
  const back = new URLSearchParams({ _target_url: location.pathname });
  link.href = `${props.up}${name ? "logout" : "login/huggingface"}?${back}`;
  link.target = name ? "_self" : "_blank";
  link.textContent = name ? fill("[[Log out ({name})]]", { name }) : "[[Log in with Hugging Face]]";
  part(".account").hidden = false;
}

/** Shows all that there is, a promotion that goes on among it. */
async function begin() {
  await open();
  await look();
}

async function open() {
  const arms = await call("arms");
  keep(token);
  showOpened(true);
  part(".arms").replaceChildren(...armsShown(arms));
  part("h3").textContent = fill("[[Versions of {checkpoint}]]", { checkpoint });
  part(".versions").replaceChildren();
  const versions = await call(`versions?${new URLSearchParams({ checkpoint })}`);
  const replaced = versions.find(({ served }) => served)?.promotion?.replaced;
  part(".versions").replaceChildren(...versions.reverse().map((each) => versionShown(each, replaced)));
}

function close() {
  keep("");
  clearTimeout(timer);
  going = null;
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
  part("[data-act=promote]").disabled = !run || !!going;
  part(".hint").textContent = run
    ? "[[It must read more of the new corrections rightly, and lose at most 0.2 points elsewhere.]]"
    : "[[There is nothing to promote yet: train on corrections above, or bring a checkpoint.]]";
}

function versionShown({ version, served, promotion }, replaced) {
  const head = made("p", "", made("b", named(version)), served ? " [[reads now]]" : "");
  if (promotion) {
    const parts = { ...promotion, by: named(promotion.by), time: timeOf(promotion.time) };
    head.append(made("span", fill("[[{candidate}, by {by}, {time}]]", parts)));
  }
  if (!served) {
    const does = version === replaced ? "[[Roll back to {version}]]" : "[[Switch to {version}]]";
    const button = made("button", fill(does, { version: named(version) }));
    button.type = "button";
    button.dataset.to = version;
    head.append(button);
  }
  if (!promotion) return made("li", "", head);
  const caption = fill("[[{version} beside {replaced}]]", { version, replaced: named(promotion.replaced) });
  return made("li", "", head, made("details", "", made("summary", "[[Figures]]"), reportOf(promotion, caption)));
}

/** What the gate measured. */
function reportOf({ figures }, caption) {
  const called = ({ name, images }) => `${named(name)} (${images.toLocaleString("en")})`;
  return figuresTable(figures, caption, called);
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
  const heads = ["[[Compared]]", "[[reads for]]", "[[found right]]", "[[corrected]]", "[[agreement]]"];
  const verdict = chance < LIKELY
    ? "[[The difference is more than chance (Fisher's test: p = {chance}).]]"
    : "[[The difference is perhaps chance alone (Fisher's test: p = {chance}).]]";
  return [tableOf("[[Two compared]]", heads, rows), made("p", fill(verdict, { chance: chance.toFixed(3) }))];
}

async function promote() {
  part("[data-act=promote]").disabled = true; // a second click would start another
  try {
    await call("promote", { run: run.id, checkpoint: run.called });
  } finally {
    await look(); // where another goes on, too
  }
  part("[data-act=cancel]").focus();
}

async function cancel() {
  await call("promotion/cancel", {});
  part(".status").textContent = "[[It is cancelled …]]";
}

/** How the promotion stands that was asked for last, whoever asked; looks again while it goes on. */
async function look() {
  clearTimeout(timer);
  const told = await call("promotion");
  const ended = going && told?.id === going.id && !isGoing(told);
  going = isGoing(told) ? told : null;
  showGoing();
  if (ended) await open();
  if (going) timer = setTimeout(lookAgain, PAUSE);
  else if (told) showOutcome(told);
}

async function lookAgain() {
  if (!element.isConnected) return;
  try {
    await look();
    if (going && part(".refused").textContent === trouble) part(".refused").textContent = "";
  } catch ({ message }) {
    part(".refused").textContent = trouble = message;
    if (!part(".opened").hidden) timer = setTimeout(lookAgain, PAUSE);
  }
}

const isGoing = (promotion) => ["waiting", "measuring"].includes(promotion?.stage);

function showGoing() {
  const hadFocus = part(".going").contains(document.activeElement);
  part(".going").hidden = !going;
  showRun();
  if (hadFocus && !going) part("[data-act=promote]").focus();
  if (!going) return;
  const bar = part("progress");
  if (going.stage === "waiting") bar.removeAttribute("value");
  else bar.value = going.share;
  part(".status").textContent = statusOf(going);
}

function statusOf({ stage, measuring, share, seconds_left: left }) {
  if (stage === "waiting") return "[[Getting ready what it is measured on …]]";
  if (share === 1) return "[[All is measured; the last steps …]]";
  const told = left === null ? "[[Measuring on {set} …]]" : "[[Measuring on {set}; about {seconds} s left.]]";
  return fill(told, { set: named(measuring), seconds: Math.ceil(left) });
}

/** What a promotion came to, with its figures. */
function showOutcome({ stage, candidate, version, reason, figures, started }) {
  const told = {
    promoted: "[[{candidate} was promoted as {version} (asked for {time}).]]",
    refused: "[[{reason} (asked for {time})]]",
    cancelled: "[[The promotion was cancelled, nothing has changed (asked for {time}).]]",
    failed: "[[The promotion failed: {reason} (asked for {time})]]",
  }[stage];
  const words = fill(told, { candidate, version, reason, time: timeOf(started) });
  const went = ["promoted", "cancelled"].includes(stage);
  part(".refused").textContent = went ? "" : words;
  part(".told").replaceChildren(went ? words : "");
  if (figures.length) part(".told").append(reportOf({ figures }, "[[The candidate beside what read before]]"));
}

/** A time as the person's country writes it, if it speaks the page's language, in digits as elsewhere here. */
function timeOf(time) {
  const locale = navigator.languages.find((each) => each.split("-")[0] === props.language) ?? props.language;
  return new Date(time).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short", numberingSystem: "latn" });
}

async function switchTo(version) {
  const answer = await call("rollback", { checkpoint, to: version });
  await open();
  part(".told").textContent = fill("[[{version} reads for everyone now.]]", { version: named(answer.version) });
}

element.addEventListener("submit", (event) => {
  event.preventDefault();
  token = event.target.elements.token.value.trim();
  attempt(begin);
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (button?.dataset.to) attempt(() => switchTo(button.dataset.to));
  if (button?.dataset.act === "promote") attempt(promote);
  if (button?.dataset.act === "cancel") attempt(cancel);
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
