"""Publishing, rolling back, verifying and pruning editions.

What holds at every moment, whatever is interrupted and whoever works at the same time:

- the pointer names an edition that was written, read back, found whole and rendered before;
- nothing that a reader was shown is ever changed; an edition's items are the same whoever writes them, so that
  publishing the content of a damaged edition repairs it;
- the pointer moves only from where the editor saw it;
- what an interruption left undone is done by whoever moves the pointer next, or by running the same command again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec
from msgspec import structs

from chalicelib.content.editions import ChangeLogEntry, LanguageChecksum, Manifest, Pointer, PointerMove
from chalicelib.content.items import CHANGE_LOG_PREFIX, change_log_item, language_partition
from chalicelib.content.model import ChangeKind, Entity
from chalicelib.content.table import CorruptEditionError, EditionContent, NotPublishedError, Table, decode_pointer
from editorial.diff import changed_entities
from editorial.draft import EditionDraft
from editorial.rendering import rendering_problems
from editorial.writer import ConflictError, Progress, Writer, text

# A change log travels in one item, of which DynamoDB takes 400 KB. Past this, the oldest changes are left off, and a
# single change of very many entities says only that everything is to be fetched again.
LOG_BYTES = 300_000
ENTITIES_LISTED = 1_000

Status = Literal["published", "rolled-back", "repaired", "unchanged"]
STATUS_OF_ACTION: dict[str, Status] = {"publish": "published", "roll-back": "rolled-back", "repair": "repaired"}


class RejectedError(Exception):
    """What was asked for is not done, for the reason given; the pointer was not moved."""


@dataclass(frozen=True)
class Author:
    """Who does something, when and why."""

    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PublishResult:
    """What happened, and where the pointer is now."""

    status: Status
    pointer: Pointer


class Stored(NamedTuple):
    """The pointer as it is stored, and what it says; an empty document where there is none."""

    document: str
    pointer: Pointer | None


def read_pointer(table: Table) -> Pointer | None:
    """Return the pointer, or None where nothing was ever published.

    If it is lost or cannot be understood, return what it was by the history and the manifest of its edition.
    """
    return _stored(table).pointer


def manifest_of(table: Table, edition: str) -> Manifest | None:
    """Give the manifest of an edition whose items are there, or None."""
    try:
        manifest = table.manifest(edition)
    except NotPublishedError:
        return None
    return None if manifest.pruned_at else manifest


def entities_of(table: Table, manifest: Manifest) -> dict[str, tuple[Entity, ...]]:
    """Return an edition's entities by language; none if it was pruned.

    Raises:
        CorruptEditionError: The edition is damaged.

    """
    if manifest.pruned_at:
        return {}
    return {language: edition_content.entities for language, edition_content in _read_verified(table, manifest).items()}


@dataclass(frozen=True)
class Publisher:
    """Publishes and rolls back in the name of an editor, who has said why."""

    table: Table
    writer: Writer
    reason: Author
    progress: Progress = lambda _: None

    def publish(self, draft: EditionDraft, kind: ChangeKind, seen: Pointer | None) -> PublishResult:
        """Make the draft current and return what happened.

        If the draft is what readers see already, nothing is done; if that edition is damaged, it is repaired. If the
        draft equals an older edition, that one is made current again; if that one is damaged, it is published anew.

        Raises:
            LostRaceError: The pointer is not where it was seen.
            RefusedError: The edition cannot be served.

        """
        stored = self._repair_history()
        now = stored.pointer
        if now and now.manifest.edition == draft.edition:
            if stored.document == text(now) and damage(self.table, now.manifest) is None:
                return PublishResult("unchanged", now)
            _check_unmoved(now, seen)
            return self._move(self._write(draft, now.manifest, self._before(now.manifest)), "repair", stored)
        _check_unmoved(now, seen)
        published = self._intact(draft.edition)
        if published:
            return self._move(published, "roll-back", stored)
        made = Manifest(
            edition=draft.edition,
            predecessor=now.manifest.edition if now else None,
            kind=kind,
            note=self.reason.note,
            published_at=_after(now, self.reason.at),
            published_by=self.reason.by,
            languages={},
        )
        return self._move(self._write(draft, made, now.manifest if now else None), "publish", stored)

    def roll_back(self, edition: str | None, seen: Pointer | None) -> PublishResult:
        """Make an older edition current again, by default the one before the current; return what happened.

        Raises:
            LostRaceError: The pointer is not where it was seen.
            RefusedError: There is no such edition, or it cannot be served.
            CorruptEditionError: The edition is damaged.

        """
        stored = self._repair_history()
        now = stored.pointer
        if now is None:
            raise RejectedError("nothing was ever published: there is nothing to roll back to")
        _check_unmoved(now, seen)
        wanted = edition or now.manifest.predecessor
        if wanted is None:
            raise RejectedError(f"edition {now.manifest.edition} is the first: there is none before it")
        if wanted == now.manifest.edition:
            _read_verified(self.table, now.manifest)
            return PublishResult("unchanged", now)
        manifest = self._published(wanted)
        if manifest is None:
            raise RejectedError(f"there is no published edition {wanted}: `history` names those there are")
        return self._move(manifest, "roll-back", stored)

    def _published(self, edition: str) -> Manifest | None:
        """Give the manifest of an edition that readers were shown and whose items are there, or None."""
        manifest = manifest_of(self.table, edition)
        return manifest if manifest and any(move.edition == edition for move in self.table.history()) else None

    def _intact(self, edition: str) -> Manifest | None:
        """Return the manifest of an edition that can be made current again as it is, or None."""
        try:
            manifest = self._published(edition)
        except CorruptEditionError:
            return None
        return manifest if manifest and damage(self.table, manifest) is None else None

    def _before(self, manifest: Manifest) -> Manifest | None:
        """Return the manifest of an edition's predecessor, or None if there is none to be read."""
        try:
            return manifest_of(self.table, manifest.predecessor) if manifest.predecessor else None
        except CorruptEditionError:
            return None

    def _repair_history(self) -> Stored:
        """Return the pointer, after finishing what an interruption may have left undone behind its last move."""
        stored = _stored(self.table)
        pointer = stored.pointer
        # What a damaged pointer says must not be written over what is still true.
        if pointer and pointer.manifest.edition == pointer.manifest.content_name:
            if pointer.move not in self.table.history():
                self.writer.put_history(pointer.move)
            try:
                settled = manifest_of(self.table, pointer.manifest.edition) == pointer.manifest
            except CorruptEditionError:
                settled = False
            if not settled:
                self.writer.put_manifest(pointer.manifest)
        return stored

    def _write(self, draft: EditionDraft, line: Manifest, before: Manifest | None) -> Manifest:
        """Write an edition beside those there are, and return its manifest.

        `line` says who publishes it, when and why. If it already names change logs that can be read, as in a repair,
        they stay; otherwise they continue those of the edition before.
        """
        checksums: dict[str, LanguageChecksum] = {}
        for language, items in draft.items.items():
            log = _readable(self.table, line, language)[1]
            if not log:
                entities, earlier = _readable(self.table, before, language)
                change = ChangeLogEntry(
                    edition=draft.edition,
                    predecessor=line.predecessor,
                    kind=line.kind,
                    note=line.note,
                    published_at=line.published_at,
                    entities=None if entities is None else changed_entities(entities, draft.entities[language]),
                )
                log = change_log(earlier, change)
            log_item = change_log_item(log)
            partition = language_partition(draft.edition, language)
            self._clear(partition, {item.key for item in items})
            self.writer.put_items(partition, [*items, log_item], self.progress)
            checksums[language] = LanguageChecksum(
                count=len(items), digest=draft.digests[language], changes=log_item.key.partition("#")[2]
            )
        manifest = structs.replace(line, languages=checksums)
        self.writer.put_manifest(manifest)
        return manifest

    def _clear(self, partition: str, keys: set[str]) -> None:
        """Delete the entities that do not belong to an edition; logs may be those of somebody at work (decision 1)."""
        surplus = [
            item.key
            for item in self.table.query(partition)
            if item.key not in keys and not item.key.startswith(CHANGE_LOG_PREFIX)
        ]
        self.writer.delete_items(partition, surplus, lambda _: None)

    def _move(
        self, manifest: Manifest, action: Literal["publish", "roll-back", "repair"], stored: Stored
    ) -> PublishResult:
        found = list(rendering_problems(manifest, _read_verified(self.table, manifest)))
        if found:
            raise RejectedError(f"edition {manifest.edition} cannot be served:\n" + "\n".join(found))
        now = stored.pointer
        move = PointerMove(
            edition=manifest.edition,
            previous=now.manifest.edition if now else None,
            action=action,
            at=_after(now, self.reason.at),
            by=self.reason.by,
            note=self.reason.note,
        )
        pointer = Pointer(manifest=manifest, move=move)
        self.writer.move_pointer(pointer, stored.document)
        self.writer.put_history(move)
        return PublishResult(STATUS_OF_ACTION[action], pointer)


def verify(table: Table) -> Iterator[tuple[str, str | None]]:
    """Yield every edition that the history names, oldest first, with what is wrong with it, or None.

    A pointer that is lost or cannot be understood comes last, as `POINTER_KEY`.
    """
    stored = _stored(table)
    pointer = stored.pointer
    moves = table.history()
    if pointer and pointer.move not in moves:
        moves.append(pointer.move)
    for edition in dict.fromkeys(move.edition for move in moves):
        is_current = pointer is not None and edition == pointer.manifest.edition
        try:
            manifest = table.manifest(edition)
            if manifest.pruned_at:
                problem = "the pointer names it, and it was pruned" if is_current else None
            else:
                _read_verified(table, manifest)
                problem = None
                if pointer and is_current and manifest != pointer.manifest:
                    problem = "its manifest is not the one that readers check it against"
        except (CorruptEditionError, NotPublishedError) as error:
            problem = str(error)
        yield edition, problem
    if (moves or stored.document) and not (pointer and stored.document == text(pointer)):
        yield "CURRENT", "the pointer is lost or was altered: publishing repairs it"


def prunable(table: Table, keep: int) -> list[Manifest]:
    """Give the editions that may go: all but the `keep` last ones, the current one and the one before it."""
    pointer = read_pointer(table)
    if pointer is None:
        return []
    recent = list(dict.fromkeys(move.edition for move in reversed([*table.history(), pointer.move])))
    kept = {*recent[:keep], pointer.manifest.edition, pointer.manifest.predecessor}
    manifests = [table.manifest(edition) for edition in recent if edition not in kept]
    return [manifest for manifest in manifests if not manifest.pruned_at or _leftovers(table, manifest)]


def prune(table: Table, writer: Writer, manifest: Manifest, at: datetime, progress: Progress = lambda _: None) -> None:
    """Delete an edition's items, and leave its manifest, which says when.

    The manifest goes first: from then on nobody rolls back to the edition. Then the pointer is looked at once more.
    """
    writer.put_manifest(structs.replace(manifest, pruned_at=manifest.pruned_at or at))
    pointer = read_pointer(table)
    if pointer and pointer.manifest.edition == manifest.edition:
        writer.put_manifest(pointer.manifest)
        raise ConflictError(f"edition {manifest.edition} was made current meanwhile, and is kept")
    for language in manifest.languages:
        partition = language_partition(manifest.edition, language)
        writer.delete_items(partition, [item.key for item in table.query(partition)], progress)


def change_log(before: Sequence[ChangeLogEntry], change: ChangeLogEntry) -> tuple[ChangeLogEntry, ...]:
    """Give the log with a change added, newest last, and short enough for one item."""
    listed = change.entities and (
        len(change.entities.added) + len(change.entities.changed) + len(change.entities.removed)
    )
    if listed and listed > ENTITIES_LISTED:
        change = structs.replace(change, entities=None)
    kept: list[ChangeLogEntry] = []
    left = LOG_BYTES
    for line in reversed((*before, change)):
        left -= len(msgspec.json.encode(line)) + 1  # the comma after it
        if left < 0 and kept:
            break
        kept.append(line)
    return tuple(reversed(kept))


def _check_unmoved(now: Pointer | None, seen: Pointer | None) -> None:
    if (now and now.move) != (seen and seen.move):
        there = f"edition {now.manifest.edition}, moved there by {now.move.by}" if now else "nothing"
        raise ConflictError(f"what you saw is no longer current: readers see {there}. Look at the diff again")


def _after(now: Pointer | None, at: datetime) -> datetime:
    """Give a time that is later than the last move, so that the history sorts even where clocks differ."""
    return max(at, now.move.at + timedelta(microseconds=1)) if now else at


def damage(table: Table, manifest: Manifest) -> CorruptEditionError | None:
    """Return why an edition is damaged, or None if it is whole."""
    try:
        _read_verified(table, manifest)
    except CorruptEditionError as error:
        return error
    return None


def _stored(table: Table) -> Stored:
    document = ""
    try:
        document = table.pointer_document()
        return Stored(document, decode_pointer(document))
    except (NotPublishedError, CorruptEditionError):
        moves = table.history()
    try:
        manifest = manifest_of(table, moves[-1].edition) if moves else None
    except CorruptEditionError:
        manifest = None
    return Stored(document, Pointer(manifest=manifest, move=moves[-1]) if manifest else None)


def _readable(
    table: Table, manifest: Manifest | None, language: str
) -> tuple[tuple[Entity, ...] | None, tuple[ChangeLogEntry, ...]]:
    """Return what can be read of an edition in a language: its entities, None if they are damaged, and its log."""
    if manifest is None or language not in manifest.languages:
        return (), ()
    try:
        return table.edition_content(manifest, language)
    except CorruptEditionError:
        pass
    try:
        return None, table.change_log(manifest, language)
    except CorruptEditionError:
        return None, ()


def _read_verified(table: Table, manifest: Manifest) -> dict[str, EditionContent]:
    return {language: table.edition_content(manifest, language) for language in manifest.languages}


def _leftovers(table: Table, manifest: Manifest) -> bool:
    partitions = (language_partition(manifest.edition, language) for language in manifest.languages)
    return any(next(iter(table.query(partition)), None) for partition in partitions)
