// <element-name kind="concern" ref="cellulite" lang="es" edition="…"></element-name>
//
// Fetches the card that the server made and places it in a shadow root. What the page puts inside the element is shown
// while the card is on its way, and stays when it does not come. Fires `load` and `error`, as an image does.
const root = new URL(".", import.meta.url);

export class ElementName extends HTMLElement {
  static observedAttributes = ["kind", "ref", "lang", "edition"];
  #asked = "";

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).append(document.createElement("slot"));
    this.#load();
  }

  attributeChangedCallback() {
    if (this.shadowRoot) this.#load();
  }

  get src() {
    const path = [this.getAttribute("kind") ?? "overview", this.getAttribute("ref")].filter(Boolean).map(encodeURIComponent);
    const url = new URL(`embed/${path.join("/")}`, root);
    for (const name of ["lang", "edition"]) if (this.getAttribute(name)) url.searchParams.set(name, this.getAttribute(name));
    return url.href;
  }

  // To be overridden where a page must fetch in its own way.
  fetch(url) {
    return fetch(url, { headers: { Accept: "text/html" }, credentials: "omit" });
  }

  async #load() {
    await null; // several attributes may change at once
    const src = this.src;
    if (src === this.#asked || !this.isConnected) return;
    this.#asked = src;
    try {
      const reply = await this.fetch(src);
      if (!reply.ok) throw new Error(`${src} answered ${reply.status}`);
      const html = await reply.text();
      // Its style goes into a sheet of its own, and not through the parser: a page's policy may forbid inline styles.
      const [whole, css] = html.match(/<style>([^]*?)<\/style>/) ?? ["", ""];
      const page = new DOMParser().parseFromString(html.replace(whole, ""), "text/html");
      const card = page.querySelector(".card");
      if (!card) throw new Error(`${src} holds no card`);
      if (src !== this.#asked) return;
      const style = new CSSStyleSheet();
      style.replaceSync(css);
      this.shadowRoot.adoptedStyleSheets = [style];
      card.lang = page.documentElement.lang;
      card.dir = page.documentElement.dir;
      // By itself a card begins with a heading of the first level; in somebody's page, it stands below one.
      for (const it of card.querySelectorAll("h1, h2")) it.setAttribute("aria-level", it.localName === "h1" ? 3 : 4);
      for (const link of card.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), src).href;
      this.shadowRoot.replaceChildren(document.importNode(card, true));
      this.dispatchEvent(new Event("load"));
    } catch (cause) {
      if (src !== this.#asked) return;
      this.#asked = "";
      this.shadowRoot.replaceChildren(document.createElement("slot"));
      this.dispatchEvent(new ErrorEvent("error", { message: String(cause.message ?? cause), error: cause }));
    }
  }
}

if (!customElements.get("element-name")) customElements.define("element-name", ElementName);

// In a frame, the card tells the page how high it is: in our own words, and in those that AMP and others understand.
if (window.parent !== window) {
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    window.parent.postMessage({ type: "element-name:height", height }, "*");
    window.parent.postMessage({ sentinel: "amp", type: "embed-size", height }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
}
