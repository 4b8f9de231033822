// An app that works offline: it stores the content, keeps it current, and shows none of it without its disclaimer.
// It needs `fetch` and somewhere to store a text. In a browser: new App("https://api.example.org", localStorage).

type Json = any; // or types made from /v1/openapi.json
type Resource = { path: string; digest: string; data: Json };
type Stored = { meta: Json; resources: Record<string, Resource>; lists: Record<string, string[]>; etag: string };
type Store = { getItem(key: string): string | null; setItem(key: string, text: string): void };

const HOUR = 3600;

export class App {
  stored?: Stored;

  constructor(private root: string, private store: Store, private language = "en") {
    const text = store.getItem("content");
    this.stored = text ? JSON.parse(text) : undefined;
  }

  // Bring the content up to date if the API answers. Returns after how many seconds to do so again.
  async sync(): Promise<number> {
    try {
      if (!this.stored || !(await this.syncInParts(this.stored))) await this.syncWhole();
    } catch (error) {
      // What is stored stays; 429 and 503 may say when to come back.
      return error instanceof Response ? Number(error.headers.get("Retry-After") ?? HOUR) : HOUR;
    }
    return HOUR;
  }

  // Fetch everything, unless it is what we have. Most apps need no more than this.
  async syncWhole(): Promise<void> {
    const known = this.stored?.etag;
    const reply = await this.get("/v1/bundle", {}, known ? { "If-None-Match": known } : {});
    if (reply.status === 304) return;
    const { data, meta }: Json = await reply.json();
    const resources = Object.fromEntries(data.resources.map((it: Resource) => [it.path, it]));
    const lists = Object.fromEntries(data.lists.map((it: Json) => [it.path, it.members]));
    this.keep({ meta, resources, lists, etag: reply.headers.get("ETag") ?? "" });
  }

  // Fetch the entries that have changed, and the article if it has. Returns false if the log is not enough.
  async syncInParts({ meta, resources, lists, etag }: Stored): Promise<boolean> {
    const reply = await this.get("/v1/editions", { after: meta.edition });
    if (reply.status === 404) return false; // it does not reach back to our edition
    const log: Json = await reply.json();
    const changed: Record<string, string> = {};
    const fresh: Stored = { meta: log.meta, resources: {}, lists: { ...lists }, etag: log.data.length ? "" : etag };
    for (const change of log.data.reverse()) { // the newest was the first
      for (const path of change.paths) changed[path] = change.digests[path] ?? "";
      Object.assign(fresh.lists, change.members);
    }
    if ("/v1/bundle" in changed) return false; // too much to name
    for (const path of ["/v1/article", ...Object.values(fresh.lists).flat()]) {
      const stored = resources[path];
      const digest = changed[path] ?? stored?.digest ?? "";
      if (stored?.digest === digest) {
        fresh.resources[path] = stored;
        continue;
      }
      // All of one edition, even if the next one is published meanwhile.
      const part = await this.get(path, { edition: log.meta.edition });
      if (part.status !== 200) return false;
      fresh.resources[path] = { path, digest, data: ((await part.json()) as Json).data };
    }
    this.keep(fresh);
    return true;
  }

  // How grave the changes are since the edition that is stored: a small question, also about a pin.
  async superseded(): Promise<string> {
    const reply = await this.get("/v1", { edition: this.stored!.meta.edition });
    return reply.status === 410 ? "It was withdrawn" : (((await reply.json()) as Json).meta.superseded_by?.kind.label ?? "");
  }

  // A list as text, and what belongs to every copy: whose words they are, how old, and no advice.
  show(path: string): string {
    const { meta, resources, lists } = this.stored!;
    const entries = lists[path]!.map((member) => resources[member]!.data);
    const lines = entries.map((it: Json) => `${it.name}: ${it.line}`);
    if (meta.next_check <= new Date().toISOString().slice(0, 10))
      lines.push(`This was due for a check on ${meta.next_check}, and may be out of date.`);
    return [...lines, meta.attribution, meta.disclaimer].join("\n");
  }

  private keep(stored: Stored): void {
    this.store.setItem("content", JSON.stringify(stored));
    this.stored = stored;
  }

  private async get(path: string, query: Record<string, string>, headers: HeadersInit = {}): Promise<Response> {
    // `no-store`: this class is the cache.
    const url = `${this.root}${path}?${new URLSearchParams({ lang: this.language, ...query })}`;
    const reply = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (![200, 304, 404, 410].includes(reply.status)) throw reply;
    return reply;
  }
}
