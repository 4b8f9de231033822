// The reference: requests that name the address it was found at, and buttons that copy. The page is complete without it.
const example = "https://api.example";
const root = new URL(".", import.meta.url).href.slice(0, -1);
const placed = (text) =>
  text.replaceAll(example, root).replaceAll(encodeURIComponent(example), encodeURIComponent(root));
for (const code of document.querySelectorAll(".request code")) code.textContent = placed(code.textContent);
for (const link of document.querySelectorAll(".reply a")) link.href = placed(link.href);
const status = Object.assign(document.createElement("p"), { className: "vh" });
status.setAttribute("role", "status");
document.querySelector("main").append(status);
for (const block of document.querySelectorAll(".code")) {
  const code = block.querySelector("code");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      said = "Press Ctrl+C";
    }
    status.textContent = button.textContent = said;
    setTimeout(() => {
      status.textContent = "";
      button.textContent = "Copy";
    }, 2000);
  });
  block.append(button);
}
