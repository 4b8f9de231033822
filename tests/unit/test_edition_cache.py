"""When the reader looks again, and what it does when looking fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from chalicelib.content.editions import (
    ChangeLogEntry,
    Edition,
    LanguageChecksum,
    Manifest,
    Pointer,
    PointerMove,
    Superseded,
)
from chalicelib.content.model import ChangeKind
from chalicelib.content.table import Contents, DamagedError, NothingPublishedError, TableError, UnreachableError
from chalicelib.edition_cache import PINNED_HELD, Reader, Unavailable, UnknownEdition
from tests.conftest import PUBLISHED

REFRESH = 30


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
            raise NothingPublishedError
        move = PointerMove(edition=self.current, action="publish", at=PUBLISHED, by="e", note="n")
        return Pointer(manifest=self.manifests[self.current], move=move)

    def manifest(self, edition: str) -> Manifest:
        self._asked(f"manifest {edition}")
        if edition not in self.manifests:
            raise NothingPublishedError
        return self.manifests[edition]

    def contents(self, manifest: Manifest, language: str) -> Contents:
        edition = manifest.edition
        self._asked(f"{edition} {language}")
        if edition in self.damaged:
            raise DamagedError(edition)
        return Contents((), self.logs[edition])

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
def reader(shelf: Shelf, clock: Clock) -> Reader[Edition]:
    return Reader(lambda: shelf, lambda edition: edition, REFRESH, clock)


def served(reader: Reader[Edition]) -> str:
    return reader.current().manifest.edition


def test_a_cold_reader_makes_one_look_and_one_read(reader: Reader[Edition], shelf: Shelf) -> None:
    assert served(reader) == "a"
    assert shelf.asked == ["pointer", "a en"]


@pytest.mark.parametrize("ask", [lambda reader: reader.current(), lambda reader: reader.pinned("b")])
def test_the_pause_begins_after_the_look(shelf: Shelf, clock: Clock, ask: Callable[[Reader[Edition]], object]) -> None:
    def connect() -> Shelf:
        clock.time += 5
        raise UnreachableError

    with pytest.raises(Unavailable) as unavailable:
        ask(Reader(connect, lambda edition: edition, REFRESH, clock))
    assert unavailable.value.retry_after == 1
    assert shelf.asked == []


def test_a_warm_reader_asks_nothing_until_it_is_time_to_look_again(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    served(reader)
    shelf.publish("b")
    clock.time += REFRESH - 1
    assert served(reader) == "a"
    assert shelf.asked == ["pointer", "a en"]
    clock.time += 1
    assert served(reader) == "b"
    assert shelf.asked == ["pointer", "a en", "pointer", "b en"]


def test_a_look_that_finds_nothing_new_reads_nothing(reader: Reader[Edition], shelf: Shelf, clock: Clock) -> None:
    served(reader)
    clock.time += REFRESH
    served(reader)
    assert shelf.asked == ["pointer", "a en", "pointer"]


def test_a_clock_that_was_put_back_does_not_put_off_the_next_look(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    served(reader)
    shelf.publish("b")
    clock.time -= 1_000
    assert served(reader) == "b"


def test_a_language_is_read_when_it_is_first_asked_for(reader: Reader[Edition], shelf: Shelf) -> None:
    shelf.publish("b", languages=("en", "es"))
    held = reader.current()
    assert shelf.asked == ["pointer", "b en"]
    assert reader.view(held, "es").language == "es"
    assert reader.view(held, "es").language == "es"
    assert shelf.asked == ["pointer", "b en", "b es"]


def test_a_new_edition_arrives_in_every_language_that_is_in_use(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b", languages=("en", "es", "fr"))
    reader.view(reader.current(), "es")
    shelf.publish("c", languages=("en", "es", "fr"))
    clock.time += REFRESH
    assert sorted(reader.current().views) == ["en", "es"]


def test_without_english_the_first_language_is_served(shelf: Shelf, reader: Reader[Edition]) -> None:
    shelf.publish("b", languages=("fr", "es"))
    assert reader.current().language == "es"


@pytest.mark.parametrize("failure", [UnreachableError("gone"), DamagedError("odd"), NothingPublishedError("empty")])
def test_when_a_look_fails_the_reader_goes_on_with_what_it_has_and_says_so(
    reader: Reader[Edition], shelf: Shelf, clock: Clock, failure: TableError
) -> None:
    served(reader)
    shelf.publish("b")
    shelf.failure = failure
    clock.time += REFRESH
    assert served(reader) == "a"
    assert reader.last_look
    assert reader.last_look.problem == type(failure).__name__


@dataclass
class Press:
    """Renders editions, but for those it cannot render."""

    broken: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, edition: Edition) -> Edition:
        if (edition.manifest.edition, edition.language) in self.broken:
            raise LookupError("ink")
        return edition


def test_a_failure_to_render_is_contained(shelf: Shelf, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    press = Press({("b", "en")})
    reader = Reader(lambda: shelf, press, REFRESH, clock)
    served(reader)
    shelf.publish("b")
    tried = []
    for second in range(REFRESH * 10):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        assert served(reader) == "a"
        if len(shelf.asked) > before:
            tried.append(second)
    assert tried == [30, 60, 120, 240]
    assert (reader.state, reader.last_look and reader.last_look.problem) == ("stale", "LookupError")
    assert caplog.records[0].message == ("looking at the table failed 1 times in a row: LookupError('ink')")
    assert all(record.exc_info for record in caplog.records)
    press.broken.clear()
    clock.time += REFRESH * 10
    assert served(reader) == "b"


def test_a_cold_failure_to_render_is_unavailable(shelf: Shelf, clock: Clock) -> None:
    reader = Reader(lambda: shelf, Press({("a", "en")}), REFRESH, clock)
    for _ in range(3):
        with pytest.raises(Unavailable):
            reader.current()
    assert shelf.asked == ["pointer", "a en"]


def test_a_broken_language_waits_to_be_retried(shelf: Shelf, clock: Clock) -> None:
    press = Press({("b", "es")})
    shelf.publish("b", languages=("en", "es", "fr"))
    reader = Reader(lambda: shelf, press, REFRESH, clock)
    held = reader.current()
    for _ in range(3):
        with pytest.raises(Unavailable):
            reader.view(held, "es")
    assert shelf.asked == ["pointer", "b en", "b es"]
    assert (served(reader), reader.state) == ("b", "fresh")
    press.broken.clear()
    clock.time += REFRESH
    assert reader.view(held, "es").language == "es"
    assert reader.view(held, "fr").language == "fr"


def test_another_manifest_is_read_though_named_alike(reader: Reader[Edition], shelf: Shelf, clock: Clock) -> None:
    served(reader)
    shelf.publish("a", "safety")
    clock.time += REFRESH
    assert reader.current().manifest.kind == "safety"


def test_an_edition_that_is_not_whole_does_not_replace_one_that_is(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    served(reader)
    shelf.publish("b")
    shelf.damaged.add("b")
    clock.time += REFRESH
    assert served(reader) == "a"
    shelf.damaged.clear()
    clock.time += REFRESH
    assert served(reader) == "b"
    assert reader.last_look
    assert reader.last_look.problem is None


def test_after_each_failure_the_reader_waits_longer_up_to_a_limit(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    served(reader)
    shelf.failure = UnreachableError("gone")
    looks = []
    for second in range(REFRESH * 40):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        served(reader)
        if len(shelf.asked) > before:
            looks.append(second)
    assert looks == [30, 60, 120, 240, 480, 780, 1080]


def test_a_reader_that_never_saw_an_edition_is_unavailable_and_tries_again_soon(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    shelf.failure = UnreachableError("gone")
    tried = []
    for second in range(100):
        clock.time = 1_000_000 + second
        before = len(shelf.asked)
        with pytest.raises(Unavailable):
            reader.current()
        if len(shelf.asked) > before:
            tried.append(second)
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91]
    shelf.failure = None
    clock.time += 30
    assert served(reader) == "a"


def test_a_failure_while_reading_another_language_is_unavailable_and_not_asked_again_at_once(
    reader: Reader[Edition], shelf: Shelf
) -> None:
    shelf.publish("b", languages=("en", "es"))
    held = reader.current()
    shelf.failure = UnreachableError("gone")
    for _ in range(3):
        with pytest.raises(Unavailable):
            reader.view(held, "es")
    assert shelf.asked.count("b es") == 1
    assert reader.view(held, "en").language == "en"


def test_a_pinned_edition_is_read_once_and_kept(reader: Reader[Edition], shelf: Shelf) -> None:
    shelf.publish("b")
    for _ in range(2):
        held = reader.pinned("a")
        assert reader.view(held, "en").manifest.edition == "a"
    assert shelf.asked == ["pointer", "b en", "manifest a", "a en"]


def test_only_a_few_pinned_editions_are_kept(reader: Reader[Edition], shelf: Shelf) -> None:
    for number in range(PINNED_HELD + 2):
        shelf.publish(f"b{number}")
    for name in ("a", *(f"b{number}" for number in range(PINNED_HELD)), "a"):
        reader.pinned(name)
    assert shelf.asked.count("manifest a") == 2
    assert shelf.asked.count("manifest b3") == 1


def test_an_edition_that_is_pinned_to_the_current_one_is_the_current_one(reader: Reader[Edition]) -> None:
    assert reader.pinned("a") is reader.current()


def test_an_unknown_edition_is_told_and_does_no_harm(reader: Reader[Edition]) -> None:
    with pytest.raises(UnknownEdition):
        reader.pinned("nonesuch")
    assert reader.last_look
    assert reader.last_look.problem is None


def test_the_damage_of_an_old_edition_does_not_keep_the_reader_from_looking(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b")
    shelf.damaged.add("a")
    held = reader.pinned("a")
    with pytest.raises(Unavailable):
        reader.view(held, "en")
    shelf.publish("c")
    clock.time += REFRESH
    assert served(reader) == "c"


def test_a_pinned_edition_says_the_gravest_kind_of_change_since(reader: Reader[Edition], shelf: Shelf) -> None:
    shelf.publish("b", "safety")
    shelf.publish("c", "wording")
    assert reader.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
    assert reader.pinned("b").superseded_by == Superseded(edition="c", kind="wording", published_at=PUBLISHED)


def test_a_withdrawn_edition_is_superseded_for_safety(reader: Reader[Edition], shelf: Shelf, clock: Clock) -> None:
    shelf.publish("b", "wording")
    served(reader)
    shelf.current = "a"
    clock.time += REFRESH
    assert reader.pinned("b").superseded_by == Superseded(edition="a", kind="safety", published_at=PUBLISHED)


def test_what_supersedes_a_pinned_edition_follows_the_current_one(
    reader: Reader[Edition], shelf: Shelf, clock: Clock
) -> None:
    shelf.publish("b", "wording")
    assert reader.pinned("a").superseded_by == Superseded(edition="b", kind="wording", published_at=PUBLISHED)
    shelf.publish("c", "safety")
    clock.time += REFRESH
    assert reader.pinned("a").superseded_by == Superseded(edition="c", kind="safety", published_at=PUBLISHED)
