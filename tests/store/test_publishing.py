"""Publish and roll back, with interruptions and several editors at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from msgspec import structs

from chalicelib.content.editions import ChangeLogEntry, Edition
from chalicelib.content.items import language_partition
from chalicelib.content.table import CorruptEditionError, Table
from chalicelib.documents.render import render_edition
from chalicelib.edition_cache import EditionCache
from editorial.diff import title_of
from editorial.draft import EditionDraft
from editorial.draft import draft as draft_of
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
from editorial.writer import ATTEMPTS, ConflictError, WriteError, Writer
from tests.conftest import NAME, PUBLISHED
from tests.store.small import small

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


A, B, C = small("a"), small("b", concerns=60), small("c")
WRITES = ("put_item", "batch_write_item")


class Interrupted(BaseException):
    """The process ends here, past every `except Exception`."""


# Called instead of a client's write, with the method's name, its arguments and the method.
Interceptor = Callable[[str, dict[str, Any], Callable[..., Any]], Any]


class InterceptingClient:
    """A client that calls an interceptor instead of the writes of another client."""

    def __init__(self, client: "DynamoDBClient", intercept: Interceptor) -> None:
        self._client = client
        self._intercept = intercept

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in WRITES:
            return method
        return lambda **arguments: self._intercept(name, arguments, method)


def intercepting_writer(
    client: "DynamoDBClient", intercept: Interceptor, sleep: Callable[[float], None] = time.sleep
) -> Writer:
    return Writer(cast("DynamoDBClient", InterceptingClient(client, intercept)), NAME, sleep)


def publisher(table: Table, writer: Writer, note: str = "note", by: str = "editor") -> Publisher:
    return Publisher(table, writer, Author(note, by, PUBLISHED))


def publish(table: Table, writer: Writer, draft: EditionDraft, note: str = "note") -> PublishResult:
    return publisher(table, writer, note).publish(draft, "evidence", read_pointer(table))


def roll_back(table: Table, writer: Writer, edition: str | None = None) -> PublishResult:
    return publisher(table, writer).roll_back(edition, read_pointer(table))


def problems(table: Table) -> dict[str, str]:
    return {edition: problem for edition, problem in verify(table) if problem}


def log_of(table: Table) -> tuple[ChangeLogEntry, ...]:
    return table.edition_content(table.pointer().manifest, "en").changes


def load_current(table: Table) -> tuple[str, set[str]]:
    cache = EditionCache(lambda: table, 30)
    loaded = cache.current()
    titles = {title_of(entity) for entity in loaded.rendered["en"].entities.values()}
    return loaded.manifest.edition, titles


def interrupt_at(position: int, when: str) -> Interceptor:
    count = iter(range(1_000))

    def intercept(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        if next(count) != position:
            return method(**arguments)
        if when == "after":
            method(**arguments)
        if when == "halfway" and name == "batch_write_item":
            requests = arguments["RequestItems"][NAME]
            method(RequestItems={NAME: requests[: len(requests) // 2]})
        raise Interrupted

    return intercept


def interruptions() -> Iterator[tuple[int, str]]:
    # B has 64 items in 3 batches; then come the manifest, the pointer and its history line.
    for position in range(6):
        for when in ("before", "after", *(["halfway"] if position < 3 else [])):
            yield position, when


@pytest.mark.parametrize(("position", "when"), list(interruptions()))
def test_an_interrupted_publish_is_finished(
    client: "DynamoDBClient", table: Table, writer: Writer, position: int, when: str
) -> None:
    """Users see one complete edition, old or new; running the command again finishes it."""
    publish(table, writer, A)
    with pytest.raises(Interrupted):
        publish(table, intercepting_writer(client, interrupt_at(position, when)), B)

    moved = (position, when) == (4, "after") or position > 4
    assert load_current(table) == ((B.edition, {"b"}) if moved else (A.edition, {"a"}))

    again = publish(table, writer, B)
    assert again.status == ("unchanged" if moved else "published")
    assert load_current(table) == (B.edition, {"b"})
    assert [(move.previous, move.edition) for move in table.history()] == [(None, A.edition), (A.edition, B.edition)]
    assert problems(table) == {}


def test_interruptions_cover_every_write(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    names: list[str] = []

    def note(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        names.append(name)
        return method(**arguments)

    publish(table, intercepting_writer(client, note), B)
    assert names == ["batch_write_item"] * 3 + ["put_item"] * 3


def test_the_pointer_moves_last(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    """Until then users see the old edition."""
    publish(table, writer, A)
    seen: list[tuple[str, set[str]]] = []

    def load_first(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        seen.append(load_current(table))
        return method(**arguments)

    publish(table, intercepting_writer(client, load_first), B)
    assert seen == [(A.edition, {"a"})] * 5 + [(B.edition, {"b"})]


def test_one_of_two_editors_wins(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    base = read_pointer(table)
    first_batch = iter([True])

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(first_batch, False):
            publisher(table, writer, by="quick").publish(B, "safety", base)
        return method(**arguments)

    slow = publisher(table, intercepting_writer(client, overtake), by="slow")
    with pytest.raises(ConflictError):
        slow.publish(C, "evidence", base)
    assert load_current(table) == (B.edition, {"b"})
    assert problems(table) == {}
    assert publish(table, writer, C).pointer.manifest.predecessor == B.edition
    assert load_current(table) == (C.edition, {"c"})


@pytest.mark.parametrize("position", range(5))
def test_two_editors_publish_the_same(client: "DynamoDBClient", table: Table, writer: Writer, position: int) -> None:
    """The first one is recorded, and the edition stays complete."""
    publish(table, writer, A)
    base = read_pointer(table)
    count = iter(range(100))

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(count) == position:
            publisher(table, writer, note="the quick one's").publish(B, "safety", base)
        return method(**arguments)

    with suppress(ConflictError):
        publisher(table, intercepting_writer(client, overtake), note="the slow one's").publish(B, "wording", base)
    pointer = table.pointer()
    assert (pointer.manifest.note, pointer.manifest.kind) == ("the quick one's", "safety")
    assert load_current(table) == (B.edition, {"b"})
    # The slow editor may have overwritten the other's manifest; the next publication repairs it.
    publish(table, writer, C)
    assert table.manifest(B.edition) == pointer.manifest
    assert problems(table) == {}


def test_a_stale_diff_cannot_be_published(table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    seen = read_pointer(table)
    publish(table, writer, B)
    with pytest.raises(ConflictError, match=B.edition):
        publisher(table, writer).publish(C, "evidence", seen)
    assert load_current(table) == (B.edition, {"b"})


def test_a_pointer_that_came_back_is_stale(table: Table, writer: Writer) -> None:
    """Also if it names the same edition as in the diff."""
    publish(table, writer, A)
    seen = read_pointer(table)
    publish(table, writer, B)
    roll_back(table, writer)
    with pytest.raises(ConflictError):
        publisher(table, writer).publish(C, "evidence", seen)


def test_a_pointer_back_meanwhile_conflicts(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    first_batch = iter([True])

    def move_and_return(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(first_batch, False):
            publish(table, writer, B)
            roll_back(table, writer)
        return method(**arguments)

    with pytest.raises(ConflictError):
        publish(table, intercepting_writer(client, move_and_return), C)
    assert load_current(table) == (A.edition, {"a"})


def test_republishing_writes_nothing(table: Table, writer: Writer, client: "DynamoDBClient") -> None:
    publish(table, writer, A)
    before = client.scan(TableName=NAME)["Items"]
    assert publish(table, writer, A, "again").status == "unchanged"
    assert client.scan(TableName=NAME)["Items"] == before


def test_publishing_old_content_rolls_back(table: Table, writer: Writer) -> None:
    first = publish(table, writer, A).pointer.manifest
    publish(table, writer, B)
    result = publish(table, writer, A, "B was wrong")
    assert result.status == "rolled-back"
    # Only the change log is another: it has the roll back.
    checksums = {language: structs.replace(checksum, changes="") for language, checksum in first.languages.items()}
    manifest = table.pointer().manifest
    assert manifest.languages != first.languages
    assert {
        language: structs.replace(checksum, changes="") for language, checksum in manifest.languages.items()
    } == checksums
    assert structs.replace(manifest, languages=first.languages) == first
    assert [(move.action, move.edition, move.note) for move in table.history()] == [
        ("publish", A.edition, "note"),
        ("publish", B.edition, "note"),
        ("roll-back", A.edition, "B was wrong"),
    ]


def test_rolls_back_step_by_step(table: Table, writer: Writer) -> None:
    for draft in (A, B, C):
        publish(table, writer, draft)
    assert roll_back(table, writer).pointer.manifest.edition == B.edition
    assert roll_back(table, writer).pointer.manifest.edition == A.edition
    with pytest.raises(RejectedError, match="is the first"):
        roll_back(table, writer)
    assert roll_back(table, writer, C.edition).pointer.manifest.edition == C.edition
    assert roll_back(table, writer, C.edition).status == "unchanged"
    assert problems(table) == {}


def test_a_lost_roll_back_leaves_no_trace(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    """The older edition's manifest names the roll back only once it has happened."""
    publish(table, writer, A)
    publish(table, writer, B)
    older, base = table.manifest(A.edition), read_pointer(table)
    first = iter([True])

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(first, False):
            publish(table, writer, C)
        return method(**arguments)

    with pytest.raises(ConflictError):
        publisher(table, intercepting_writer(client, overtake)).roll_back(A.edition, base)
    assert table.manifest(A.edition) == older
    assert load_current(table) == (C.edition, {"c"})
    assert problems(table) == {}


def test_a_roll_back_never_undoes_pruning(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    """An edition that is pruned while somebody rolls back to it stays marked, so that the API answers 410 Gone."""
    for draft in (A, B, C):
        publish(table, writer, draft)
    first = iter([True])

    def prune_first(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(first, False):
            prune(table, writer, table.manifest(A.edition), PUBLISHED)
        return method(**arguments)

    with pytest.raises(CorruptEditionError):
        publisher(table, intercepting_writer(client, prune_first)).roll_back(A.edition, read_pointer(table))
    assert table.manifest(A.edition).pruned_at == PUBLISHED
    assert load_current(table) == (C.edition, {"c"})


@pytest.mark.parametrize("position", range(4))
def test_an_interrupted_roll_back_is_finished(
    client: "DynamoDBClient", table: Table, writer: Writer, position: int
) -> None:
    """Its writes are the change log, the pointer, the history line and the manifest."""
    publish(table, writer, A)
    publish(table, writer, B)
    with pytest.raises(Interrupted):
        roll_back(table, intercepting_writer(client, interrupt_at(position, "before")), A.edition)
    roll_back(table, writer, A.edition)
    assert load_current(table) == (A.edition, {"a"})
    assert table.manifest(A.edition) == table.pointer().manifest
    assert [change.action for change in log_of(table)] == ["publish", "publish", "roll-back"]
    assert problems(table) == {}


def test_no_rollback_to_the_unpublished(table: Table, writer: Writer) -> None:
    with pytest.raises(RejectedError, match="nothing was ever published"):
        roll_back(table, writer)
    publish(table, writer, A)
    with pytest.raises(RejectedError, match="there is no published edition"):
        roll_back(table, writer, B.edition)


def test_no_rollback_to_a_damaged_edition(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    publish(table, writer, B)
    damage(client, A.edition, "concern-1", lambda _: None)
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer)
    assert load_current(table) == (B.edition, {"b"})


def test_history_sorts_despite_clock_skew(table: Table, writer: Writer) -> None:
    for hours, draft in enumerate((A, B, C)):
        author = Author("note", "editor", PUBLISHED - timedelta(hours=hours))
        Publisher(table, writer, author).publish(draft, "evidence", read_pointer(table))
    assert [move.edition for move in table.history()] == [A.edition, B.edition, C.edition]


def test_the_change_log_lists_paths(table: Table, writer: Writer) -> None:
    """Of everything whose data differs: also of lists, and of what repeats or cites something that changed."""
    for draft in (A, small("a", concerns=3), small("z", concerns=1)):
        publish(table, writer, draft)
    log = log_of(table)
    concerns = ["/v1/concerns", "/v1/concerns?effectiveness=limited-evidence"]
    others = ["/v1", "/v1/article", "/v1/risks", "/v1/risks/risk", "/v1/risks?seriousness=side-effect"]
    sources = ["/v1/sources", "/v1/sources/source", "/v1/sources?about=risk"]
    removed = ["/v1/concerns/concern-1", "/v1/concerns/concern-2"]
    assert [sorted(change.paths) for change in log] == [
        ["/v1/bundle"],  # the first edition
        sorted([*concerns, "/v1/concerns/concern-2"]),
        sorted([*concerns, "/v1/concerns/concern-0", *removed, *others, *sources]),
    ]
    assert [sorted(set(change.paths) - change.digests.keys()) for change in log] == [["/v1/bundle"], [], removed]
    assert [change.predecessor for change in log] == [None, log[0].edition, log[1].edition]


def test_the_change_log_has_the_new_digests(table: Table, writer: Writer) -> None:
    for draft in (A, B):
        publish(table, writer, draft)
    pointer = table.pointer().manifest
    content = table.edition_content(pointer, "en")
    documents = render_edition(Edition(pointer, "en", content.entities, content.changes)).documents
    assert content.changes[-1].digests == {path: documents[path].digest for path in content.changes[-1].paths}


def test_a_roll_back_is_an_entry(table: Table, writer: Writer) -> None:
    """With its note, and the most severe kind of what it takes back."""
    publisher(table, writer).publish(A, "evidence", None)
    publisher(table, writer).publish(B, "safety", read_pointer(table))
    publisher(table, writer).publish(C, "wording", read_pointer(table))
    publisher(table, writer, "B was wrong").roll_back(A.edition, read_pointer(table))
    log = log_of(table)
    entries = [(change.action, change.edition, change.predecessor, change.kind, change.note) for change in log]
    assert entries[2:] == [
        ("publish", C.edition, B.edition, "wording", "note"),
        ("roll-back", A.edition, C.edition, "safety", "B was wrong"),
    ]
    assert "/v1/concerns/concern-1" in log[3].digests
    # Forward again: that takes back the roll back, and is as severe.
    publisher(table, writer).roll_back(C.edition, read_pointer(table))
    assert [(change.action, change.kind) for change in log_of(table)[3:]] == [
        ("roll-back", "safety"),
        ("roll-back", "safety"),
    ]
    assert problems(table) == {}


def test_publishing_old_content_has_its_kind(table: Table, writer: Writer) -> None:
    """It is a roll back, of the kind that the editor gave."""
    for draft in (A, B):
        publish(table, writer, draft)
    publisher(table, writer, "B was wrong").publish(A, "safety", read_pointer(table))
    last = log_of(table)[-1]
    assert (last.action, last.kind, last.note) == ("roll-back", "safety", "B was wrong")


def test_a_roll_back_has_one_kind(table: Table, writer: Writer) -> None:
    """In all languages, the most severe: here nobody can say what a language that comes back has missed."""
    english, *others = A.entities["en"]
    spanish = (structs.replace(english, language="es"), *others)
    publisher(table, writer).publish(draft_of({"en": A.entities["en"], "es": spanish}), "evidence", None)
    publisher(table, writer).publish(B, "wording", read_pointer(table))
    result = roll_back(table, writer)
    manifest = table.pointer().manifest
    kinds = {language: table.change_log(manifest, language)[-1].kind for language in manifest.languages}
    assert (result.kind, kinds) == ("safety", {"en": "safety", "es": "safety"})


def test_a_long_log_loses_its_oldest(table: Table, writer: Writer) -> None:
    for number in range(5):
        publish(table, writer, small(str(number)), note=str(number) + "x" * (MAX_LOG_BYTES // 3))
    assert [change.note[0] for change in log_of(table)] == ["3", "4"]


def test_a_huge_change_names_the_bundle(table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    publish(table, writer, small("a", concerns=1_500))
    assert [(change.paths, change.digests) for change in log_of(table)] == [(("/v1/bundle",), {})] * 2


def test_prune_keeps_current_and_previous(table: Table, writer: Writer) -> None:
    drafts = [small(str(number)) for number in range(5)]
    for draft in drafts:
        publish(table, writer, draft)
    roll_back(table, writer, drafts[1].edition)
    assert {manifest.edition for manifest in prunable(table, keep=1)} == {
        drafts[2].edition,
        drafts[3].edition,
        drafts[4].edition,
    }
    assert {manifest.edition for manifest in prunable(table, keep=2)} == {drafts[2].edition, drafts[3].edition}


def test_a_pruned_edition_can_return(table: Table, writer: Writer) -> None:
    """Pruned editions are marked and empty; no rollback, but the same content can be published again."""
    for draft in (A, B, C):
        publish(table, writer, draft)
    for manifest in prunable(table, keep=1):
        prune(table, writer, manifest, PUBLISHED)
    assert table.manifest(A.edition).pruned_at == PUBLISHED
    assert list(table.query(language_partition(A.edition, "en"))) == []
    assert problems(table) == {}
    assert prunable(table, keep=1) == []
    with pytest.raises(RejectedError):
        roll_back(table, writer, A.edition)
    assert publish(table, writer, A).status == "published"
    assert load_current(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_an_interrupted_prune_is_finished(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    for draft in (B, A, C):
        publish(table, writer, draft)
    with pytest.raises(Interrupted):
        prune(table, intercepting_writer(client, interrupt_at(2, "before")), prunable(table, 1)[0], PUBLISHED)
    assert list(table.query(language_partition(B.edition, "en")))
    assert problems(table) == {}
    for manifest in prunable(table, keep=1):
        prune(table, writer, manifest, PUBLISHED)
    assert list(table.query(language_partition(B.edition, "en"))) == []


def test_prune_keeps_what_became_current(table: Table, writer: Writer) -> None:
    for draft in (A, B, C):
        publish(table, writer, draft)
    doomed = prunable(table, keep=1)
    roll_back(table, writer, A.edition)
    with pytest.raises(ConflictError, match="is kept"):
        prune(table, writer, doomed[0], PUBLISHED)
    assert load_current(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_creating_a_table_waits_briefly(client: "DynamoDBClient") -> None:
    botocore_client = boto3.client("dynamodb", endpoint_url=client.meta.endpoint_url)
    states = iter(["CREATING"])

    def describe(parsed: dict[str, Any], **_: object) -> None:
        parsed["Table"]["TableStatus"] = next(states, "ACTIVE")

    botocore_client.meta.events.register("after-call.dynamodb.DescribeTable", describe)
    start = time.monotonic()
    Writer(botocore_client, NAME).create()
    assert time.monotonic() - start < 10
    assert next(states, None) is None


def test_an_existing_table_is_kept(writer: Writer) -> None:
    with pytest.raises(WriteError, match="exists already"):
        writer.create()


def test_unprocessed_items_are_retried(client: "DynamoDBClient", table: Table) -> None:
    """After growing pauses with jitter."""
    pauses: list[float] = []
    tries = iter(range(1_000))

    def throttle(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:
        if name != "batch_write_item" or next(tries) % 3 == 2:
            return method(**arguments)
        requests = arguments["RequestItems"][NAME]
        method(RequestItems={NAME: requests[:5]})
        return {"UnprocessedItems": {NAME: requests[5:]}} if requests[5:] else {"UnprocessedItems": {}}

    publish(table, intercepting_writer(client, throttle, pauses.append), B)
    assert load_current(table) == (B.edition, {"b"})
    assert pauses
    assert len(set(pauses)) == len(pauses)


def test_unprocessed_items_are_given_up(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    """The error says how many items were written."""
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
        publish(table, intercepting_writer(client, refuse, pauses.append), B)
    assert len(pauses) == ATTEMPTS - 1
    assert load_current(table) == (A.edition, {"a"})
    assert problems(table) == {}


def test_a_failed_write_reports_progress(client: "DynamoDBClient", table: Table) -> None:
    def refuse(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Slow down"}}, "BatchWriteItem")

    with pytest.raises(WriteError, match=r"Slow down\. 0 of 64 items of EDITION#.* were written"):
        publish(table, intercepting_writer(client, refuse), B)


def damage(
    client: "DynamoDBClient", edition: str, name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    """Change or delete the items of an edition whose key contains a name."""
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
def test_damaged_editions_are_not_loaded(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
    change: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> None:
    """The cache keeps the edition it has, and verify names the damaged one."""
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


def test_verify_names_a_lost_manifest(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    publish(table, writer, A)
    publish(table, writer, B)
    client.delete_item(TableName=NAME, Key={"pk": {"S": f"EDITION#{A.edition}"}, "sk": {"S": "MANIFEST"}})
    assert list(problems(table)) == [A.edition]
