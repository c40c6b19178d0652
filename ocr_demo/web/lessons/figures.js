// Two readers on the same sets, as a table: for the training's panel and the owner's.

const percent = (share) => `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`;

/** An element with a text and children. */
function made(tag, text = "", ...children) {
  const one = Object.assign(document.createElement(tag), { textContent: text });
  one.append(...children);
  return one;
}

/** A table of texts, of which the first of each row is its head. */
function tableOf(caption, heads, rows) {
  const head = (text, scope) => Object.assign(made("th", text), { scope });
  const lines = rows.map(([first, ...others]) => made("tr", "", head(first, "row"), ...others.map((text) => made("td", text))));
  const top = made("tr", "", ...heads.map((text) => head(text, "col")));
  const table = made("table", "", made("caption", caption), made("thead", "", top), made("tbody", "", ...lines));
  table.className = "figures";
  return table;
}

/** What share of each set is read right before and now; `called` names the sets. */
function figuresTable(figures, caption, called) {
  const rows = figures.map((figure) => [called(figure), percent(figure.before), percent(figure.after)]);
  const table = tableOf(caption, ["[[Read right]]", "[[before]]", "[[now]]"], rows);
  figures.forEach(({ before, after }, index) => {
    const cell = table.tBodies[0].rows[index].lastChild;
    cell.className = after < before ? "worse" : after > before ? "better" : "";
  });
  return table;
}
