"""Publishing, rolling back, verifying and pruning editions.

What holds at every moment, whatever is interrupted and whoever works at the same time:

- the pointer names an edition that was written, read back and found whole before;
- nothing that a reader was shown is ever changed; an edition's items are the same whoever writes them;
- the pointer moves only from where the editor saw it;
- what an interruption left undone is done by whoever moves the pointer next, or by running the same command again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import structs

from chalicelib.article import Change, ChangeKind, Entity
from chalicelib.table import (
    Checksum,
    Contents,
    DamagedError,
    Manifest,
    Move,
    NothingPublishedError,
    Pointer,
    Table,
    changes_item,
    language_key,
)
from editorial.draft import Draft, affected
from editorial.writer import LostRaceError, Progress, Writer

# A change log travels in one item, of which DynamoDB takes 400 KB. Past this, the oldest changes are left off, and a
# single change of very many entities says only that everything is to be fetched again.
LOG_BYTES = 300_000
ENTITIES_LISTED = 1_000

Done = Literal["published", "rolled-back", "unchanged"]


class RefusedError(Exception):
    """What was asked for is not done, for the reason given; nothing was written."""


@dataclass(frozen=True)
class Reason:
    """Who does something, when and why."""

    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What happened, and where the pointer is now."""

    done: Done
    pointer: Pointer


def current(table: Table) -> Pointer | None:
    """Give the pointer, or None where nothing was ever published."""
    try:
        return table.pointer()
    except NothingPublishedError:
        return None


def manifest_of(table: Table, edition: str) -> Manifest | None:
    """Give the manifest of an edition whose items are there, or None."""
    try:
        manifest = table.manifest(edition)
    except NothingPublishedError:
        return None
    return None if manifest.pruned_at else manifest


def entities_of(table: Table, manifest: Manifest) -> dict[str, tuple[Entity, ...]]:
    """Give an edition's entities by language, none if it was pruned; raise `DamagedError` where it is not whole."""
    if manifest.pruned_at:
        return {}
    return {language: contents.entities for language, contents in _whole(table, manifest).items()}


@dataclass(frozen=True)
class Publisher:
    """Publishes and rolls back in the name of an editor, who has said why."""

    table: Table
    writer: Writer
    reason: Reason
    progress: Progress = lambda _: None

    def publish(self, draft: Draft, kind: ChangeKind, seen: Pointer | None) -> Outcome:
        """Make the draft current and give what happened; raise `LostRaceError` if the pointer is not where it was seen.

        Where the draft is what readers see already, nothing is done. Where it equals an older edition, that one is
        made current again.
        """
        now = self._settled()
        if now and now.manifest.edition == draft.edition:
            return Outcome("unchanged", now)
        _still_there(now, seen)
        published = self._published(draft.edition)
        if published:
            return self._move(published, "roll-back", now)
        return self._move(self._write(draft, kind, now), "publish", now)

    def roll_back(self, edition: str | None, seen: Pointer | None) -> Outcome:
        """Make an older edition current again, by default the one before the current; give what happened."""
        now = self._settled()
        if now is None:
            raise RefusedError("nothing was ever published: there is nothing to roll back to")
        _still_there(now, seen)
        wanted = edition or now.manifest.predecessor
        if wanted is None:
            raise RefusedError(f"edition {now.manifest.edition} is the first: there is none before it")
        if wanted == now.manifest.edition:
            return Outcome("unchanged", now)
        manifest = self._published(wanted)
        if manifest is None:
            raise RefusedError(f"there is no published edition {wanted}: `history` names those there are")
        return self._move(manifest, "roll-back", now)

    def _published(self, edition: str) -> Manifest | None:
        """Give the manifest of an edition that readers were shown and whose items are there, or None."""
        manifest = manifest_of(self.table, edition)
        return manifest if manifest and any(move.edition == edition for move in self.table.history()) else None

    def _settled(self) -> Pointer | None:
        """Give the pointer, after finishing what an interruption may have left undone behind its last move."""
        pointer = current(self.table)
        if pointer:
            if pointer.move not in self.table.history():
                self.writer.put_history(pointer.move)
            if manifest_of(self.table, pointer.manifest.edition) != pointer.manifest:
                self.writer.put_manifest(pointer.manifest)
        return pointer

    def _write(self, draft: Draft, kind: ChangeKind, now: Pointer | None) -> Manifest:
        before = _whole(self.table, now.manifest) if now else {}
        at, predecessor = _after(now, self.reason.at), now.manifest.edition if now else None
        checksums: dict[str, Checksum] = {}
        for language, items in draft.items.items():
            was = before.get(language, Contents((), ()))
            change = Change(
                edition=draft.edition,
                predecessor=predecessor,
                kind=kind,
                note=self.reason.note,
                published_at=at,
                entities=affected(was.entities, draft.entities[language]),
            )
            log = changes_item(change_log(was.changes, change))
            self.writer.put_items(language_key(draft.edition, language), [*items, log], self.progress)
            checksums[language] = Checksum(
                count=len(items), digest=draft.digests[language], changes=log.key.partition("#")[2]
            )
        manifest = Manifest(
            edition=draft.edition,
            predecessor=predecessor,
            kind=kind,
            note=self.reason.note,
            published_at=at,
            published_by=self.reason.by,
            languages=checksums,
        )
        self.writer.put_manifest(manifest)
        return manifest

    def _move(self, manifest: Manifest, action: Literal["publish", "roll-back"], now: Pointer | None) -> Outcome:
        _whole(self.table, manifest)
        move = Move(
            edition=manifest.edition,
            previous=now.manifest.edition if now else None,
            action=action,
            at=_after(now, self.reason.at),
            by=self.reason.by,
            note=self.reason.note,
        )
        pointer = Pointer(manifest=manifest, move=move)
        self.writer.move_pointer(pointer, now)
        self.writer.put_history(move)
        return Outcome("published" if action == "publish" else "rolled-back", pointer)


def verify(table: Table) -> Iterator[tuple[str, str | None]]:
    """Give every edition that the history names, oldest first, with what is wrong with it, or None."""
    pointer = current(table)
    if pointer is None:
        return
    moves = table.history()
    if pointer.move not in moves:
        moves.append(pointer.move)
    for edition in dict.fromkeys(move.edition for move in moves):
        try:
            manifest = table.manifest(edition)
            if manifest.pruned_at:
                problem = "the pointer names it, and it was pruned" if edition == pointer.manifest.edition else None
            else:
                _whole(table, manifest)
                problem = None
                if edition == pointer.manifest.edition and manifest != pointer.manifest:
                    problem = "its manifest is not the one that readers check it against"
        except (DamagedError, NothingPublishedError) as error:
            problem = str(error)
        yield edition, problem


def prunable(table: Table, keep: int) -> list[Manifest]:
    """Give the editions that may go: all but the `keep` last ones, the current one and the one before it."""
    pointer = current(table)
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
    pointer = current(table)
    if pointer and pointer.manifest.edition == manifest.edition:
        writer.put_manifest(pointer.manifest)
        raise LostRaceError(f"edition {manifest.edition} was made current meanwhile, and is kept")
    for language in manifest.languages:
        partition = language_key(manifest.edition, language)
        writer.delete_items(partition, [item.key for item in table.items(partition)], progress)


def change_log(before: Sequence[Change], change: Change) -> tuple[Change, ...]:
    """Give the log with a change added, newest last, and short enough for one item."""
    listed = change.entities and (
        len(change.entities.added) + len(change.entities.changed) + len(change.entities.removed)
    )
    if listed and listed > ENTITIES_LISTED:
        change = structs.replace(change, entities=None)
    kept: list[Change] = []
    left = LOG_BYTES
    for line in reversed((*before, change)):
        left -= len(msgspec.json.encode(line)) + 1  # the comma after it
        if left < 0 and kept:
            break
        kept.append(line)
    return tuple(reversed(kept))


def _still_there(now: Pointer | None, seen: Pointer | None) -> None:
    if (now and now.move) != (seen and seen.move):
        there = f"edition {now.manifest.edition}, moved there by {now.move.by}" if now else "nothing"
        raise LostRaceError(f"what you saw is no longer current: readers see {there}. Look at the diff again")


def _after(now: Pointer | None, at: datetime) -> datetime:
    """Give a time that is later than the last move, so that the history sorts even where clocks differ."""
    return max(at, now.move.at + timedelta(microseconds=1)) if now else at


def _whole(table: Table, manifest: Manifest) -> dict[str, Contents]:
    return {
        language: table.contents(manifest.edition, language, checksum)
        for language, checksum in manifest.languages.items()
    }


def _leftovers(table: Table, manifest: Manifest) -> bool:
    partitions = (language_key(manifest.edition, language) for language in manifest.languages)
    return any(next(iter(table.items(partition)), None) for partition in partitions)
