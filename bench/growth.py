"""What an edition costs as it grows: a process that reads it from memory, prints a line of JSON, and ends.

`python -m bench.growth <times> <languages>`. The table is a fake that hands out DynamoDB's pages of 1 MB, so what is
measured is the product's own work: to check, to understand, to prepare, and to answer.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import structs

from bench.events import event
from bench.packages import ROOT
from chalicelib import table
from chalicelib.article import Article, Benefit, Concern, Entity, Risk, Source
from editorial.content import load
from editorial.draft import draft

PAGE = 1_000_000
GROWING = (Benefit, Concern, Risk, Source)  # what the article itself holds (limitations, advice) stays as it is


class Pages:
    """As much of a DynamoDB client as a reader uses."""

    def __init__(self, items: dict[tuple[str, str], str]) -> None:
        self._items = items

    def get_item(self, Key: dict[str, dict[str, str]], **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        """Give an item."""
        return {"Item": {"document": {"S": self._items[Key["pk"]["S"], Key["sk"]["S"]]}}}

    def get_paginator(self, _: str) -> "Pages":
        """Give what pages."""
        return self

    def paginate(self, ExpressionAttributeValues: dict[str, Any], **_: object) -> Iterator[dict[str, Any]]:  # noqa: N803
        """Give a partition's items, page by page."""
        wanted, page, size = ExpressionAttributeValues[":pk"]["S"], [], 0
        for (partition, key), document in sorted(self._items.items()):
            if partition == wanted:
                page.append({"sk": {"S": key}, "document": {"S": document}})
                size += len(document)
                if size > PAGE:
                    yield {"Items": page}
                    page, size = [], 0
        yield {"Items": page}


def grown(entities: tuple[Entity, ...], times: int) -> tuple[Entity, ...]:
    """Give the content with its lists so many times as long; each copy cites the copies of what its original cites."""
    more = (copied(entity, number) for number in range(1, times) for entity in entities if isinstance(entity, GROWING))
    return (*entities, *more)


def copied(entity: Benefit | Concern | Risk | Source, number: int) -> Entity:
    """Give a copy of an entity under another id."""
    copy = structs.replace(entity, id=f"{entity.id}-{number}")
    if isinstance(copy, Source) or copy.literature is None:
        return copy
    sources = tuple(f"{source}-{number}" for source in copy.literature.sources)
    return structs.replace(copy, literature=structs.replace(copy.literature, sources=sources))


def items(times: int, languages: int) -> dict[tuple[str, str], str]:
    """Give the table of an edition that is so many times as long, in so many languages."""
    tags = ["en", *(f"{first}{second}" for first in "abcd" for second in "xyz")][:languages]
    english = grown(load(ROOT / "content").languages["en"], times)
    made = draft(
        {
            tag: tuple(
                structs.replace(entity, language=tag) if isinstance(entity, Article) else entity for entity in english
            )
            for tag in tags
        }
    )
    moment = "2026-11-22T00:00:00Z"
    log = table.changes_item(())
    checksums = {
        tag: {"count": len(its), "digest": table.digest(its), "changes": log.key.partition("#")[2]}
        for tag, its in made.items.items()
    }
    manifest = {
        "edition": made.edition,
        "kind": "evidence",
        "note": "bench",
        "published_at": moment,
        "published_by": "bench",
        "languages": checksums,
    }
    move = {"edition": made.edition, "action": "publish", "at": moment, "by": "bench", "note": "bench"}
    return {
        ("CURRENT", "CURRENT"): json.dumps({"manifest": manifest, "move": move}),
        **{
            (table.language_key(made.edition, tag), item.key): item.document
            for tag, its in made.items.items()
            for item in (*its, log)
        },
    }


def resident() -> float:
    """Give the memory that this process has now, in MB (`VmRSS`, proc(5))."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    """Print what it costs: load in ms of CPU, a warm list, item and 404 in µs, the most memory in MB."""
    times, languages = int(sys.argv[1]), int(sys.argv[2])
    client: Any = Pages(items(times, languages))
    before = resident()
    os.environ |= {"CONTENT_REFRESH_SECONDS": "3600"}
    os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", None)
    table.connect = lambda environ: table.Table(client, environ.get("CONTENT_TABLE", "content"))
    import app  # noqa: PLC0415 - it takes its table from what was set above

    gc.disable()  # as while a function is initialised
    start = time.process_time()
    held = app.content.current()
    views = [app.content.view(held, tag) for tag in held.languages]
    loaded = 1000 * (time.process_time() - start)
    gc.enable()
    gc.freeze()
    held_now = resident()
    asked = {"list": event(), "item": event("cellulite"), "404": event("celulite")}
    warm = {}
    for name, its in asked.items():
        start = time.process_time()
        for _ in range(3000):
            app.app(its, None)
        warm[name] = 1e6 * (time.process_time() - start) / 3000
    print(  # noqa: T201 - it is what this program is for
        json.dumps(
            {
                "entities": len(views[0].entities),
                "loaded": loaded,
                "warm": warm,
                "memory": held_now - before,
                "bodies": sum(len(document.body) for view in views for document in view.documents.values()) / 1e6,
            }
        )
    )


if __name__ == "__main__":
    main()
