// A picture pasted anywhere on the page is one that is brought: it goes the way of an upload.

document.addEventListener("paste", ({ clipboardData }) => {
  const picture = [...clipboardData.files].find(({ type }) => type.startsWith("image/"));
  const upload = document.querySelector("#picture input[type=file]");
  if (!picture || !upload) return;
  const brought = new DataTransfer();
  brought.items.add(picture);
  upload.files = brought.files;
  upload.dispatchEvent(new Event("change", { bubbles: true }));
});
