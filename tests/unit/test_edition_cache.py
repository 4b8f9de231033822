"""When the cache refreshes, and what it does when that fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from msgspec import structs

from chalicelib.content.editions import (
    ChangeLogEntry,
    LanguageChecksum,
    Manifest,
    Pointer,
    PointerMove,
    Superseded,
)
from chalicelib.content.model import ChangeKind
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
class Shelf:
    """A content table in memory, which counts what is asked of it and fails when told to."""

    manifests: dict[str, Manifest] = field(default_factory=dict)
    logs: dict[str, tuple[ChangeLogEntry, ...]] = field(default_factory=dict)
    current: str | None = None
    failure: TableError | None = None
    damaged: set[str] = field(default_factory=set)
    unrenderable: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def publish(self, edition: str, kind: ChangeKind = "wording", languages: tuple[str, ...] = ("en",)) -> None:
        manifest = Manifest(
            edition=edition,
            predecessor=self.current,
            kind=kind,
            note="n",
            published_at=PUBLISHED,
            published_by="e",
            languages={language: LanguageChecksum(count=0, digest="", changes="") for language in languages},
        )
        change = ChangeLogEntry(edition=edition, predecessor=self.current, kind=kind, note="n", published_at=PUBLISHED)
        self.logs[edition] = (*self.logs.get(self.current or "", ()), change)
        self.manifests[edition] = manifest
        self.current = edition

    def pointer(self) -> Pointer:
        self._asked("pointer")
        if self.current is None:
            raise NotPublishedError
        move = PointerMove(edition=self.current, action="publish", at=PUBLISHED, by="e", note="n")
        return Pointer(manifest=self.manifests[self.current], move=move)

    def manifest(self, edition: str) -> Manifest:
        self._asked(f"manifest {edition}")
        if edition not in self.manifests:
            raise NotPublishedError
        return self.manifests[edition]

    def edition_content(self, manifest: Manifest, language: str) -> EditionContent:
        edition = manifest.edition
        self._asked(f"{edition} {language}")
        if edition in self.damaged:
            raise CorruptEditionError(edition)
        article = structs.replace(ARTICLE, language=language)
        return EditionContent(() if f"{edition} {language}" in self.unrenderable else (article,), self.logs[edition])

    def _asked(self, what: str) -> None:
        self.asked.append(what)
        if self.failure:
            raise self.failure


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.publish("a")
    return shelf


@pytest.fixture
def cache(shelf: Shelf, clock: Clock) -> EditionCache:
    return EditionCache(lambda: shelf, REFRESH, clock)


def served(cache: EditionCache) -> str:
    return cache.current().manifest.edition


def test_a_cold_reader_makes_one_look_and_one_read(cache: EditionCache, shelf: Shelf) -> None:
    assert served(cache) == "a"
    assert shelf.asked == ["pointer", "a en"]


@pytest.mark.parametrize("ask", [lambda cache: cache.current(), lambda cache: cache.pinned("b")])
def test_the_pause_begins_after_the_look(shelf: Shelf, clock: Clock, ask: Callable[[EditionCache], object]) -> None:
    def connect() -> Shelf:
        clock.time += 5
        raise TableUnavailableError

    with pytest.raises(NoContentError) as unavailable:
        ask(EditionCache(connect, REFRESH, clock))
    assert unavailable.value.retry_after == 1
    assert shelf.asked == []


def test_a_warm_reader_asks_nothing_until_it_is_time_to_look_again(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    served(cache)
    shelf.publish("b")
    clock.time += REFRESH - 1
    assert served(cache) == "a"
    assert shelf.asked == ["pointer", "a en"]
    clock.time += 1
    assert served(cache) == "b"
    assert shelf.asked == ["pointer", "a en", "pointer", "b en"]


def test_a_look_that_finds_nothing_new_reads_nothing(cache: EditionCache, shelf: Shelf, clock: Clock) -> None:
    served(cache)
    clock.time += REFRESH
    served(cache)
    assert shelf.asked == ["pointer", "a en", "pointer"]


def test_a_clock_that_was_put_back_does_not_put_off_the_next_look(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    served(cache)
    shelf.publish("b")
    clock.time -= 1_000
    assert served(cache) == "b"


def test_a_language_is_read_when_it_is_first_asked_for(cache: EditionCache, shelf: Shelf) -> None:
    shelf.publish("b", languages=("en", "es"))
    loaded = cache.current()
    assert shelf.asked == ["pointer", "b en"]
    assert cache.rendered(loaded, "es").article.language == "es"
    assert cache.rendered(loaded, "es").article.language == "es"
    assert shelf.asked == ["pointer", "b en", "b es"]


def test_a_new_edition_arrives_in_every_language_that_is_in_use(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b", languages=("en", "es", "fr"))
    cache.rendered(cache.current(), "es")
    shelf.publish("c", languages=("en", "es", "fr"))
    clock.time += REFRESH
    assert sorted(cache.current().rendered) == ["en", "es"]


def test_without_english_the_first_language_is_served(shelf: Shelf, cache: EditionCache) -> None:
    shelf.publish("b", languages=("fr", "es"))
    assert cache.current().default_language == "es"


@pytest.mark.parametrize(
    "failure", [TableUnavailableError("gone"), CorruptEditionError("odd"), NotPublishedError("empty")]
)
def test_when_a_look_fails_the_reader_goes_on_with_what_it_has_and_says_so(
    cache: EditionCache, shelf: Shelf, clock: Clock, failure: TableError
) -> None:
    served(cache)
    shelf.publish("b")
    shelf.failure = failure
    clock.time += REFRESH
    assert served(cache) == "a"
    assert cache.last_refresh
    assert cache.last_refresh.problem == type(failure).__name__


def test_a_failure_to_render_is_contained(shelf: Shelf, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    shelf.unrenderable.add("b en")
    cache = EditionCache(lambda: shelf, REFRESH, clock)
    served(cache)
    shelf.publish("b")
    tried = []
    for second in range(REFRESH * 10):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        assert served(cache) == "a"
        if len(shelf.asked) > before:
            tried.append(second)
    assert tried == [30, 60, 120, 240]
    assert (cache.state, cache.last_refresh and cache.last_refresh.problem) == ("stale", "LookupError")
    assert caplog.records[0].message == (
        "refreshing the content failed 1 times in a row: LookupError('edition b has no article in en')"
    )
    assert all(record.exc_info for record in caplog.records)
    shelf.unrenderable.clear()
    clock.time += REFRESH * 10
    assert served(cache) == "b"


def test_a_cold_failure_to_render_is_unavailable(shelf: Shelf, clock: Clock) -> None:
    shelf.unrenderable.add("a en")
    cache = EditionCache(lambda: shelf, REFRESH, clock)
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.current()
    assert shelf.asked == ["pointer", "a en"]


def test_a_broken_language_waits_to_be_retried(shelf: Shelf, clock: Clock) -> None:
    shelf.unrenderable.add("b es")
    shelf.publish("b", languages=("en", "es", "fr"))
    cache = EditionCache(lambda: shelf, REFRESH, clock)
    loaded = cache.current()
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.rendered(loaded, "es")
    assert shelf.asked == ["pointer", "b en", "b es"]
    assert (served(cache), cache.state) == ("b", "fresh")
    shelf.unrenderable.clear()
    clock.time += REFRESH
    assert cache.rendered(loaded, "es").article.language == "es"
    assert cache.rendered(loaded, "fr").article.language == "fr"


def test_another_manifest_is_read_though_named_alike(cache: EditionCache, shelf: Shelf, clock: Clock) -> None:
    served(cache)
    shelf.publish("a", "safety")
    clock.time += REFRESH
    assert cache.current().manifest.kind == "safety"


def test_an_edition_that_is_not_whole_does_not_replace_one_that_is(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    served(cache)
    shelf.publish("b")
    shelf.damaged.add("b")
    clock.time += REFRESH
    assert served(cache) == "a"
    shelf.damaged.clear()
    clock.time += REFRESH
    assert served(cache) == "b"
    assert cache.last_refresh
    assert cache.last_refresh.problem is None


def test_after_each_failure_the_reader_waits_longer_up_to_a_limit(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    served(cache)
    shelf.failure = TableUnavailableError("gone")
    looks = []
    for second in range(REFRESH * 40):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        served(cache)
        if len(shelf.asked) > before:
            looks.append(second)
    assert looks == [30, 60, 120, 240, 480, 780, 1080]


def test_a_reader_that_never_saw_an_edition_is_unavailable_and_tries_again_soon(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    shelf.failure = TableUnavailableError("gone")
    tried = []
    for second in range(100):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        with pytest.raises(NoContentError):
            cache.current()
        if len(shelf.asked) > before:
            tried.append(second)
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91]
    shelf.failure = None
    clock.time += 30
    assert served(cache) == "a"


def test_a_failure_while_reading_another_language_is_unavailable_and_not_asked_again_at_once(
    cache: EditionCache, shelf: Shelf
) -> None:
    shelf.publish("b", languages=("en", "es"))
    loaded = cache.current()
    shelf.failure = TableUnavailableError("gone")
    for _ in range(3):
        with pytest.raises(NoContentError):
            cache.rendered(loaded, "es")
    assert shelf.asked.count("b es") == 1
    assert cache.rendered(loaded, "en").article.language == "en"


def test_a_pinned_edition_is_read_once_and_kept(cache: EditionCache, shelf: Shelf) -> None:
    shelf.publish("b")
    for _ in range(2):
        loaded = cache.pinned("a")
        assert cache.rendered(loaded, "en").meta.edition == "a"
    assert shelf.asked == ["pointer", "b en", "manifest a", "a en"]


def test_only_a_few_pinned_editions_are_kept(cache: EditionCache, shelf: Shelf) -> None:
    for number in range(MAX_PINNED_EDITIONS + 2):
        shelf.publish(f"b{number}")
    for name in ("a", *(f"b{number}" for number in range(MAX_PINNED_EDITIONS)), "a"):
        cache.pinned(name)
    assert shelf.asked.count("manifest a") == 2
    assert shelf.asked.count("manifest b3") == 1


def test_an_edition_that_is_pinned_to_the_current_one_is_the_current_one(cache: EditionCache) -> None:
    assert cache.pinned("a") is cache.current()


def test_an_unknown_edition_is_told_and_does_no_harm(cache: EditionCache) -> None:
    with pytest.raises(EditionNotFoundError):
        cache.pinned("nonesuch")
    assert cache.last_refresh
    assert cache.last_refresh.problem is None


def test_the_damage_of_an_old_edition_does_not_keep_the_reader_from_looking(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b")
    shelf.damaged.add("a")
    loaded = cache.pinned("a")
    with pytest.raises(NoContentError):
        cache.rendered(loaded, "en")
    shelf.publish("c")
    clock.time += REFRESH
    assert served(cache) == "c"


def test_a_pinned_edition_says_the_gravest_kind_of_change_since(cache: EditionCache, shelf: Shelf) -> None:
    shelf.publish("b", "safety")
    shelf.publish("c", "wording")
    assert cache.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
    assert cache.pinned("b").superseded_by == Superseded(edition="c", kind="wording", published_at=PUBLISHED)


def test_a_withdrawn_edition_is_superseded_for_safety(cache: EditionCache, shelf: Shelf, clock: Clock) -> None:
    shelf.publish("b", "wording")
    served(cache)
    shelf.current = "a"
    clock.time += REFRESH
    assert cache.pinned("b").superseded_by == Superseded(edition="a", kind="safety", published_at=PUBLISHED)


def test_what_supersedes_a_pinned_edition_follows_the_current_one(
    cache: EditionCache, shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b", "wording")
    assert cache.pinned("a").superseded_by == Superseded(edition="b", kind="wording", published_at=PUBLISHED)
    shelf.publish("c", "safety")
    clock.time += REFRESH
    assert cache.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
