// One after the other: no answer of the server overtakes that to what was asked later.
let turn = Promise.resolve();

/** What `work` promises; it begins when all that was asked before has been answered. */
function inTurn(work) {
  turn = turn.then(work, work);
  return turn;
}

/** Tells all pieces of the page that the person begins an act: what was said of an earlier one goes. */
function beginAct() {
  document.dispatchEvent(new Event("act"));
}
