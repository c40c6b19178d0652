// What a training changed, for the training's panel.

/** The figures, and the confusions that became more or fewer; `source` is what was learnt in place of corrections. */
function differenceShown({ figures, shifts }, source) {
  const told = [figuresTable(figures, "[[Before and now]]", ({ called }) => called)];
  if (figures.every(({ role }) => role === "reference")) {
    const kept = source
      ? "[[With five samples of one character the fifth is kept back, to measure on.]]"
      : "[[With five corrections of one character the fifth is kept back, to measure on.]]";
    told.push(made("p", kept));
  }
  if (!shifts.length) return [...told, made("p", "[[In these the same are misread as before.]]")];
  const list = Object.assign(made("ul", "", ...shifts.map(shiftShown)), { className: "shifts" });
  return [...told, made("p", "[[How often these are misread:]]"), list];
}

/** A confusion with its counts: each runs as the page does, whatever its letters and digits are, as its arrow does. */
function shiftShown(shift) {
  const counts = made(shift.after > shift.before ? "s" : "b", `${shift.before}[[ → ]]${shift.after}`);
  const pieces = [made("bdi", `${fill("[[{truth} as {reading}]]", shift)}:`), made("bdi", "", counts)];
  pieces.forEach((piece) => (piece.dir = document.documentElement.dir));
  return made("li", "", pieces[0], " ", pieces[1]);
}
