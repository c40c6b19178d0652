// This person's corrections: chosen, changed, deleted, brought, forgotten; each act gives the gallery anew.
// Gradio runs this with `element`, `props`, `server` and `upload` in scope.

let bringing = null; // what is told until it is over
let checkpoint = document.body.dataset.checkpoint ?? props.checkpoint;
const find = (name) => element.querySelector(name);
const pressed = () => [...element.querySelectorAll(".glyph[aria-pressed=true]")];

/** Has the server do something, and shows what there is afterwards. */
function ask(name, asked = {}) {
  const focused = document.activeElement?.dataset?.act;
  return inTurn(() => answered(name, asked, focused));
}

async function answered(name, asked, focused) {
  const answer = await server[name]({ ...asked, checkpoint }).catch(() => undefined);
  props.value = answer ?? { ...props.value, said: "", problem: "[[The server does not answer; try again.]]" };
  document.getElementById("training")?.dispatchEvent(new CustomEvent("changed"));
  if (name === "forget") document.getElementById("own")?.dispatchEvent(new CustomEvent("changed"));
  await new Promise(requestAnimationFrame);
  // Gradio draws nothing anew where it is as before
  tell(bringing ?? props.value);
  if (name === "forget") showSure(false);
  if (name === "view") return;
  if (element.closest("#gallery").contains(document.activeElement)) return;
  (find(`[data-act=${focused}]:not([disabled], [hidden])`) ?? find(".told"))?.focus();
}

function tell({ problem = "", said = "" }) {
  const told = find(".told");
  if (told.textContent !== problem + said) told.textContent = problem + said;
  told.classList.toggle("problem", !!problem);
}

function choose(glyph) {
  glyph.setAttribute("aria-pressed", glyph.getAttribute("aria-pressed") !== "true");
  const count = pressed().length;
  find(".chosen").inert = !count;
  find(".chosen .count").textContent = count ? fill("[[{count} chosen]]", { count }) : "[[Choose some to change or delete them.]]";
}

/** A file as no other upload: Gradio keeps them by bytes and name, and these are removed once they are brought. */
const alone = (file) => new File([file], `${crypto.getRandomValues(new Uint32Array(2)).join("")}-${file.name}`);

/** The names of the files that are chosen to be brought. */
function chosenShown() {
  find(".files").textContent = [...find("[name=files]").files].map(({ name }) => name).join("[[, ]]");
}

const ids = () => pressed().map((glyph) => glyph.dataset.id);

/** Whether a second button asks if everything is meant. */
function sure(asked) {
  showSure(asked);
  find(asked ? "[data-act=spare]" : "[data-act=ask-forget]").focus();
}

function showSure(asked) {
  find(".sure").hidden = !asked;
  find("[data-act=ask-forget]").hidden = asked;
}

const acts = {
  undo: () => ask("undo"),
  clear: () => ask("clear"),
  remove: () => ask("remove", { ids: ids() }),
  "ask-forget": () => sure(true),
  spare: () => sure(false),
  forget: () => ask("forget"),
  consent: (box) => ask("consent", { agrees: box.checked }),
};

const forms = {
  chosen: (form) => ask("relabel", { ids: ids(), label: form.elements.label.value }),
  async bring(form) {
    bringing = { said: "[[Bringing them …]]" };
    tell(bringing);
    try {
      const brought = [];
      for (const file of form.elements.files.files) brought.push((await upload(alone(file))).path);
      await ask("bring", { files: brought, label: form.elements.label.value });
      tell(props.value);
      if (!props.value.problem) find("[name=files]").form.reset(); // a second click would bring them again
      chosenShown();
    } catch {
      tell({ problem: "[[The files could not be uploaded; they may be too large.]]" });
    }
    bringing = null;
  },
};

element.addEventListener("click", (event) => {
  const glyph = event.target.closest(".glyph");
  if (glyph) return choose(glyph);
  const target = event.target.closest("[data-act]");
  if (target?.dataset.act === "export" && target.href) {
    target.href = `corrections.zip?${new URLSearchParams({ checkpoint })}`;
  }
  const act = target && !target.disabled && acts[target.dataset.act];
  if (!act) return;
  beginAct();
  act(target);
});

element.addEventListener("change", ({ target }) => {
  if (target.type === "file") chosenShown();
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  beginAct();
  forms[event.target.dataset.form]?.(event.target);
});

document.addEventListener("act", () => tell(bringing ?? {}));

element.closest("#gallery").addEventListener("changed", ({ detail }) => {
  checkpoint = detail?.checkpoint ?? checkpoint;
  ask("view");
});

ask("view");
