"""What an edition consists of, and how it came about: manifest, pointer and change log."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from chalicelib.content.model import ChangeKind, Entity, Record, Text


class ChangedEntities(Record, frozen=True, kw_only=True):
    """Entities that an edition touched, as `<type>/<id>`, so that a client can drop and fetch just those."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class ChangeLogEntry(Record, frozen=True, kw_only=True):
    """One line of the change log: how an edition differs, in one language, from the one before it."""

    edition: str
    predecessor: str | None = None
    kind: ChangeKind
    note: Text
    published_at: datetime
    # Absent where the list would be too long to carry: then everything is to be fetched again.
    entities: ChangedEntities | None = None


def edition_name(digests: Mapping[str, str]) -> str:
    """Return the name of the edition with these digests by language: 128 bits of SHA-256, in hexadecimal.

    The name covers every key and document of every entity, in every language. It does not cover the change log, the
    note, the kind, the dates and the author: of these, the log is checked against the manifest's digest, the others
    against nothing.
    """
    return sha256(msgspec.json.encode(sorted(digests.items()))).hexdigest()[:32]


class LanguageChecksum(Record, frozen=True, kw_only=True):
    """What a reader checks one language of an edition against: SHA-256 digests in hexadecimal."""

    count: int
    digest: str
    changes: str


class Manifest(Record, frozen=True, kw_only=True):
    """What an edition consists of, and how it came about."""

    edition: str
    predecessor: str | None = None
    kind: ChangeKind
    note: str
    published_at: datetime
    published_by: str
    languages: dict[str, LanguageChecksum]
    # Set when the edition's items were deleted; the line that says so stays.
    pruned_at: datetime | None = None

    @property
    def content_name(self) -> str:
        """The name of the content that these digests belong to; any other than `edition` is damage."""
        return edition_name({language: checksum.digest for language, checksum in self.languages.items()})


class PointerMove(Record, frozen=True, kw_only=True):
    """One move of the pointer: a line of the history."""

    edition: str
    previous: str | None = None
    action: Literal["publish", "roll-back", "repair"]
    at: datetime
    by: str
    note: str


class Pointer(Record, frozen=True, kw_only=True):
    """Which edition is current: its manifest, and the move that made it so."""

    manifest: Manifest
    move: PointerMove


class Superseded(Struct, frozen=True, kw_only=True):
    """The current edition, told to who reads an older one."""

    edition: str
    kind: Annotated[ChangeKind, Meta(description="The gravest kind of change since the edition that was asked for.")]
    published_at: datetime


class Edition(Struct, frozen=True):
    """One edition in one language, whole."""

    manifest: Manifest
    language: str
    entities: tuple[Entity, ...]
    changes: tuple[ChangeLogEntry, ...]
    superseded_by: Superseded | None = None
