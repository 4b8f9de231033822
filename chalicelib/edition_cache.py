"""The editions in memory: when to refresh them, and what to do when a refresh fails."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Literal, Protocol, TypeVar, get_args

from msgspec import Struct, field

from chalicelib.content.editions import Edition, Manifest, Pointer, Superseded
from chalicelib.content.model import ChangeKind
from chalicelib.content.table import Contents, NotConfiguredError, NothingPublishedError, TableError, UnreachableError

LANGUAGE = "en"  # what is served when nothing else is asked for
PINNED_HELD = 4  # pinned editions kept in memory, in all their languages that were asked for
LONGEST_PAUSE = 10  # in refresh times
GRAVITY: tuple[ChangeKind, ...] = get_args(ChangeKind)

View = TypeVar("View")
Found = TypeVar("Found")

log = logging.getLogger(__name__)


class Held(Struct, Generic[View]):
    """An edition in memory, with a view for each language that was asked for so far."""

    manifest: Manifest
    superseded_by: Superseded | None = None
    editions: dict[str, Edition] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    # The languages there are, and the one to serve when nothing else is asked for.
    languages: tuple[str, ...] = ()
    language: str = LANGUAGE
    # When a language that could not be read or rendered may be tried again, in seconds since the epoch.
    retry_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.languages = tuple(sorted(self.manifest.languages))
        self.language = LANGUAGE if LANGUAGE in self.languages else self.languages[0]


class LastLook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the last look at the table went; of a failure, its kind only."""

    at: datetime
    worked: bool
    problem: str | None = None


class Unavailable(Exception):  # noqa: N818 - the word of RFC 9110, section 15.6.4
    """There is nothing in memory to answer with, and the table did not help."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("no edition can be read")
        self.retry_after = retry_after


class UnknownEdition(Exception):  # noqa: N818 - a request's fault, not the program's
    """No such edition is in the table; or it was, and its items were pruned."""

    def __init__(self, *, pruned: bool = False) -> None:
        super().__init__("pruned" if pruned else "never published")
        self.pruned = pruned


class ContentTable(Protocol):
    """What a reader asks of the table."""

    def pointer(self) -> Pointer: ...  # noqa: D102
    def manifest(self, edition: str) -> Manifest: ...  # noqa: D102
    def contents(self, manifest: Manifest, language: str) -> Contents: ...  # noqa: D102


class Reader(Generic[View]):
    """Holds the current edition, and a few pinned ones, and looks for news now and then.

    `connect` gives the table, `prepare` makes the view of an edition, `refresh` is the pause between looks in seconds
    of wall-clock time (a frozen Lambda instance's monotonic clock may stand still).
    """

    def __init__(
        self,
        connect: Callable[[], ContentTable],
        prepare: Callable[[Edition], View],
        refresh: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connect = connect
        self._prepare = prepare
        self._refresh = refresh
        self._now = now
        self._lock = threading.RLock()
        self._table: ContentTable | None = None
        self._held: Held[View] | None = None
        self._pinned: OrderedDict[str, Held[View]] = OrderedDict()
        self._failures = 0
        self._looked = self._due = float("-inf")
        self.last_look: LastLook | None = None
        self.since: datetime | None = None

    @property
    def edition(self) -> str | None:
        """The name of the current edition, as far as this reader knows; it does not look."""
        return self._held.manifest.edition if self._held else None

    @property
    def state(self) -> Literal["fresh", "stale", "none"]:
        """Whether what is in memory is what the table held at the last look, may be older, or is not there."""
        if self._held is None:
            return "none"
        return "stale" if self._failures else "fresh"

    def current(self) -> Held[View]:
        """Give the current edition, as of at most one refresh time ago; raise `Unavailable` if none was ever seen."""
        now = self._now()
        if now >= self._due or now < self._looked:
            self.look()
        if self._held is None:
            raise Unavailable(retry_after=max(1, self._due - self._now()))
        return self._held

    def pinned(self, edition: str) -> Held[View]:
        """Give the edition of that name; raise `UnknownEdition` where there is none, `Unavailable` where none is read.

        An edition that is no longer current is `superseded_by` the one that is.
        """
        current = self.current()
        if edition == current.manifest.edition:
            return current
        with self._lock:
            held = self._pinned.get(edition)
            if held is None or held.superseded_by is None or held.superseded_by.edition != current.manifest.edition:
                held = self._read(lambda table: pin(table.manifest(edition), current))
                self._pinned[edition] = held
            self._pinned.move_to_end(edition)
            while len(self._pinned) > PINNED_HELD:
                self._pinned.popitem(last=False)
            return held

    def view(self, held: Held[View], language: str) -> View:
        """Give the view of an edition in one of its languages, read when first asked for; raise `Unavailable`."""
        found = held.views.get(language)
        if found is not None:
            return found
        with self._lock:
            if language not in held.views:
                now = self._now()
                if 0 < held.retry_at - now <= self._refresh:
                    raise Unavailable(retry_after=held.retry_at - now)
                held.retry_at = now + self._refresh
                self._read(lambda table: self._open(table, held, language))
                held.retry_at = now
            return held.views[language]

    def look(self) -> None:
        """Look at the table if it is time to, and take over what is new there; a failure is noted, not raised."""
        # Whoever finds the lock taken while something is in memory goes on with that; the others wait for the first.
        if not self._lock.acquire(blocking=self._held is None):
            return
        try:
            now = self._now()
            if self._looked <= now < self._due:
                return
            self._looked = now
            try:
                self._swap(self._connected())
            except Exception as error:  # noqa: BLE001 - whatever goes wrong, serve what is loaded and try again later
                self._failed(error)
            else:
                self._failures = 0
                self._due = now + self._refresh
                self.last_look = LastLook(at=datetime.fromtimestamp(now, UTC), worked=True)
        finally:
            self._lock.release()

    def _swap(self, table: ContentTable) -> None:
        manifest = table.pointer().manifest
        # Compare all of it: the same name with other digests is a damaged pointer, which reading the content refuses.
        if self._held is not None and self._held.manifest == manifest:
            return
        beside: Held[View] = Held(manifest)
        wanted = set(self._held.views) & set(manifest.languages) if self._held else set()
        for language in sorted(wanted | {beside.language}):
            self._open(table, beside, language)
        self._held = beside
        self.since = datetime.fromtimestamp(self._now(), UTC)
        log.info("serving edition %s", manifest.edition)

    def _open(self, table: ContentTable, held: Held[View], language: str) -> None:
        manifest = held.manifest
        contents = table.contents(manifest, language)
        edition = Edition(manifest, language, contents.entities, contents.changes, held.superseded_by)
        held.editions[language] = edition
        held.views[language] = self._prepare(edition)

    def _read(self, reading: Callable[[ContentTable], Found]) -> Found:
        now = self._now()
        if self._failures and now < self._due:
            raise Unavailable(retry_after=self._due - now)
        try:
            return reading(self._connected())
        except NothingPublishedError as error:
            raise UnknownEdition from error
        except UnknownEdition:
            raise
        except (NotConfiguredError, UnreachableError) as error:
            self._failed(error)
            raise Unavailable(retry_after=max(1, self._due - self._now())) from error
        except Exception as error:
            # The damage of one old edition says nothing about the current one, whose refreshes go on as before.
            _log("an edition cannot be served", error)
            raise Unavailable(retry_after=max(1, self._refresh)) from error

    def _connected(self) -> ContentTable:
        if self._table is None:
            self._table = self._connect()
        return self._table

    def _failed(self, error: Exception) -> None:
        now = self._now()
        self._failures += 1
        shortest, longest = (self._refresh, LONGEST_PAUSE * self._refresh) if self._held else (1, self._refresh)
        self._due = now + min(shortest * 2 ** (self._failures - 1), longest)
        self.last_look = LastLook(at=datetime.fromtimestamp(now, UTC), worked=False, problem=type(error).__name__)
        _log(f"looking at the table failed {self._failures} times in a row", error)


def _log(what: str, error: Exception) -> None:
    # The message of a TableError says everything; of anything else, only the traceback says where it comes from.
    expected = isinstance(error, TableError)
    log.error("%s: %s", what, error if expected else repr(error), exc_info=None if expected else error)


def pin(manifest: Manifest, current: Held[View]) -> Held[View]:
    """Give an older edition to be held; raise `UnknownEdition` if it was pruned."""
    if manifest.pruned_at:
        raise UnknownEdition(pruned=True)
    return Held(manifest, superseded(manifest.edition, current))


def superseded(edition: str, current: Held[View]) -> Superseded:
    """Give what supersedes an edition: the current one, with the gravest kind of change since.

    Where the current edition's change log does not lead back to it (it was withdrawn by a roll back, or is very old),
    nobody can say what changed, and the kind is `safety`.
    """
    changes = current.editions[current.language].changes
    names = [change.edition for change in changes]
    kinds = {change.kind for change in changes[names.index(edition) + 1 :]} if edition in names else {"safety"}
    gravest: ChangeKind = next(kind for kind in GRAVITY if kind in kinds)
    manifest = current.manifest
    return Superseded(edition=manifest.edition, kind=gravest, published_at=manifest.published_at)
