"""The layout of the table: keys and codecs, shared by `Table` and the editors' writer.

| pk                           | sk                       | document                                              |
|------------------------------|--------------------------|-------------------------------------------------------|
| CURRENT                      | CURRENT                  | `Pointer`: the current edition and the last move      |
| HISTORY                      | <time>#<edition>         | `PointerMove`: one item for each move of the pointer  |
| EDITION#<edition>            | MANIFEST                 | `Manifest`: what the edition consists of              |
| EDITION#<edition>#<language> | <KIND>#<position>#<id>   | one entity                                            |
| EDITION#<edition>#<language> | CHANGES#<digest>         | the change log up to this edition                     |

Every item has one attribute besides its key, `document`: JSON text, which round-trips byte for byte.

A change log has its digest in its key, because the edition's name does not cover it. Two attempts to publish the same
content may have different change logs, and must not overwrite each other (decision 1).
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from chalicelib.content.editions import ChangeLogEntry, PointerMove
from chalicelib.content.model import Article, Entity, type_name

POINTER_KEY = ("CURRENT", "CURRENT")
HISTORY_PARTITION = "HISTORY"
MANIFEST_SORT_KEY = "MANIFEST"
CHANGE_LOG_PREFIX = "CHANGES"


class TableItem(NamedTuple):
    """One item of an edition: its sort key and its document as JSON text."""

    key: str
    document: str


def edition_partition(edition: str) -> str:
    """Return the partition key of an edition's manifest."""
    return f"EDITION#{edition}"


def language_partition(edition: str, language: str) -> str:
    """Return the partition key of an edition's items in one language."""
    return f"EDITION#{edition}#{language}"


def history_sort_key(move: PointerMove) -> str:
    """Return the sort key of a history entry. It starts with the time in a fixed width, so that keys sort by time."""
    return f"{move.at:%Y-%m-%dT%H:%M:%S.%fZ}#{move.edition}"


def entity_item(position: int, entity: Entity) -> TableItem:
    """Return the item of an entity; `position` is its place among the entities of its type."""
    name = entity.language if isinstance(entity, Article) else entity.id
    return TableItem(f"{type_name(type(entity)).upper()}#{position:06d}#{name}", msgspec.json.encode(entity).decode())


def change_log_sort_key(log_digest: str) -> str:
    """Return the sort key of the change log with this digest."""
    return f"{CHANGE_LOG_PREFIX}#{log_digest}"


def change_log_item(changes: Iterable[ChangeLogEntry]) -> tuple[str, TableItem]:
    """Return the digest of a change log, and its item."""
    document = msgspec.json.encode(tuple(changes))
    log_digest = sha256(document).hexdigest()
    return log_digest, TableItem(change_log_sort_key(log_digest), document.decode())


def digest(items: Iterable[TableItem]) -> str:
    """Return the SHA-256 of items in the order of their keys, in hexadecimal.

    Each item is hashed as a JSON array. Plain concatenation would hash `("ab", "c")` like `("a", "bc")`.
    """
    hashed = sha256()
    for item in sorted(items):
        hashed.update(msgspec.json.encode(item))
    return hashed.hexdigest()
