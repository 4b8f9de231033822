"""The editions in memory: when to refresh them, and what to do when a refresh fails.

If a refresh fails, it is logged, and the loaded edition is still served. Requests fail only if nothing was ever loaded.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, Protocol, TypeVar

from msgspec import Meta, Struct, field

from chalicelib.content.editions import (
    CONTENT_FORMAT,
    Edition,
    Manifest,
    Pointer,
    Superseded,
    changes_after,
    most_severe,
)
from chalicelib.content.table import (
    EditionContent,
    NotConfiguredError,
    NotPublishedError,
    TableError,
    TableUnavailableError,
)
from chalicelib.documents.render import RenderedEdition, render_edition

DEFAULT_LANGUAGE = "en"  # served when a request asks for no other
MAX_PINNED_EDITIONS = 4
MAX_BACKOFF = 10  # in refresh intervals
EARLY_REFRESH_SECONDS = 1  # so that requests for unknown editions cost one read of the pointer a second at most

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class LoadedEdition(Struct):
    """An edition in memory, rendered in the languages requested so far."""

    manifest: Manifest
    superseded_by: Superseded | None = None
    rendered: dict[str, RenderedEdition] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    default_language: str = DEFAULT_LANGUAGE
    # When to try again to load a language that failed, in seconds since the epoch.
    retry_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.languages = tuple(sorted(self.manifest.languages))
        self.default_language = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in self.languages else self.languages[0]


class RefreshResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When the table was last read, and whether that worked. `problem` is the name of the error class."""

    at: Annotated[datetime, Meta(tz=True)]
    worked: bool
    problem: str | None = None


class NoContentError(Exception):
    """No loaded content can answer the request. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("no edition can be read")
        self.retry_after = retry_after


class EditionNotFoundError(Exception):
    """The edition was never published. Or it is `gone`: it was pruned, or has an older format."""

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__("gone" if gone else "never published")
        self.gone = gone


class ContentTable(Protocol):
    """The methods of `Table` that the cache uses."""

    def pointer(self) -> Pointer: ...  # noqa: D102
    def manifest(self, edition: str) -> Manifest: ...  # noqa: D102
    def edition_content(self, manifest: Manifest, language: str) -> EditionContent: ...  # noqa: D102


class EditionCache:
    """The current edition and a few pinned ones, in memory.

    `connect` returns the table; it is called when the table is first needed. `refresh_seconds` is the interval between
    refreshes. `now` is the wall clock: the monotonic clock may stand still while Lambda freezes an instance.
    """

    def __init__(
        self, connect: Callable[[], ContentTable], refresh_seconds: float, now: Callable[[], float] = time.time
    ) -> None:
        self._connect = connect
        self._refresh_seconds = refresh_seconds
        self._now = now
        self._lock = threading.RLock()
        self._table: ContentTable | None = None
        self._loaded: LoadedEdition | None = None
        self._pinned: OrderedDict[str, LoadedEdition] = OrderedDict()
        self._failures = 0
        self._refreshed_at = self._next_refresh = float("-inf")
        self.last_refresh: RefreshResult | None = None
        self.since: datetime | None = None

    @property
    def edition(self) -> str | None:
        """The name of the loaded current edition. Never refreshes."""
        return self._loaded.manifest.edition if self._loaded else None

    @property
    def state(self) -> Literal["fresh", "stale", "none"]:
        """`fresh` if the last refresh worked, `stale` if it failed, `none` if nothing was ever loaded."""
        if self._loaded is None:
            return "none"
        return "stale" if self._failures else "fresh"

    def current(self) -> LoadedEdition:
        """Return the current edition, after a refresh if one is due.

        Raises:
            NoContentError: No edition was ever loaded.

        """
        now = self._now()
        if now >= self._next_refresh or now < self._refreshed_at:
            self.refresh()
        if self._loaded is None:
            raise NoContentError(retry_after=max(1, self._next_refresh - self._now()))
        return self._loaded

    def pinned(self, edition: str) -> LoadedEdition:
        """Return the edition with this name. Unless it is current, its `superseded_by` names the current one.

        Raises:
            EditionNotFoundError: It was never published, or it was pruned, or it has an older format.
            NoContentError: It cannot be read at the moment, or no edition was ever loaded.

        """
        current = self.current()
        if edition != current.manifest.edition and edition not in self._pinned:
            # Another instance may have named an edition that became current since this one's last refresh.
            self._refresh_early()
            current = self.current()
        if edition == current.manifest.edition:
            return current
        with self._lock:
            loaded = self._pinned.get(edition)
            if (
                loaded is None
                or loaded.superseded_by is None
                or loaded.superseded_by.edition != current.manifest.edition
            ):
                loaded = self._read(lambda table: load_pinned(table.manifest(edition), current))
                self._pinned[edition] = loaded
            self._pinned.move_to_end(edition)
            while len(self._pinned) > MAX_PINNED_EDITIONS:
                self._pinned.popitem(last=False)
            return loaded

    def rendered(self, loaded: LoadedEdition, language: str) -> RenderedEdition:
        """Return an edition in one of its languages. Load the language when it is first requested.

        Raises:
            NoContentError: The language cannot be read or rendered at the moment.

        """
        rendered = loaded.rendered.get(language)
        if rendered is not None:
            return rendered
        with self._lock:
            if language not in loaded.rendered:
                now = self._now()
                wait = loaded.retry_at.get(language, now) - now
                if 0 < wait <= self._refresh_seconds:
                    raise NoContentError(retry_after=wait)
                loaded.retry_at[language] = now + self._refresh_seconds
                self._read(lambda table: load_language(table, loaded, language))
            return loaded.rendered[language]

    def refresh(self) -> None:
        """Read the pointer if that is due, and load the edition it names. Log failures; never raise."""
        # With content loaded, do not wait for another thread's refresh. Without, wait: there is nothing to serve.
        if not self._lock.acquire(blocking=self._loaded is None):
            return
        try:
            now = self._now()
            if self._refreshed_at <= now < self._next_refresh:
                return
            self._refreshed_at = now
            try:
                self._load(self._connected())
            except Exception as error:  # noqa: BLE001 - whatever the error, serve what is loaded and retry later
                self._record_failure(error)
            else:
                self._failures = 0
                self._next_refresh = now + self._refresh_seconds
                self.last_refresh = RefreshResult(at=datetime.fromtimestamp(now, UTC), worked=True)
        finally:
            self._lock.release()

    def _refresh_early(self) -> None:
        """Refresh now, unless that failed the last time, or was done within the last second."""
        # Wait for another thread's refresh: it may load the pinned edition, or start a back-off to keep.
        with self._lock:
            now = self._now()
            if not self._failures and now - self._refreshed_at >= EARLY_REFRESH_SECONDS:
                self._next_refresh = now
                self.refresh()

    def _load(self, table: ContentTable) -> None:
        manifest = table.pointer().manifest
        # Compare complete manifests: the same name with other digests is corrupt, and `edition_content` rejects it.
        if self._loaded is not None and self._loaded.manifest == manifest:
            return
        loading = LoadedEdition(manifest)
        in_use = set(self._loaded.rendered) & set(manifest.languages) if self._loaded else set()
        for language in sorted(in_use | {loading.default_language}):
            load_language(table, loading, language)
        self._loaded = loading
        self.since = datetime.fromtimestamp(self._now(), UTC)
        log.info("serving edition %s", manifest.edition)

    def _read(self, operation: Callable[[ContentTable], Result]) -> Result:
        now = self._now()
        if self._failures and now < self._next_refresh:
            raise NoContentError(retry_after=self._next_refresh - now)
        try:
            return operation(self._connected())
        except NotPublishedError as error:
            raise EditionNotFoundError from error
        except EditionNotFoundError:
            raise
        except (NotConfiguredError, TableUnavailableError) as error:
            self._record_failure(error)
            raise NoContentError(retry_after=max(1, self._next_refresh - self._now())) from error
        except Exception as error:
            # Do not record a failed refresh: a corrupt old edition must not delay refreshes of the current one.
            log_failure("an edition cannot be served", error)
            raise NoContentError(retry_after=max(1, self._refresh_seconds)) from error

    def _connected(self) -> ContentTable:
        if self._table is None:
            self._table = self._connect()
        return self._table

    def _record_failure(self, error: Exception) -> None:
        now = self._now()
        self._failures += 1
        interval = self._refresh_seconds
        first, longest = (interval, MAX_BACKOFF * interval) if self._loaded else (1, interval)
        self._next_refresh = now + min(first * 2 ** (self._failures - 1), longest)
        self.last_refresh = RefreshResult(
            at=datetime.fromtimestamp(now, UTC), worked=False, problem=type(error).__name__
        )
        log_failure(f"refreshing the content failed {self._failures} times in a row", error)


def log_failure(message: str, error: Exception) -> None:
    """Log an error. Add the traceback unless it is a `TableError`, which its message explains."""
    expected = isinstance(error, TableError)
    log.error("%s: %s", message, error if expected else repr(error), exc_info=None if expected else error)


def load_language(table: ContentTable, loaded: LoadedEdition, language: str) -> None:
    """Read an edition in one language, render it and add it to `loaded.rendered`."""
    content = table.edition_content(loaded.manifest, language)
    edition = Edition(loaded.manifest, language, content.entities, content.changes, loaded.superseded_by)
    loaded.rendered[language] = render_edition(edition)


def load_pinned(manifest: Manifest, current: LoadedEdition) -> LoadedEdition:
    """Return an older edition, with no language loaded yet.

    Raises:
        EditionNotFoundError: It was pruned, or it has an older format.

    """
    if manifest.pruned_at or manifest.format != CONTENT_FORMAT:
        raise EditionNotFoundError(gone=True)
    return LoadedEdition(manifest, superseding_edition(manifest.edition, current))


def superseding_edition(edition: str, current: LoadedEdition) -> Superseded:
    """Return the edition that supersedes this one, with the most severe kind of change since.

    If the current edition's change log does not reach back to this one, assume `safety` (decision 2).
    """
    since = changes_after(current.rendered[current.default_language].changes, edition)
    manifest = current.manifest
    return Superseded(edition=manifest.edition, kind=most_severe(since), published_at=manifest.published_at)
