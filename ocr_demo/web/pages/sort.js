// Sorts a table by the heading that is pressed, and backwards when it is pressed again.
element.addEventListener("click", (event) => {
  const heading = event.target.closest("thead button")?.closest("th");
  if (!heading) return;
  const table = heading.closest("table");
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const each of heading.parentElement.children) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const value = (row) => row.cells[heading.cellIndex].textContent.replaceAll(",", "");
  const order = (a, b) => value(a).localeCompare(value(b), "en", { numeric: true }) * (down ? -1 : 1);
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
});
