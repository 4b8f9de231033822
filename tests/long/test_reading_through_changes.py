"""A reader that lives through many publications and roll backs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from moto import mock_aws

from chalicelib.content.table import Table
from chalicelib.edition_cache import EditionCache
from editorial.publishing import Author, Publisher, read_pointer, verify
from editorial.writer import Writer
from tests.conftest import NAME
from tests.store.small import small

REFRESH = 30
START = 1_800_000_000


class Newsroom:
    """An editor who publishes and rolls back, a clock, and a reader; it remembers what was current when."""

    def __init__(self) -> None:
        client = boto3.client("dynamodb", region_name="eu-central-1")
        self.table, self.writer = Table(client, NAME), Writer(client, NAME)
        self.writer.create()
        self.now = START
        self.said: dict[str, str] = {}
        self.current_since: list[tuple[int, str]] = []
        self.cache = EditionCache(lambda: self.table, REFRESH, lambda: self.now)

    def publish(self, mark: str) -> None:
        made = small(mark)
        self.said[made.edition] = mark
        self._moved(self._publisher(mark).publish(made, "wording", read_pointer(self.table)).pointer.manifest.edition)

    def roll_back(self, edition: str | None = None) -> None:
        pointer = read_pointer(self.table)
        if pointer and (edition or pointer.manifest.predecessor):
            self._moved(self._publisher("wrong").roll_back(edition, pointer).pointer.manifest.edition)

    def read(self) -> None:
        """Read as a client does, and hold every document against what was current when."""
        if not self.current_since:
            return
        held = self.cache.current()
        edition = held.manifest.edition
        for document in self.cache.rendered(held, "en").documents.values():
            body = msgspec.json.decode(document.body)
            assert body["meta"]["edition"] == edition
            assert body["meta"]["disclaimer"] == self.said[edition]
            assert self.said[edition] in str(body["data"]) or body["data"] == []
        assert edition in self.editions_within(REFRESH)

    def editions_within(self, seconds: int) -> set[str]:
        """Give the editions that were current at some time in the last seconds."""
        before = [edition for since, edition in self.current_since if since <= self.now - seconds]
        since_then = [edition for since, edition in self.current_since if since > self.now - seconds]
        return {*before[-1:], *since_then}

    def _publisher(self, note: str) -> Publisher:
        return Publisher(self.table, self.writer, Author(note, "editor", datetime.fromtimestamp(self.now, UTC)))

    def _moved(self, edition: str) -> None:
        self.current_since.append((self.now, edition))


@contextmanager
def newsroom() -> Iterator[Newsroom]:
    with mock_aws():
        yield Newsroom()


TICKS = st.integers(0, 2 * REFRESH)
SLOW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.usefixtures("environment")
@settings(SLOW)
@given(st.permutations(["publish"] * 50 + ["roll back"] * 20), st.lists(TICKS, min_size=70, max_size=70))
def test_fifty_publications_and_twenty_roll_backs_are_read_whole_and_in_time(
    actions: list[str], ticks: list[int]
) -> None:
    with newsroom() as room:
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
        self.context = newsroom()
        self.room = self.context.__enter__()

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
    def what_is_read_is_whole_and_in_time(self) -> None:
        self.room.read()

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)


@pytest.mark.usefixtures("environment")
def test_whatever_is_published_or_taken_back_a_reader_sees_one_whole_edition_in_time() -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - beside its one use

    run_state_machine_as_test(ReaderMachine, settings=settings(SLOW, max_examples=10, stateful_step_count=30))
