"""The change log as it is served, complete or only what a client asks for. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Struct, structs

from chalicelib.content.editions import ChangeLogEntry, changes_after
from chalicelib.content.model import Article, ChangeKind
from chalicelib.documents.envelope import Document, change_kind, enveloped, query

CHANGES_PATH = "/v1/editions"
FEED_PATH = "/feed.xml"  # the same for feed readers


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the change log: what changed in one language when an edition became the current one."""

    edition: str
    predecessor: Annotated[
        str | None, msgspec.Meta(description="The edition that was current before; absent for the first.")
    ] = None
    action: Annotated[
        Literal["publish", "roll-back"],
        msgspec.Meta(description="`roll-back`: an older edition was made the current one again."),
    ]
    kind: ChangeKind
    note: str
    published_at: Annotated[datetime, msgspec.Meta(tz=True)]
    paths: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Every URL whose `data` differs, but for `/v1/editions`, `/v1/bundle` and `/v1/health`, which"
            " differ each time. `/v1/bundle` alone: too much differs, so fetch that."
        ),
    ]
    digests: Annotated[
        dict[str, str],
        msgspec.Meta(description="By path, the digest of the new `data`. A path without one is no longer there."),
    ]
    members: Annotated[
        dict[str, tuple[str, ...]],
        msgspec.Meta(
            description="By the path of a list whose members or their order differ, the paths of its members in order."
        ),
    ]


def select_changes(
    entries: Sequence[ChangeLogEntry], after: str | None, kind: str | None
) -> Sequence[ChangeLogEntry] | None:
    """Return the entries after an edition and of one kind, or None if the log does not name that edition."""
    selected = changes_after(entries, after) if after is not None else entries
    if selected is None or kind is None:
        return selected
    return [entry for entry in selected if entry.kind == kind]


def served_changes(article: Article, changes: Iterable[ChangeLogEntry]) -> list[Change]:
    """Return entries of the change log, oldest first, as they are served: with the labels of their kinds."""
    return [Change(**{**structs.asdict(change), "kind": change_kind(article, change.kind)}) for change in changes]


def change_document(changes: Sequence[Change], meta: msgspec.Raw, filters: Mapping[str, str] | None = None) -> Document:
    """Return the document of entries of the change log, newest first; `filters` are the query parameters, by name."""
    url = CHANGES_PATH
    for name, value in (filters or {}).items():
        url = query(url, name, value)
    collection = {"collection": CHANGES_PATH} if url != CHANGES_PATH else {}
    links = {"self": url} | collection | {"feed": FEED_PATH, "service": "/v1"}
    return enveloped(list(reversed(changes)), meta, links)
