// Takes away what is said in a plot's place once it has come, or can't.
for (const ended of ["load", "error"]) {
  element.addEventListener(ended, ({ target }) => target.closest(".plot")?.querySelector(".coming")?.remove(), true); // it doesn't bubble
}
