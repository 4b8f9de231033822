// The page for people: examples that name the address it was found at, and buttons that copy them.
const root = new URL(".", import.meta.url).href;
for (const place of document.querySelectorAll(".root")) place.textContent = root;
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
    setTimeout(() => (button.textContent = said), 2000);
  });
}
