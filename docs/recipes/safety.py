"""Hear of safety changes: say what they are and end with 1, for cron, a monitor or a nightly build.

It needs only the standard library. The file remembers which edition you have heard of:

    python safety.py https://api.example.org heard.txt
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen


def ask(url: str) -> Any:
    """Return the JSON of a reply; an HTTPError for any status but 200."""
    with urlopen(url, timeout=10) as reply:
        return json.load(reply)


def news(root: str, file: Path) -> list[str]:
    """Return what was published as a safety change since the last call. The first call only begins to listen."""
    url = f"{root}/v1/editions?kind=safety"
    if file.exists():
        url += f"&after={file.read_text('utf-8')}"
    try:
        log = ask(url)
        messages = [f"{change['published_at'][:10]}: {change['note']}" for change in reversed(log["data"])]
    except HTTPError as error:
        if error.code != 404:  # the API is down: fail, and ask the same again next time
            raise
        log = ask(f"{root}/v1/editions?kind=safety")
        messages = ["The change log does not reach back to what you heard last: look at all of it."]
    known = file.exists()
    file.write_text(log["meta"]["edition"], "utf-8")
    return [*messages, log["meta"]["disclaimer"]] if messages and known else []


if __name__ == "__main__":
    lines = news(sys.argv[1], Path(sys.argv[2]))
    print("\n".join(lines) or "No safety change.")
    sys.exit(1 if lines else 0)
