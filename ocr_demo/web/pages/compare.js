// Has the architectures compared as the comparison is opened, and again where that failed.
element.querySelector("details").addEventListener("toggle", async ({ target }) => {
  const shown = target.querySelector("div");
  if (!target.open || shown.querySelector("table")) return;
  const problem = '<p class="missing">[[The server does not answer; try again.]]</p>';
  shown.innerHTML = await server.compared({}).catch(() => `<div class="report">${problem}</div>`);
});
