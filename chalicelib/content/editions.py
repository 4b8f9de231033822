"""Editions and their history: manifest, change log and pointer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.content.model import ChangeKindCode, Entity, Record, Text

SEVERITY_ORDER: tuple[ChangeKindCode, ...] = get_args(ChangeKindCode)


class ChangeLogEntry(Record, frozen=True, kw_only=True):
    """One entry of the change log: what changed in one language when an edition became the current one."""

    edition: str
    # The edition that was current before; None for the first.
    predecessor: str | None = None
    action: Literal["publish", "roll-back"]
    kind: ChangeKindCode
    note: Text
    published_at: datetime
    # Of every URL whose `data` differs, the path; `/v1/bundle` alone if there are too many to name.
    paths: tuple[str, ...]
    # By path, the digest of the new data. A path without one is no longer there.
    digests: dict[str, str]
    # By the path of a list whose members or their order differ, the paths of its members now.
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)


def changes_after(changes: Sequence[ChangeLogEntry], edition: str) -> Sequence[ChangeLogEntry] | None:
    """Return the entries after the last one that made an edition current, or None if the log does not name it."""
    positions = [position for position, change in enumerate(changes) if change.edition == edition]
    return changes[positions[-1] + 1 :] if positions else None


def most_severe(changes: Iterable[ChangeLogEntry] | None) -> ChangeKindCode:
    """Return the most severe kind of some changes; `safety` if it is not known what changed (decision 2)."""
    kinds = {change.kind for change in changes or ()}
    return next((kind for kind in SEVERITY_ORDER if kind in kinds), SEVERITY_ORDER[0])


def edition_name(digests: Mapping[str, str]) -> str:
    """Return an edition's name: 128 bits of the SHA-256 of its digests by language, in hexadecimal.

    The name covers every key and document of every entity, in every language. It does not cover the change log, note,
    kind, dates and author. Of these, only the change log has a digest to check it against, in the manifest.
    """
    return sha256(msgspec.json.encode(sorted(digests.items()))).hexdigest()[:32]


class LanguageChecksum(Record, frozen=True, kw_only=True):
    """The expected number of entities in one language, and SHA-256 digests of them and of the change log."""

    count: int
    digest: str
    changes: str


CONTENT_FORMAT = 2  # how entities are written; raised when `model.py` can no longer read older ones


class Manifest(Record, frozen=True, kw_only=True):
    """An edition's digests by language, and who published it, when and why."""

    edition: str
    # Editions from before there was a format have none.
    format: int = 1
    predecessor: str | None = None
    kind: ChangeKindCode
    note: str
    published_at: datetime
    published_by: str
    languages: dict[str, LanguageChecksum]
    # Set when the edition's items are deleted. The manifest is kept, so that the API can answer 410 Gone.
    pruned_at: datetime | None = None

    @property
    def content_name(self) -> str:
        """The edition name computed from the digests. If `edition` differs, the manifest is corrupt."""
        return edition_name({language: checksum.digest for language, checksum in self.languages.items()})


class PointerMove(Record, frozen=True, kw_only=True):
    """One move of the pointer: an entry of the history."""

    edition: str
    previous: str | None = None
    action: Literal["publish", "roll-back", "repair"]
    at: Annotated[datetime, Meta(tz=True)]
    by: str
    note: str


class Pointer(Record, frozen=True, kw_only=True):
    """The current edition: its manifest, and the move that made it current."""

    manifest: Manifest
    move: PointerMove


class Superseded(Struct, frozen=True, kw_only=True):
    """The current edition, as an older edition's replies name it; `SupersededBy` adds the label."""

    edition: str
    kind: ChangeKindCode
    published_at: datetime


class Edition(Struct, frozen=True):
    """An edition's complete content in one language."""

    manifest: Manifest
    language: str
    entities: tuple[Entity, ...]
    changes: tuple[ChangeLogEntry, ...]
    superseded_by: Superseded | None = None
