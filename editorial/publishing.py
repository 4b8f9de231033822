"""Publish, roll back, verify and prune editions.

These hold at every moment, even if a command is interrupted or several editors work at once:

- The pointer names an edition that was written, read back, verified and rendered.
- No entity of a published edition changes. A roll back adds change logs, and the manifest names them once the pointer
  has moved. Entities are the same whoever writes them, so publishing the content of the damaged current edition repairs
  it. An older damaged edition is published anew, with a new date, note and change log.
- The pointer moves only from where the editor saw it.
- The next move of the pointer, or the same command run again, finishes what an interruption left undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import structs

from chalicelib.content.editions import (
    CONTENT_FORMAT,
    ChangeLogEntry,
    LanguageChecksum,
    Manifest,
    Pointer,
    PointerMove,
    changes_after,
    most_severe,
)
from chalicelib.content.items import CHANGE_LOG_PREFIX, change_log_item, language_partition
from chalicelib.content.model import ChangeKindCode, Entity
from chalicelib.content.table import CorruptEditionError, EditionContent, NotPublishedError, Table, decode_pointer
from editorial.draft import EditionDraft
from editorial.rendering import RenderedData, changed_data, rendered_data, rendering_problems
from editorial.writer import ConflictError, Progress, Writer, text

# A change log is one item, and DynamoDB takes at most 400 KB. A longer log loses its oldest entries.
MAX_LOG_BYTES = 300_000

Status = Literal["published", "rolled-back", "repaired", "unchanged"]
STATUS_OF_ACTION: dict[str, Status] = {"publish": "published", "roll-back": "rolled-back", "repair": "repaired"}


class RejectedError(Exception):
    """The request is refused, for the reason in the message; the pointer was not moved."""


@dataclass(frozen=True)
class Author:
    """Who makes a change, when and why."""

    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PublishResult:
    """What was done, and the pointer afterwards."""

    status: Status
    pointer: Pointer

    kind: ChangeKindCode | None = None
    """The kind that the change log lists a roll back as; None for other actions."""

    log_restarted: bool = False
    """Whether the change log of the edition before could not be read, so that a new one begins."""


class _WrittenEdition(NamedTuple):
    """An edition that is complete in the table, and not yet current."""

    manifest: Manifest
    kind: ChangeKindCode | None = None
    log_restarted: bool = False


class _ContinuedLog(NamedTuple):
    """A change log with one more entry, and whether the entries before it could not be read."""

    entries: tuple[ChangeLogEntry, ...]
    restarted: bool


class _StoredPointer(NamedTuple):
    """The pointer's document as stored, empty if there is none, and the pointer that it describes."""

    document: str
    pointer: Pointer | None


def read_pointer(table: Table) -> Pointer | None:
    """Return the pointer, or None if nothing was ever published.

    If it is lost or cannot be decoded, restore it from the history and its edition's manifest.
    """
    return _read_stored_pointer(table).pointer


def _unpruned_manifest(table: Table, edition: str) -> Manifest | None:
    """Return the manifest of an edition, or None if there is none or it was pruned."""
    try:
        manifest = table.manifest(edition)
    except NotPublishedError:
        return None
    return None if manifest.pruned_at else manifest


def entities_of(table: Table, manifest: Manifest) -> dict[str, tuple[Entity, ...]]:
    """Return the edition's entities by language, or an empty mapping if it was pruned.

    Raises:
        CorruptEditionError: The edition is damaged.

    """
    if manifest.pruned_at:
        return {}
    return {language: content.entities for language, content in _read_verified(table, manifest).items()}


@dataclass(frozen=True)
class Publisher:
    """Publishes and rolls back editions on behalf of an author."""

    table: Table
    writer: Writer
    author: Author
    progress: Progress = lambda _: None

    def publish(self, draft: EditionDraft, kind: ChangeKindCode, expected: Pointer | None) -> PublishResult:
        """Make the draft the current edition.

        If it is current already, do nothing, or repair it if it is damaged. If it equals an older edition, roll back
        to that one, or publish it anew if it is damaged.

        Args:
            draft: The edition to publish.
            kind: The kind of change, for the change log.
            expected: The pointer that the author's diff was made against.

        Raises:
            ConflictError: The pointer is not the expected one.
            RejectedError: The edition cannot be rendered, or a reply would be too large.

        """
        stored = self._repair_history()
        current = stored.pointer
        if current and current.manifest.edition == draft.edition:
            manifest = structs.replace(current.manifest, pruned_at=None)  # a current edition is never pruned
            is_intact = manifest == current.manifest and _find_damage(self.table, manifest) is None
            if stored.document == text(current) and is_intact:
                return PublishResult("unchanged", current)
            _check_unmoved(current, expected)
            repaired = self._write(draft, manifest, self._predecessor(manifest))
            return self._move(repaired, "repair", stored)
        _check_unmoved(current, expected)
        older = self._intact(draft.edition)
        if older:
            logged = self._log_roll_back(older, current, kind) if current else _WrittenEdition(older)
            return self._move(logged, "roll-back", stored)
        manifest = Manifest(
            edition=draft.edition,
            format=CONTENT_FORMAT,
            predecessor=current.manifest.edition if current else None,
            kind=kind,
            note=self.author.note,
            published_at=_later_than(current, self.author.at),
            published_by=self.author.by,
            languages={},
        )
        return self._move(self._write(draft, manifest, current.manifest if current else None), "publish", stored)

    def roll_back(self, edition: str | None, expected: Pointer | None) -> PublishResult:
        """Make an older edition current again; the default is the predecessor of the current one.

        Raises:
            ConflictError: The pointer is not the expected one.
            RejectedError: There is no such edition, or it cannot be rendered.
            CorruptEditionError: The edition is damaged.

        """
        stored = self._repair_history()
        current = stored.pointer
        if current is None:
            raise RejectedError("nothing was ever published: there is nothing to roll back to")
        _check_unmoved(current, expected)
        target = edition or current.manifest.predecessor
        if target is None:
            raise RejectedError(f"edition {current.manifest.edition} is the first: there is none before it")
        if target == current.manifest.edition:
            _read_verified(self.table, current.manifest)
            return PublishResult("unchanged", current)
        manifest = self._published(target)
        if manifest is None:
            raise RejectedError(f"there is no published edition {target}: `history` names those there are")
        return self._move(self._log_roll_back(manifest, current), "roll-back", stored)

    def _published(self, edition: str) -> Manifest | None:
        """Return the manifest of an edition that was current once and is not pruned, or None."""
        manifest = _unpruned_manifest(self.table, edition)
        return manifest if manifest and any(move.edition == edition for move in self.table.history()) else None

    def _intact(self, edition: str) -> Manifest | None:
        """Return the manifest of a published edition without damage, or None."""
        try:
            manifest = self._published(edition)
        except CorruptEditionError:
            return None
        return manifest if manifest and _find_damage(self.table, manifest) is None else None

    def _predecessor(self, manifest: Manifest) -> Manifest | None:
        """Return the manifest of the edition's predecessor, or None if it cannot be read."""
        try:
            return _unpruned_manifest(self.table, manifest.predecessor) if manifest.predecessor else None
        except CorruptEditionError:
            return None

    def _repair_history(self) -> _StoredPointer:
        """Return the pointer; first write its history line and its manifest if an interruption left them out."""
        stored = _read_stored_pointer(self.table)
        pointer = stored.pointer
        # Do not let a damaged pointer overwrite an intact manifest.
        if pointer and pointer.manifest.edition == pointer.manifest.content_name and not pointer.manifest.pruned_at:
            if pointer.move not in self.table.history():
                self.writer.put_history(pointer.move)
            try:
                is_complete = _unpruned_manifest(self.table, pointer.manifest.edition) == pointer.manifest
            except CorruptEditionError:
                is_complete = False
            if not is_complete:
                self.writer.put_manifest(pointer.manifest)
        return stored

    def _write(self, draft: EditionDraft, manifest: Manifest, predecessor: Manifest | None) -> _WrittenEdition:
        """Write the draft's items and its manifest with checksums.

        `manifest` holds the author, note and kind. In a repair it also names change logs: they stay if they can be
        read. Otherwise the predecessor's change log continues.
        """
        checksums = {
            language: LanguageChecksum(count=len(items), digest=draft.digests[language], changes="")
            for language, items in draft.items.items()
        }
        complete = structs.replace(manifest, languages=checksums)
        header = {
            "edition": draft.edition,
            "predecessor": manifest.predecessor,
            "action": "publish",
            "kind": manifest.kind,
            "note": manifest.note,
            "published_at": manifest.published_at,
        }
        restarted = False
        for language, items in draft.items.items():
            _, log = _read_intact_parts(self.table, manifest, language)
            if not log:
                after = rendered_data(complete, language, draft.entities[language])
                log, is_new = self._log_with(header, language, after, predecessor)
                restarted |= is_new
            log_digest, log_item = change_log_item(log)
            partition = language_partition(draft.edition, language)
            self._delete_surplus(partition, {item.key for item in items})
            self.writer.put_items(partition, [*items, log_item], self.progress)
            checksums[language] = structs.replace(checksums[language], changes=log_digest)
        written = structs.replace(manifest, languages=checksums)
        self.writer.put_manifest(written)
        return _WrittenEdition(written, log_restarted=restarted)

    def _log_with(
        self, header: Mapping[str, Any], language: str, after: RenderedData | None, predecessor: Manifest | None
    ) -> _ContinuedLog:
        """Return the predecessor's change log with one more entry: the header, and the data that changes."""
        entities, log = _read_intact_parts(self.table, predecessor, language)
        before = rendered_data(predecessor, language, entities) if predecessor and entities else None
        entry = ChangeLogEntry(**header, **changed_data(before, after)._asdict())
        is_lost = log is None or (predecessor is None and entry.predecessor is not None)
        return _ContinuedLog(_append_to_log(log or (), entry), is_lost)

    def _log_roll_back(
        self, manifest: Manifest, current: Pointer, kind: ChangeKindCode | None = None
    ) -> _WrittenEdition:
        """Write the edition's change logs with the roll back added, and return its manifest with their digests.

        Without a kind, it is the most severe one that is taken back in any language.

        Raises:
            CorruptEditionError: The edition is damaged.

        """
        content_by_language = _read_verified(self.table, manifest)
        kind = kind or self._kind_taken_back(manifest, current.manifest)
        header = {
            "edition": manifest.edition,
            "predecessor": current.manifest.edition,
            "action": "roll-back",
            "kind": kind,
            "note": self.author.note,
            "published_at": _later_than(current, self.author.at),
        }
        checksums, restarted = dict(manifest.languages), False
        for language, content in content_by_language.items():
            after = rendered_data(manifest, language, content.entities)
            log, is_new = self._log_with(header, language, after, current.manifest)
            restarted |= is_new
            log_digest, log_item = change_log_item(log)
            self.writer.put_items(language_partition(manifest.edition, language), [log_item], self.progress)
            checksums[language] = structs.replace(checksums[language], changes=log_digest)
        return _WrittenEdition(structs.replace(manifest, languages=checksums), kind, restarted)

    def _kind_taken_back(self, older: Manifest, current: Manifest) -> ChangeKindCode:
        """Return the most severe kind of change since an older edition, `safety` if a log does not reach back to it."""
        logs = (_read_intact_parts(self.table, current, language)[1] or () for language in older.languages)
        since = [changes_after(log, older.edition) for log in logs]
        return most_severe(None if None in since else chain.from_iterable(entries or () for entries in since))

    def _delete_surplus(self, partition: str, keys: set[str]) -> None:
        """Delete entities that are not in the edition. Keep change logs: another editor may need them (decision 1)."""
        surplus = [
            item.key
            for item in self.table.query(partition)
            if item.key not in keys and not item.key.startswith(CHANGE_LOG_PREFIX)
        ]
        self.writer.delete_items(partition, surplus)

    def _move(
        self, written: _WrittenEdition, action: Literal["publish", "roll-back", "repair"], stored: _StoredPointer
    ) -> PublishResult:
        """Verify and render the edition, then move the pointer to it and add the move to the history."""
        manifest = written.manifest
        problems = list(rendering_problems(manifest, _read_verified(self.table, manifest)))
        if problems:
            raise RejectedError(f"edition {manifest.edition} cannot be served:\n" + "\n".join(problems))
        current = stored.pointer
        move = PointerMove(
            edition=manifest.edition,
            previous=current.manifest.edition if current else None,
            action=action,
            at=_later_than(current, self.author.at),
            by=self.author.by,
            note=self.author.note,
        )
        pointer = Pointer(manifest=manifest, move=move)
        self.writer.move_pointer(pointer, stored.document)
        self.writer.put_history(move)
        if action == "roll-back":
            # It names the new change logs. After an interruption, `_repair_history` writes it.
            self.writer.put_manifest(manifest)
        return PublishResult(STATUS_OF_ACTION[action], pointer, written.kind, written.log_restarted)


def verify(table: Table) -> Iterator[tuple[str, str | None]]:
    """Yield each edition in the history, oldest first, with its problem, or None if it is intact.

    If the pointer is lost or altered, `CURRENT` comes last.
    """
    stored = _read_stored_pointer(table)
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
    """Return the manifests of editions to prune: all but the latest `keep`, the current one and its predecessor."""
    pointer = read_pointer(table)
    if pointer is None:
        return []
    latest_first = list(dict.fromkeys(move.edition for move in reversed([*table.history(), pointer.move])))
    kept = {*latest_first[:keep], pointer.manifest.edition, pointer.manifest.predecessor}
    manifests = [table.manifest(edition) for edition in latest_first if edition not in kept]
    return [manifest for manifest in manifests if not manifest.pruned_at or _has_items(table, manifest)]


def prune(table: Table, writer: Writer, manifest: Manifest, at: datetime) -> None:
    """Delete an edition's items, and keep its manifest, marked with the time.

    Mark the manifest first, so that no roll back to the edition starts. Then check that it was not made current
    meanwhile.

    Raises:
        ConflictError: The edition was made current meanwhile; nothing was deleted.

    """
    writer.put_manifest(structs.replace(manifest, pruned_at=manifest.pruned_at or at))
    pointer = read_pointer(table)
    if pointer and pointer.manifest.edition == manifest.edition:
        writer.put_manifest(pointer.manifest)
        raise ConflictError(f"edition {manifest.edition} was made current meanwhile, and is kept")
    for language in manifest.languages:
        partition = language_partition(manifest.edition, language)
        writer.delete_items(partition, [item.key for item in table.query(partition)])


def _append_to_log(log: Sequence[ChangeLogEntry], entry: ChangeLogEntry) -> tuple[ChangeLogEntry, ...]:
    """Return the log with the entry as its last, shortened to fit in one item."""
    kept: list[ChangeLogEntry] = []
    bytes_left = MAX_LOG_BYTES
    for candidate in reversed((*log, entry)):
        bytes_left -= len(msgspec.json.encode(candidate)) + 1  # the comma after it
        if bytes_left < 0 and kept:
            break
        kept.append(candidate)
    return tuple(reversed(kept))


def _check_unmoved(current: Pointer | None, expected: Pointer | None) -> None:
    # Compare moves, not editions: the pointer may have gone to another edition and come back.
    if (current and current.move) != (expected and expected.move):
        position = f"edition {current.manifest.edition}, moved there by {current.move.by}" if current else "nothing"
        raise ConflictError(f"what you saw is no longer current: readers see {position}. Look at the diff again")


def _later_than(current: Pointer | None, at: datetime) -> datetime:
    """Return `at`, or a time after the last move: the history must sort by time even if clocks differ."""
    return max(at, current.move.at + timedelta(microseconds=1)) if current else at


def _find_damage(table: Table, manifest: Manifest) -> CorruptEditionError | None:
    try:
        _read_verified(table, manifest)
    except CorruptEditionError as error:
        return error
    return None


def _read_stored_pointer(table: Table) -> _StoredPointer:
    document = ""
    try:
        document = table.pointer_document()
        return _StoredPointer(document, decode_pointer(document))
    except (NotPublishedError, CorruptEditionError):
        moves = table.history()
    try:
        manifest = _unpruned_manifest(table, moves[-1].edition) if moves else None
    except CorruptEditionError:
        manifest = None
    return _StoredPointer(document, Pointer(manifest=manifest, move=moves[-1]) if manifest else None)


def _read_intact_parts(
    table: Table, manifest: Manifest | None, language: str
) -> tuple[tuple[Entity, ...] | None, tuple[ChangeLogEntry, ...] | None]:
    """Return an edition's entities and change log in a language, each None if it cannot be read.

    Both are empty if there is no such edition, or it lacks the language.
    """
    if manifest is None or language not in manifest.languages:
        return (), ()
    try:
        return table.edition_content(manifest, language)
    except CorruptEditionError:
        pass
    try:
        return None, table.change_log(manifest, language)
    except CorruptEditionError:
        return None, None


def _read_verified(table: Table, manifest: Manifest) -> dict[str, EditionContent]:
    return {language: table.edition_content(manifest, language) for language in manifest.languages}


def _has_items(table: Table, manifest: Manifest) -> bool:
    partitions = (language_partition(manifest.edition, language) for language in manifest.languages)
    return any(next(iter(table.query(partition)), None) for partition in partitions)
