"""Where things live in the table: keys and codecs, shared by the reader and the writer.

| pk                           | sk                       | document                                              |
|------------------------------|--------------------------|-------------------------------------------------------|
| CURRENT                      | CURRENT                  | `Pointer`: the current edition and the last move      |
| HISTORY                      | <time>#<edition>         | `PointerMove`: one line each time the pointer moved   |
| EDITION#<edition>            | MANIFEST                 | `Manifest`: what the edition consists of              |
| EDITION#<edition>#<language> | <KIND>#<position>#<id>   | one entity                                            |
| EDITION#<edition>#<language> | CHANGES#<digest>         | the change log up to this edition                     |

Every item has one attribute besides its key, `document`: JSON text, which round-trips byte for byte. Only the pointer
ever changes. A change log is named by its digest, because it is not part of what names the edition: two attempts to
publish the same content may differ in it, and must not overwrite each other (decision 1).
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
    """Give the partition key of an edition's manifest."""
    return f"EDITION#{edition}"


def language_partition(edition: str, language: str) -> str:
    """Give the partition key of an edition's items in one language."""
    return f"EDITION#{edition}#{language}"


def history_sort_key(move: PointerMove) -> str:
    """Give the sort key of a history line; times sort as text because they have one width."""
    return f"{move.at:%Y-%m-%dT%H:%M:%S.%fZ}#{move.edition}"


def entity_item(position: int, entity: Entity) -> TableItem:
    """Give the item that holds an entity at a position of its kind."""
    name = entity.language if isinstance(entity, Article) else entity.id
    return TableItem(f"{type_name(type(entity)).upper()}#{position:06d}#{name}", msgspec.json.encode(entity).decode())


def change_log_sort_key(log_digest: str) -> str:
    """Give the sort key of the change log with that digest."""
    return f"{CHANGE_LOG_PREFIX}#{log_digest}"


def change_log_item(changes: Iterable[ChangeLogEntry]) -> TableItem:
    """Give the item that holds a change log; its digest is the last part of its key."""
    document = msgspec.json.encode(tuple(changes))
    return TableItem(change_log_sort_key(sha256(document).hexdigest()), document.decode())


def digest(items: Iterable[TableItem]) -> str:
    """Return the SHA-256 of items in the order of their keys, in hexadecimal.

    They are hashed as JSON arrays, so that no key or document can look like the end of one and the start of another.
    """
    total = sha256()
    for item in sorted(items):
        total.update(msgspec.json.encode(item))
    return total.hexdigest()
