"""An app that works offline: it stores the content, keeps it current, and shows none of it without its disclaimer.

Only the standard library is needed: python offline.py https://api.example.org content.json
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ARTICLE, BUNDLE, HOUR = "/v1/article", "/v1/bundle", 3_600  # seconds


class App:
    """The content in one language. A file keeps it for the next start."""

    def __init__(self, root: str, file: Path, language: str = "en") -> None:
        self.root, self.file, self.language = root, file, language
        self.stored: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def get(self, path: str, etag: str = "", **query: str) -> tuple[int, Any, str]:
        """Return the status, JSON and ETag of a reply. Without one, or if the API cannot answer, raise OSError."""
        url = f"{self.root}{path}?{urlencode({'lang': self.language, **query})}"
        try:
            with urlopen(Request(url, headers={"If-None-Match": etag} if etag else {}), timeout=10) as reply:
                return 200, json.load(reply), reply.headers["ETag"]
        except HTTPError as error:
            if error.code in {304, 404, 410}:
                return error.code, None, etag
            raise

    def sync(self) -> int:
        """Bring the content up to date if the API answers. Return after how many seconds to do so again."""
        try:
            if not self.stored or not self.sync_in_parts():
                self.sync_whole()
        except (OSError, ValueError) as error:  # keep what is stored; 429 and 503 may say when to come back
            return int(getattr(error, "headers", {}).get("Retry-After", HOUR))
        return HOUR

    def sync_whole(self) -> None:
        """Fetch everything, unless it is what we have. Most apps need no more than this."""
        status, bundle, etag = self.get(BUNDLE, self.stored.get("etag", ""))
        if status != 304:
            resources = {it["path"]: it for it in bundle["data"]["resources"]}
            self.keep(bundle["meta"], resources, {it["path"]: it["members"] for it in bundle["data"]["lists"]}, etag)

    def sync_in_parts(self) -> bool:
        """Fetch the entries that have changed, and the article if it has. Return False if the log is not enough."""
        _, log, _ = self.get("/v1/editions", after=self.stored["meta"]["edition"])
        changed: dict[str, str] = {}
        lists = dict(self.stored["lists"])
        for entry in reversed(log["data"] if log else []):  # the newest is the first
            changed |= dict.fromkeys(entry["paths"], "") | entry["digests"]
            lists |= entry["members"]
        if log is None or BUNDLE in changed:  # it does not reach back to our edition, or too much differs to name it
            return False
        resources = {}
        for path in [ARTICLE, *(member for members in lists.values() for member in members)]:
            resources[path] = self.stored["resources"].get(path, {"digest": ""})
            if changed.get(path, resources[path]["digest"]) != resources[path]["digest"]:
                # All of one edition, even if the next one is published meanwhile.
                status, reply, _ = self.get(path, edition=log["meta"]["edition"])
                if status != 200:
                    return False
                resources[path] = {"path": path, "digest": changed[path], "data": reply["data"]}
        self.keep(log["meta"], resources, lists, "" if log["data"] else self.stored["etag"])
        return True

    def keep(self, meta: Any, resources: dict[str, Any], lists: dict[str, Any], etag: str) -> None:
        """Store all of it, or nothing."""
        self.stored = {"meta": meta, "resources": resources, "lists": lists, "etag": etag}
        self.file.with_suffix(".new").write_text(json.dumps(self.stored), "utf-8")
        self.file.with_suffix(".new").replace(self.file)

    def superseded(self) -> str:
        """Return how grave the changes are since the edition that is stored: a small question, also about a pin."""
        status, reply, _ = self.get("/v1", edition=self.stored["meta"]["edition"])
        newer = reply["meta"].get("superseded_by") if status == 200 else {"kind": {"label": "It was withdrawn"}}
        return newer["kind"]["label"] if newer else ""

    def show(self, path: str) -> str:
        """Return a list as text, and what belongs to every copy: whose words they are, how old, and no advice."""
        meta = self.stored["meta"]
        entries = [self.stored["resources"][member]["data"] for member in self.stored["lists"][path]]
        lines = [f"{it['name']}: {it['line']}" for it in entries]
        if meta["next_check"] <= datetime.now(UTC).date().isoformat():
            lines.append(f"This was due for a check on {meta['next_check']}, and may be out of date.")
        return "\n".join([*lines, meta["attribution"], meta["disclaimer"]])


if __name__ == "__main__":
    app = App(sys.argv[1], Path(sys.argv[2]))
    app.sync()
    print(app.show("/v1/risks") if app.stored else "There is nothing stored yet: go online once.")
