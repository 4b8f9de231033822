"""When the cache refreshes, and what it serves if a refresh fails."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from msgspec import structs

from chalicelib.content.editions import (
    CONTENT_FORMAT,
    ChangeLogEntry,
    LanguageChecksum,
    Manifest,
    Pointer,
    PointerMove,
    Superseded,
)
from chalicelib.content.model import ChangeKindCode
from chalicelib.content.table import (
    CorruptEditionError,
    EditionContent,
    NotPublishedError,
    TableError,
    TableUnavailableError,
)
from chalicelib.edition_cache import MAX_PINNED_EDITIONS, EditionCache, EditionNotFoundError, NoContentError
from tests.conftest import PUBLISHED
from tests.store.small import small

REFRESH = 30
ARTICLE = small("a").entities["en"][0]


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    time: float = 1_000_000

    def __call__(self) -> float:
        return self.time


@dataclass
class FakeTable:
    """A content table in memory, which records its reads and can fail."""

    manifests: dict[str, Manifest] = field(default_factory=dict)
    logs: dict[str, tuple[ChangeLogEntry, ...]] = field(default_factory=dict)
    current: str | None = None
    format: int = CONTENT_FORMAT
    failure: TableError | None = None
    corrupt: set[str] = field(default_factory=set)
    unrenderable: set[str] = field(default_factory=set)
    reads: list[str] = field(default_factory=list)

    def publish(self, edition: str, kind: ChangeKindCode = "wording", languages: tuple[str, ...] = ("en",)) -> None:
        manifest = Manifest(
            edition=edition,
            format=self.format,
            predecessor=self.current,
            kind=kind,
            note="n",
            published_at=PUBLISHED,
            published_by="e",
            languages={language: LanguageChecksum(count=0, digest="", changes="") for language in languages},
        )
        change = ChangeLogEntry(
            edition=edition,
            predecessor=self.current,
            action="publish",
            kind=kind,
            note="n",
            published_at=PUBLISHED,
            paths=(),
            digests={},
        )
        self.logs[edition] = (*self.logs.get(self.current or "", ()), change)
        self.manifests[edition] = manifest
        self.current = edition

    def pointer(self) -> Pointer:
        self._read("pointer")
        if self.current is None:
            raise NotPublishedError
        move = PointerMove(edition=self.current, action="publish", at=PUBLISHED, by="e", note="n")
        return Pointer(manifest=self.manifests[self.current], move=move)

    def manifest(self, edition: str) -> Manifest:
        self._read(f"manifest {edition}")
        if edition not in self.manifests:
            raise NotPublishedError
        return self.manifests[edition]

    def edition_content(self, manifest: Manifest, language: str) -> EditionContent:
        edition = manifest.edition
        self._read(f"{edition} {language}")
        if edition in self.corrupt:
            raise CorruptEditionError(edition)
        article = structs.replace(ARTICLE, language=language)
        return EditionContent(() if f"{edition} {language}" in self.unrenderable else (article,), self.logs[edition])

    def _read(self, name: str) -> None:
        self.reads.append(name)
        if self.failure:
            raise self.failure


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> FakeTable:
    table = FakeTable()
    table.publish("a")
    return table


@pytest.fixture
def cache(table: FakeTable, clock: Clock) -> EditionCache:
    return EditionCache(lambda: table, REFRESH, clock)


def served(cache: EditionCache) -> str:
    return cache.current().manifest.edition


def test_a_cold_cache_reads_twice(cache: EditionCache, table: FakeTable) -> None:
    assert served(cache) == "a"
    assert table.reads == ["pointer", "a en"]


@pytest.mark.parametrize("operation", [lambda cache: cache.current(), lambda cache: cache.pinned("b")])
def test_backoff_starts_after_the_failure(
    table: FakeTable, clock: Clock, operation: Callable[[EditionCache], object]
) -> None:
    """Not at its start: connecting may take as long as the pause."""

    def connect() -> FakeTable:
        clock.time += 5
        raise TableUnavailableError

    with pytest.raises(NoContentError) as raised:
        operation(EditionCache(connect, REFRESH, clock))
    assert raised.value.retry_after == 1
    assert table.reads == []


def test_a_warm_cache_reads_when_due(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    served(cache)
    table.publish("b")
    clock.time += REFRESH - 1
    assert served(cache) == "a"
    assert table.reads == ["pointer", "a en"]
    clock.time += 1
    assert served(cache) == "b"
    assert table.reads == ["pointer", "a en", "pointer", "b en"]


def test_an_unchanged_pointer_reads_no_more(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    served(cache)
    clock.time += REFRESH
    served(cache)
    assert table.reads == ["pointer", "a en", "pointer"]


def test_a_clock_set_back_refreshes(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    served(cache)
    table.publish("b")
    clock.time -= 1_000
    assert served(cache) == "b"


def test_languages_load_on_first_request(cache: EditionCache, table: FakeTable) -> None:
    table.publish("b", languages=("en", "es"))
    loaded = cache.current()
    assert table.reads == ["pointer", "b en"]
    assert cache.rendered(loaded, "es").article.language == "es"
    assert cache.rendered(loaded, "es").article.language == "es"
    assert table.reads == ["pointer", "b en", "b es"]


def test_a_refresh_loads_languages_in_use(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    table.publish("b", languages=("en", "es", "fr"))
    cache.rendered(cache.current(), "es")
    table.publish("c", languages=("en", "es", "fr"))
    clock.time += REFRESH
    assert sorted(cache.current().rendered) == ["en", "es"]


def test_the_first_language_is_the_default(table: FakeTable, cache: EditionCache) -> None:
    table.publish("b", languages=("fr", "es"))
    assert cache.current().default_language == "es"


@pytest.mark.parametrize(
    "failure", [TableUnavailableError("gone"), CorruptEditionError("odd"), NotPublishedError("empty")]
)
def test_a_failed_refresh_keeps_serving(
    cache: EditionCache, table: FakeTable, clock: Clock, failure: TableError
) -> None:
    served(cache)
    table.publish("b")
    table.failure = failure
    clock.time += REFRESH
    assert served(cache) == "a"
    assert cache.last_refresh
    assert cache.last_refresh.problem == type(failure).__name__


def test_a_render_failure_is_contained(table: FakeTable, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    table.unrenderable.add("b en")
    cache = EditionCache(lambda: table, REFRESH, clock)
    served(cache)
    table.publish("b")
    attempts = []
    for second in range(REFRESH * 10):
        clock.time = 1_000_000 + second
        before = len(table.reads)
        assert served(cache) == "a"
        if len(table.reads) > before:
            attempts.append(second)
    assert attempts == [30, 60, 120, 240]
    assert (cache.state, cache.last_refresh and cache.last_refresh.problem) == ("stale", "LookupError")
    assert caplog.records[0].message == (
        "refreshing the content failed 1 times in a row: LookupError('edition b has no article in en')"
    )
    assert all(record.exc_info for record in caplog.records)
    table.unrenderable.clear()
    clock.time += REFRESH * 10
    assert served(cache) == "b"


def test_a_cold_render_failure_has_no_content(table: FakeTable, clock: Clock) -> None:
    table.unrenderable.add("a en")
    cache = EditionCache(lambda: table, REFRESH, clock)
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.current()
    assert table.reads == ["pointer", "a en"]


def test_a_broken_language_backs_off(table: FakeTable, clock: Clock) -> None:
    table.unrenderable.add("b es")
    table.publish("b", languages=("en", "es", "fr"))
    cache = EditionCache(lambda: table, REFRESH, clock)
    loaded = cache.current()
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.rendered(loaded, "es")
    assert table.reads == ["pointer", "b en", "b es"]
    assert (served(cache), cache.state) == ("b", "fresh")
    assert cache.rendered(loaded, "fr").article.language == "fr"
    table.unrenderable.clear()
    clock.time += REFRESH
    assert cache.rendered(loaded, "es").article.language == "es"


def test_a_changed_manifest_is_loaded(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    """Even if it has the name of the loaded edition."""
    served(cache)
    table.publish("a", "safety")
    clock.time += REFRESH
    assert cache.current().manifest.kind == "safety"


def test_a_corrupt_edition_is_not_loaded(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    served(cache)
    table.publish("b")
    table.corrupt.add("b")
    clock.time += REFRESH
    assert served(cache) == "a"
    table.corrupt.clear()
    clock.time += REFRESH
    assert served(cache) == "b"
    assert cache.last_refresh
    assert cache.last_refresh.problem is None


def test_backoff_doubles_up_to_a_limit(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    served(cache)
    table.failure = TableUnavailableError("gone")
    attempts = []
    for second in range(REFRESH * 40):
        clock.time = 1_000_000 + second
        before = len(table.reads)
        served(cache)
        if len(table.reads) > before:
            attempts.append(second)
    assert attempts == [30, 60, 120, 240, 480, 780, 1080]


def test_an_empty_cache_retries_soon(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    table.failure = TableUnavailableError("gone")
    attempts = []
    for second in range(100):
        clock.time = 1_000_000 + second
        before = len(table.reads)
        with pytest.raises(NoContentError):
            cache.current()
        if len(table.reads) > before:
            attempts.append(second)
    assert attempts == [0, 1, 3, 7, 15, 31, 61, 91]
    table.failure = None
    clock.time += 30
    assert served(cache) == "a"


def test_a_failed_language_backs_off(cache: EditionCache, table: FakeTable) -> None:
    table.publish("b", languages=("en", "es"))
    loaded = cache.current()
    table.failure = TableUnavailableError("gone")
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.rendered(loaded, "es")
    assert table.reads.count("b es") == 1
    assert cache.rendered(loaded, "en").article.language == "en"


def test_a_pinned_edition_is_read_once(cache: EditionCache, table: FakeTable) -> None:
    table.publish("b")
    for _ in range(2):
        loaded = cache.pinned("a")
        assert cache.rendered(loaded, "en").meta.edition == "a"
    assert table.reads == ["pointer", "b en", "manifest a", "a en"]


def test_a_pin_to_a_newer_edition_refreshes_first(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    cache.current()
    table.publish("b", "safety")
    clock.time += 1
    pinned = cache.pinned("b")
    assert (pinned.manifest.edition, pinned.superseded_by) == ("b", None)
    assert cache.current() is pinned


def test_a_pin_waits_for_a_refresh(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    """Or the edition that another thread is loading would be superseded by the one before it."""
    cache.current()
    table.publish("b")
    clock.time += REFRESH
    reading, go_on = threading.Event(), threading.Event()
    read_pointer = table.pointer

    def slow_pointer() -> Pointer:
        reading.set()
        go_on.wait(10)
        return read_pointer()

    table.pointer = slow_pointer  # type: ignore[method-assign]
    refresh = threading.Thread(target=cache.refresh)
    refresh.start()
    reading.wait(10)
    threading.Timer(0.2, go_on.set).start()
    pinned = cache.pinned("b")
    refresh.join()
    assert (pinned.manifest.edition, pinned.superseded_by) == ("b", None)


def test_pins_refresh_once_a_second(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    cache.current()
    clock.time += 1
    table.reads.clear()
    for edition in ("x", "y", "z"):
        with pytest.raises(EditionNotFoundError):
            cache.pinned(edition)
    assert table.reads.count("pointer") == 1


def test_few_pinned_editions_are_kept(cache: EditionCache, table: FakeTable) -> None:
    for number in range(MAX_PINNED_EDITIONS + 2):
        table.publish(f"b{number}")
    for name in ("a", *(f"b{number}" for number in range(MAX_PINNED_EDITIONS)), "a"):
        cache.pinned(name)
    assert table.reads.count("manifest a") == 2
    assert table.reads.count("manifest b3") == 1


def test_pinned_to_current_is_current(cache: EditionCache) -> None:
    assert cache.pinned("a") is cache.current()


def test_an_unknown_edition_is_not_found(cache: EditionCache) -> None:
    with pytest.raises(EditionNotFoundError):
        cache.pinned("nonesuch")
    assert cache.last_refresh
    assert cache.last_refresh.problem is None


def test_a_corrupt_pin_delays_no_refresh(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    table.publish("b")
    table.corrupt.add("a")
    loaded = cache.pinned("a")
    with pytest.raises(NoContentError):
        cache.rendered(loaded, "en")
    table.publish("c")
    clock.time += REFRESH
    assert served(cache) == "c"


def test_a_pin_names_the_severest_change(cache: EditionCache, table: FakeTable) -> None:
    table.publish("b", "safety")
    table.publish("c", "wording")
    assert cache.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
    assert cache.pinned("b").superseded_by == Superseded(edition="c", kind="wording", published_at=PUBLISHED)


def test_a_withdrawn_edition_means_safety(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    """Nobody can know why it was withdrawn, so assume the most severe kind (decision 2)."""
    table.publish("b", "wording")
    served(cache)
    table.current = "a"
    clock.time += REFRESH
    assert cache.pinned("b").superseded_by == Superseded(edition="a", kind="safety", published_at=PUBLISHED)


def test_a_pin_follows_the_current_edition(cache: EditionCache, table: FakeTable, clock: Clock) -> None:
    table.publish("b", "wording")
    assert cache.pinned("a").superseded_by == Superseded(edition="b", kind="wording", published_at=PUBLISHED)
    table.publish("c", "safety")
    clock.time += REFRESH
    assert cache.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
