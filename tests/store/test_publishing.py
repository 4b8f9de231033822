"""Publishing and taking back: whatever is interrupted, and whoever works at the same time."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError

from chalicelib.content.items import language_partition
from chalicelib.content.table import CorruptEditionError, Table
from chalicelib.edition_cache import EditionCache
from editorial.draft import EditionDraft
from editorial.publishing import (
    MAX_LOG_BYTES,
    Author,
    Publisher,
    PublishResult,
    RejectedError,
    prunable,
    prune,
    read_pointer,
    verify,
)
from editorial.writer import ATTEMPTS, WRITE_CONFIG, ConflictError, WriteError, Writer
from tests.conftest import NAME, PUBLISHED
from tests.store.small import small

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


A, B, C = small("a"), small("b", concerns=60), small("c")
WRITES = ("put_item", "batch_write_item")


class Stopped(BaseException):
    """The process ends here."""


class Meddler:
    """A client that does something else before, instead of, or after the writes of another."""

    def __init__(
        self, client: "DynamoDBClient", meddle: Callable[[str, dict[str, Any], Callable[..., Any]], Any]
    ) -> None:
        self._client = client
        self._meddle = meddle

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in WRITES:
            return method
        return lambda **arguments: self._meddle(name, arguments, method)


def publisher(table: Table, writer: Writer, note: str = "note", by: str = "editor") -> Publisher:
    return Publisher(table, writer, Author(note, by, PUBLISHED))


def publish(table: Table, writer: Writer, made: EditionDraft, note: str = "note") -> PublishResult:
    return publisher(table, writer, note).publish(made, "evidence", read_pointer(table))


def roll_back(table: Table, writer: Writer, edition: str | None = None) -> PublishResult:
    return publisher(table, writer).roll_back(edition, read_pointer(table))


def problems(table: Table) -> dict[str, str]:
    return {edition: problem for edition, problem in verify(table) if problem}


def seen_by_a_new_reader(table: Table) -> tuple[str, set[str]]:
    cache = EditionCache(lambda: table, 30)
    loaded = cache.current()
    said = {entity.summary for entity in loaded.rendered["en"].entities.values()}
    return loaded.manifest.edition, said


def stop_at(position: int, when: str) -> Callable[[str, dict[str, Any], Callable[..., Any]], Any]:
    count = iter(range(1_000))

    def meddle(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        if next(count) != position:
            return method(**arguments)
        if when == "after":
            method(**arguments)
        if when == "halfway" and name == "batch_write_item":
            requests = arguments["RequestItems"][NAME]
            method(RequestItems={NAME: requests[: len(requests) // 2]})
        raise Stopped

    return meddle


def interruptions() -> Iterator[tuple[int, str]]:
    # B has 64 items in 3 batches; then come the manifest, the pointer and its history line.
    for position in range(6):
        for when in ("before", "after", *(["halfway"] if position < 3 else [])):
            yield position, when


@pytest.mark.parametrize(("position", "when"), list(interruptions()))
def test_an_interrupted_publication_is_never_half_seen_and_is_finished_by_running_it_again(
    client: "DynamoDBClient", table: Table, writer: Writer, position: int, when: str
) -> None:
    publish(table, writer, A)
    with pytest.raises(Stopped):
        publish(table, Writer(Meddler(client, stop_at(position, when)), NAME), B)  # type: ignore[arg-type]

    moved = (position, when) == (4, "after") or position > 4
    assert seen_by_a_new_reader(table) == ((B.edition, {"b"}) if moved else (A.edition, {"a"}))

    again = publish(table, writer, B)
    assert again.status == ("unchanged" if moved else "published")
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert [(move.previous, move.edition) for move in table.history()] == [(None, A.edition), (A.edition, B.edition)]
    assert problems(table) == {}


def test_an_interruption_comes_at_every_write_there_is(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    names: list[str] = []

    def note(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        names.append(name)
        return method(**arguments)

    publish(table, Writer(Meddler(client, note), NAME), B)  # type: ignore[arg-type]
    assert names == ["batch_write_item"] * 3 + ["put_item"] * 3


def test_readers_see_the_old_edition_until_the_pointer_moves(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    publish(table, writer, A)
    seen: list[tuple[str, set[str]]] = []

    def look_first(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        seen.append(seen_by_a_new_reader(table))
        return method(**arguments)

    publish(table, Writer(Meddler(client, look_first), NAME), B)  # type: ignore[arg-type]
    assert seen == [(A.edition, {"a"})] * 5 + [(B.edition, {"b"})]


def test_of_two_editors_with_the_same_base_one_wins_and_the_other_is_told(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    publish(table, writer, A)
    base = read_pointer(table)
    first_batch = iter([True])

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        if next(first_batch, False):
            publisher(table, writer, by="quick").publish(B, "safety", base)
        return method(**arguments)

    slow = publisher(table, Writer(Meddler(client, overtake), NAME), by="slow")  # type: ignore[arg-type]
    with pytest.raises(ConflictError):
        slow.publish(C, "evidence", base)
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert problems(table) == {}
    assert publish(table, writer, C).pointer.manifest.predecessor == B.edition
    assert seen_by_a_new_reader(table) == (C.edition, {"c"})


@pytest.mark.parametrize("position", range(5))
def test_two_editors_who_publish_the_same_content_at_once_leave_it_whole(
    client: "DynamoDBClient", table: Table, writer: Writer, position: int
) -> None:
    publish(table, writer, A)
    base = read_pointer(table)
    count = iter(range(100))

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        if next(count) == position:
            publisher(table, writer, note="the quick one's").publish(B, "safety", base)
        return method(**arguments)

    with suppress(ConflictError):
        publisher(table, Writer(Meddler(client, overtake), NAME), note="the slow one's").publish(B, "wording", base)  # type: ignore[arg-type]
    pointer = table.pointer()
    assert (pointer.manifest.note, pointer.manifest.kind) == ("the quick one's", "safety")
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    # The slow one may have written its manifest over the other's; the next who publishes puts that right.
    publish(table, writer, C)
    assert table.manifest(B.edition) == pointer.manifest
    assert problems(table) == {}


def test_a_stale_diff_cannot_be_published(table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    seen = read_pointer(table)
    publish(table, writer, B)
    with pytest.raises(ConflictError, match=B.edition):
        publisher(table, writer).publish(C, "evidence", seen)
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})


def test_a_diff_is_stale_too_when_the_pointer_went_away_and_came_back(table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    seen = read_pointer(table)
    publish(table, writer, B)
    roll_back(table, writer)
    with pytest.raises(ConflictError):
        publisher(table, writer).publish(C, "evidence", seen)


def test_a_pointer_that_goes_away_and_comes_back_meanwhile_is_a_lost_race(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    publish(table, writer, A)
    first_batch = iter([True])

    def there_and_back(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        if next(first_batch, False):
            publish(table, writer, B)
            roll_back(table, writer)
        return method(**arguments)

    with pytest.raises(ConflictError):
        publish(table, Writer(Meddler(client, there_and_back), NAME), C)  # type: ignore[arg-type]
    assert seen_by_a_new_reader(table) == (A.edition, {"a"})


def test_publishing_the_current_content_again_does_nothing(
    table: Table, writer: Writer, client: "DynamoDBClient"
) -> None:
    publish(table, writer, A)
    before = client.scan(TableName=NAME)["Items"]
    assert publish(table, writer, A, "again").status == "unchanged"
    assert client.scan(TableName=NAME)["Items"] == before


def test_publishing_what_equals_an_older_edition_is_a_roll_back_to_it(table: Table, writer: Writer) -> None:
    first = publish(table, writer, A).pointer.manifest
    publish(table, writer, B)
    outcome = publish(table, writer, A, "B was wrong")
    assert outcome.status == "rolled-back"
    assert table.pointer().manifest == first
    assert [(move.action, move.edition, move.note) for move in table.history()] == [
        ("publish", A.edition, "note"),
        ("publish", B.edition, "note"),
        ("roll-back", A.edition, "B was wrong"),
    ]


def test_a_roll_back_goes_to_the_edition_before_and_then_further(table: Table, writer: Writer) -> None:
    for made in (A, B, C):
        publish(table, writer, made)
    assert roll_back(table, writer).pointer.manifest.edition == B.edition
    assert roll_back(table, writer).pointer.manifest.edition == A.edition
    with pytest.raises(RejectedError, match="is the first"):
        roll_back(table, writer)
    assert roll_back(table, writer, C.edition).pointer.manifest.edition == C.edition
    assert roll_back(table, writer, C.edition).status == "unchanged"
    assert problems(table) == {}


def test_nothing_is_rolled_back_to_that_was_never_published(table: Table, writer: Writer) -> None:
    with pytest.raises(RejectedError, match="nothing was ever published"):
        roll_back(table, writer)
    publish(table, writer, A)
    with pytest.raises(RejectedError, match="there is no published edition"):
        roll_back(table, writer, B.edition)


def test_an_edition_that_is_not_whole_is_not_rolled_back_to(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    publish(table, writer, A)
    publish(table, writer, B)
    damage(client, A.edition, "concern-1", lambda _: None)
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer)
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})


def test_the_history_sorts_by_time_even_where_clocks_differ(table: Table, writer: Writer) -> None:
    for hours, made in enumerate((A, B, C)):
        reason = Author("note", "editor", PUBLISHED - timedelta(hours=hours))
        Publisher(table, writer, reason).publish(made, "evidence", read_pointer(table))
    assert [move.edition for move in table.history()] == [A.edition, B.edition, C.edition]


def test_the_change_log_tells_what_was_added_changed_and_removed(table: Table, writer: Writer) -> None:
    for made in (A, small("a", concerns=3), small("z", concerns=1)):
        publish(table, writer, made)
    manifest = table.pointer().manifest
    log = table.edition_content(manifest, "en").changes
    sent_headers = [
        change.entities and (change.entities.added, change.entities.changed, change.entities.removed) for change in log
    ]
    assert sent_headers == [
        (("article", "concern/concern-0", "concern/concern-1", "risk/risk", "source/source"), (), ()),
        (("concern/concern-2",), (), ()),
        (
            (),
            ("article", "concern/concern-0", "risk/risk", "source/source"),
            ("concern/concern-1", "concern/concern-2"),
        ),
    ]
    assert [change.predecessor for change in log] == [None, log[0].edition, log[1].edition]


def test_a_long_change_log_leaves_off_its_oldest_lines(table: Table, writer: Writer) -> None:
    for number in range(5):
        publish(table, writer, small(str(number)), note=str(number) + "x" * (MAX_LOG_BYTES // 3))
    manifest = table.pointer().manifest
    log = table.edition_content(manifest, "en").changes
    assert [change.note[0] for change in log] == ["3", "4"]


def test_a_change_of_very_many_entities_says_only_that_all_is_new(table: Table, writer: Writer) -> None:
    publish(table, writer, small("a", concerns=1_500))
    manifest = table.pointer().manifest
    log = table.edition_content(manifest, "en").changes
    assert [change.entities for change in log] == [None]


def test_pruning_never_takes_the_current_nor_the_previous_edition(table: Table, writer: Writer) -> None:
    made = [small(str(number)) for number in range(5)]
    for one in made:
        publish(table, writer, one)
    roll_back(table, writer, made[1].edition)
    assert {manifest.edition for manifest in prunable(table, keep=1)} == {
        made[2].edition,
        made[3].edition,
        made[4].edition,
    }
    assert {manifest.edition for manifest in prunable(table, keep=2)} == {made[2].edition, made[3].edition}


def test_a_pruned_edition_is_gone_said_so_and_can_be_published_anew(table: Table, writer: Writer) -> None:
    for made in (A, B, C):
        publish(table, writer, made)
    for manifest in prunable(table, keep=1):
        prune(table, writer, manifest, PUBLISHED)
    assert table.manifest(A.edition).pruned_at == PUBLISHED
    assert list(table.query(language_partition(A.edition, "en"))) == []
    assert problems(table) == {}
    assert prunable(table, keep=1) == []
    with pytest.raises(RejectedError):
        roll_back(table, writer, A.edition)
    assert publish(table, writer, A).status == "published"
    assert seen_by_a_new_reader(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_an_interrupted_prune_is_finished_by_running_it_again(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    for made in (B, A, C):
        publish(table, writer, made)
    with pytest.raises(Stopped):
        prune(table, Writer(Meddler(client, stop_at(2, "before")), NAME), prunable(table, 1)[0], PUBLISHED)  # type: ignore[arg-type]
    assert list(table.query(language_partition(B.edition, "en")))
    assert problems(table) == {}
    for manifest in prunable(table, keep=1):
        prune(table, writer, manifest, PUBLISHED)
    assert list(table.query(language_partition(B.edition, "en"))) == []


def test_an_edition_that_becomes_current_while_it_is_pruned_is_kept(table: Table, writer: Writer) -> None:
    for made in (A, B, C):
        publish(table, writer, made)
    going = prunable(table, keep=1)
    roll_back(table, writer, A.edition)
    with pytest.raises(ConflictError, match="is kept"):
        prune(table, writer, going[0], PUBLISHED)
    assert seen_by_a_new_reader(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_creating_a_table_waits_briefly(client: "DynamoDBClient") -> None:
    patient = boto3.client("dynamodb", endpoint_url=client.meta.endpoint_url)
    states = iter(["CREATING"])

    def describe(parsed: dict[str, Any], **_: object) -> None:
        parsed["Table"]["TableStatus"] = next(states, "ACTIVE")

    patient.meta.events.register("after-call.dynamodb.DescribeTable", describe)
    start = time.monotonic()
    Writer(patient, NAME).create()
    assert time.monotonic() - start < 10
    assert next(states, None) is None


def test_a_table_is_not_created_over_another(writer: Writer) -> None:
    with pytest.raises(WriteError, match="exists already"):
        writer.create()


def test_items_that_were_left_unprocessed_are_written_in_the_end_after_growing_random_pauses(
    client: "DynamoDBClient", table: Table
) -> None:
    pauses: list[float] = []
    tries = iter(range(1_000))

    def throttle(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        if name != "batch_write_item" or next(tries) % 3 == 2:
            return method(**arguments)
        requests = arguments["RequestItems"][NAME]
        method(RequestItems={NAME: requests[:5]})
        return {"UnprocessedItems": {NAME: requests[5:]}} if requests[5:] else {"UnprocessedItems": {}}

    publish(table, Writer(Meddler(client, throttle), NAME, pauses.append), B)  # type: ignore[arg-type]
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert pauses
    assert len(set(pauses)) == len(pauses)


def test_items_that_stay_unprocessed_are_given_up_with_what_was_written(
    client: "DynamoDBClient", table: Table, writer: Writer
) -> None:
    publish(table, writer, A)
    pauses: list[float] = []

    def refuse(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        if name != "batch_write_item":
            return method(**arguments)
        requests = arguments["RequestItems"][NAME]
        if len(requests) == 25:
            method(RequestItems={NAME: requests[:10]})
            return {"UnprocessedItems": {NAME: requests[10:]}}
        return {"UnprocessedItems": {NAME: requests}}

    with pytest.raises(
        WriteError, match=r"10 of 64 items of EDITION#.* were written\. Run the command again to finish"
    ):
        publish(table, Writer(Meddler(client, refuse), NAME, pauses.append), B)  # type: ignore[arg-type]
    assert len(pauses) == ATTEMPTS - 1
    assert seen_by_a_new_reader(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_throttled_writes_are_tried_again_by_the_editors_client(client: "DynamoDBClient", table: Table) -> None:
    patient = boto3.client("dynamodb", endpoint_url=client.meta.endpoint_url, config=WRITE_CONFIG)
    throttled = iter(range(3))

    def throttle(request: AWSRequest, **_: object) -> AWSResponse | None:
        if next(throttled, None) is None:
            return None
        body = BytesIO(b'{"__type":"ThrottlingException","message":"Slow down"}')
        return AWSResponse(request.url, 400, {}, Body(body))

    patient.meta.events.register("before-send.dynamodb.BatchWriteItem", throttle)
    publish(table, Writer(patient, NAME), B)
    patient.close()
    assert next(throttled, None) is None
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})


class Body:
    """A body that was read from the network, as botocore has it."""

    def __init__(self, data: BytesIO) -> None:
        self._data = data

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._data.read()


def test_a_refused_write_is_told_with_what_was_written(client: "DynamoDBClient", table: Table) -> None:
    def refuse(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Slow down"}}, "BatchWriteItem")

    with pytest.raises(WriteError, match=r"Slow down\. 0 of 64 items of EDITION#.* were written"):
        publish(table, Writer(Meddler(client, refuse), NAME), B)  # type: ignore[arg-type]


def damage(
    client: "DynamoDBClient", edition: str, name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    """Change or delete the one item of an edition whose key ends with a name."""
    for item in client.scan(TableName=NAME)["Items"]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        if item["pk"]["S"].startswith(language_partition(edition, "en")) and name in item["sk"]["S"]:
            changed = change(dict(item))
            if changed is None:
                client.delete_item(TableName=NAME, Key=key)
            else:
                client.put_item(TableName=NAME, Item=changed)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("concern-1", lambda _: None),
        ("concern-1", lambda item: item | {"document": {"S": item["document"]["S"].replace("limited", "Limited")}}),
        ("concern-1", lambda item: item | {"document": {"S": item["document"]["S"] + " "}}),
        ("concern-1", lambda item: {"pk": item["pk"], "sk": item["sk"]}),
        ("concern-1", lambda item: item | {"sk": {"S": "CONCERN#000009#extra"}}),
        ("CHANGES", lambda _: None),
        ("CHANGES", lambda item: item | {"document": {"S": "[]"}}),
    ],
)
def test_an_edition_that_is_not_whole_is_refused_by_the_reader_and_named_by_verify(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
    change: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> None:
    now = [1_000_000.0]
    cache = EditionCache(lambda: table, 30, lambda: now[0])
    publish(table, writer, A)
    assert cache.current().manifest.edition == A.edition
    publish(table, writer, B)
    damage(client, B.edition, name, change)
    now[0] += 30
    assert cache.current().manifest.edition == A.edition
    assert cache.last_refresh
    assert cache.last_refresh.problem == "CorruptEditionError"
    assert list(problems(table)) == [B.edition]


def test_a_manifest_that_is_gone_is_named_by_verify(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    publish(table, writer, B)
    client.delete_item(TableName=NAME, Key={"pk": {"S": f"EDITION#{A.edition}"}, "sk": {"S": "MANIFEST"}})
    assert list(problems(table)) == [A.edition]
