// Says in the Read tab that what this person taught reads there, and takes it back.
// Gradio runs this with `element` and `server` in scope.

const part = (name) => element.querySelector(name);

function ask(name) {
  return inTurn(() => answered(name));
}

async function answered(name) {
  const answer = await server[name]({}).catch(() => undefined);
  if (!answer) return;
  part("p").hidden = !answer.own;
  part("span").textContent = fill("[[Read by {own}.]]", answer);
  part("button").textContent = fill("[[Use {called} again]]", answer);
}

/** What is on the pad is read anew, by what reads now. */
function again() {
  document.getElementById("pad").dispatchEvent(new CustomEvent("again"));
}

part("button").addEventListener("click", async () => {
  await ask("leave");
  document.getElementById("training")?.dispatchEvent(new CustomEvent("changed"));
  again();
});

element.closest("#own").addEventListener("changed", () => ask("view").then(again));

ask("view");
