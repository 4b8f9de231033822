"""A cache of editions that lives through many publications and roll backs."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.content.table import Table
from chalicelib.edition_cache import EditionCache
from editorial.publishing import Author, Publisher, read_pointer, verify
from editorial.writer import Writer
from tests.conftest import NAME
from tests.store.small import small
from tests.support.dynamodb import FakeDynamoDB

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFRESH = 30
START = 1_800_000_000


class Newsroom:
    """A table, its editor, a clock and a cache; it remembers which edition was current when."""

    def __init__(self) -> None:
        client = cast("DynamoDBClient", FakeDynamoDB())
        self.table, self.writer = Table(client, NAME), Writer(client, NAME)
        self.writer.create()
        self.now = START
        self.marks: dict[str, str] = {}
        self.current_since: list[tuple[int, str]] = []
        self.cache = EditionCache(lambda: self.table, REFRESH, lambda: self.now)

    def publish(self, mark: str) -> None:
        draft = small(mark)
        self.marks[draft.edition] = mark
        result = self._publisher(mark).publish(draft, "wording", read_pointer(self.table))
        self._note_current(result.pointer.manifest.edition)

    def roll_back(self, edition: str | None = None) -> None:
        pointer = read_pointer(self.table)
        if pointer and (edition or pointer.manifest.predecessor):
            self._note_current(self._publisher("wrong").roll_back(edition, pointer).pointer.manifest.edition)

    def read(self) -> None:
        """Read every document as a client does, and check it against what was current."""
        if not self.current_since:
            return
        loaded = self.cache.current()
        edition = loaded.manifest.edition
        for document in self.cache.rendered(loaded, "en").documents.values():
            body = msgspec.json.decode(document.body)
            assert body["meta"]["edition"] == edition
            assert body["meta"]["disclaimer"] == self.marks[edition]
            assert self.marks[edition] in str(body["data"]) or body["data"] == []
        assert edition in self.editions_within(REFRESH)

    def editions_within(self, seconds: int) -> set[str]:
        """Return the editions that were current at some time in the last seconds."""
        before = [edition for since, edition in self.current_since if since <= self.now - seconds]
        since_then = [edition for since, edition in self.current_since if since > self.now - seconds]
        return {*before[-1:], *since_then}

    def _publisher(self, note: str) -> Publisher:
        return Publisher(self.table, self.writer, Author(note, "editor", datetime.fromtimestamp(self.now, UTC)))

    def _note_current(self, edition: str) -> None:
        self.current_since.append((self.now, edition))


TICKS = st.integers(0, 2 * REFRESH)
SLOW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


@settings(SLOW)
@given(st.permutations(["publish"] * 50 + ["roll back"] * 20), st.lists(TICKS, min_size=70, max_size=70))
def test_seventy_changes_are_read_complete(actions: list[str], ticks: list[int]) -> None:
    room = Newsroom()
    for number, (action, tick) in enumerate(zip(actions, ticks, strict=True)):
        room.publish(f"edition number {number}") if action == "publish" else room.roll_back()
        room.read()
        room.now += tick
        room.read()
    assert not any(problem for _, problem in verify(room.table))


class ReaderMachine(RuleBasedStateMachine):
    """Any order of publishing anything, rolling back anywhere, waiting and reading."""

    editions = Bundle("editions")

    @initialize()
    def open(self) -> None:
        self.room = Newsroom()

    @rule(target=editions, mark=st.sampled_from("abcdefgh"))
    def publish(self, mark: str) -> str:
        self.room.publish(f"edition {mark}")
        return small(f"edition {mark}").edition

    @rule(edition=editions)
    def roll_back(self, edition: str) -> None:
        self.room.roll_back(edition)

    @rule(seconds=TICKS)
    def wait(self, seconds: int) -> None:
        self.room.now += seconds

    @invariant()
    def reads_are_complete_and_recent(self) -> None:
        self.room.read()


def test_any_order_of_changes_is_read_complete() -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - next to its only use

    run_state_machine_as_test(ReaderMachine, settings=settings(SLOW, max_examples=10, stateful_step_count=30))
