"""Damaged editions: publishing their content repairs them, and nothing else is held up by them."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.content.items import MANIFEST_SORT_KEY, POINTER_KEY, edition_partition, language_partition
from chalicelib.content.table import CorruptEditionError, Table
from editorial.publishing import read_pointer, verify
from editorial.writer import ConflictError, Writer
from tests.conftest import NAME
from tests.store.test_publishing import (
    A,
    B,
    C,
    Meddler,
    Stopped,
    problems,
    publish,
    publisher,
    roll_back,
    seen_by_a_new_reader,
    stop_at,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What a condition of a write means is held against both DynamoDBs by test_publishing.py.
pytestmark = pytest.mark.parametrize("client", ["moto"], indirect=True)

Everything = dict[tuple[str, str], Any]
Damage = Callable[[dict[str, Any]], dict[str, Any] | None]

ITEM = (language_partition(B.edition, "en"), "CONCERN#000001#concern-1")
POINTED = (edition_partition(B.edition), MANIFEST_SORT_KEY)


def template_context(client: "DynamoDBClient") -> Everything:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in client.scan(TableName=NAME)["Items"]}


def spoil(client: "DynamoDBClient", key: tuple[str, str], change: Damage) -> None:
    """Change an item, or delete it; `CHANGE_LOG_PREFIX` is the change log of the edition."""
    found = next(its for its in template_context(client) if its[0] == key[0] and its[1].startswith(key[1]))
    changed = change(dict(template_context(client)[found]))
    client.delete_item(TableName=NAME, Key={"pk": {"S": found[0]}, "sk": {"S": found[1]}})
    if changed:
        client.put_item(TableName=NAME, Item=changed)


def replaced(old: str, new: str) -> Damage:
    def change(item: dict[str, Any]) -> dict[str, Any]:
        assert old in item["document"]["S"]
        return item | {"document": {"S": item["document"]["S"].replace(old, new)}}

    return change


def documented(document: str) -> Damage:
    return lambda item: item | {"document": {"S": document}}


def lost(_: dict[str, Any]) -> None:
    return None


LOG = (ITEM[0], "CHANGES")
DAMAGES = {
    "item lost": (ITEM, lost),
    "item altered": (ITEM, replaced("limited", "Limited")),
    "item not understood": (ITEM, documented("{")),
    "item moved": (ITEM, lambda item: item | {"sk": {"S": "CONCERN#000070#concern-1"}}),
    "log lost": (LOG, lost),
    "log altered": (LOG, documented("[]")),
    "pointer names another content": (POINTER_KEY, replaced(B.digests["en"], A.digests["en"])),
    "pointer names another edition": (POINTER_KEY, replaced(B.edition, B.edition[:16])),
    "pointer not understood": (POINTER_KEY, documented("{}")),
    "pointer without a document": (POINTER_KEY, lambda item: {"pk": item["pk"], "sk": item["sk"]}),
    "pointer spaced out": (POINTER_KEY, lambda item: item | {"document": {"S": item["document"]["S"] + " "}}),
    "pointer lost": (POINTER_KEY, lost),
}


@pytest.fixture
def whole(client: "DynamoDBClient", table: Table, writer: Writer) -> Everything:
    """The whole table, after B was published over A."""
    publish(table, writer, A)
    publish(table, writer, B)
    return template_context(client)


def moves(items: Everything) -> Everything:
    return {key: item for key, item in items.items() if key[0] in {"CURRENT", "HISTORY"}}


@pytest.mark.parametrize("name", DAMAGES)
def test_publishing_repairs_its_edition(
    client: "DynamoDBClient", table: Table, writer: Writer, whole: Everything, name: str
) -> None:
    manifest = table.pointer().manifest
    spoil(client, *DAMAGES[name])
    assert problems(table)
    outcome = publish(table, writer, B, "repair it")
    # Under another name it is another edition to the publisher, which then makes the whole one current again.
    assert outcome.status == ("rolled-back" if name == "pointer names another edition" else "repaired")
    assert table.pointer().manifest == manifest
    repaired = template_context(client)
    assert {key: repaired[key] for key in repaired.keys() - moves(repaired).keys()} == {
        key: whole[key] for key in whole.keys() - moves(whole).keys()
    }
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert problems(table) == {}
    assert publish(table, writer, B).status == "unchanged"


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.usefixtures("whole")
def test_another_content_replaces_a_damaged_one(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    spoil(client, *DAMAGES[name])
    assert publish(table, writer, C).status == "published"
    assert seen_by_a_new_reader(table) == (C.edition, {"c"})
    assert table.edition_content(table.pointer().manifest, "en").changes[-1].edition == C.edition


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("item altered", [A.edition, B.edition, C.edition]),
        ("log altered", [C.edition]),
        ("pointer names another content", [A.edition, B.edition, C.edition]),
        ("pointer not understood", [A.edition, B.edition, C.edition]),
    ],
)
@pytest.mark.usefixtures("whole")
def test_the_log_goes_on_from_what_is_readable(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
    log: list[str],
) -> None:
    spoil(client, *DAMAGES[name])
    publish(table, writer, C)
    changes = table.edition_content(table.pointer().manifest, "en").changes
    assert [change.edition for change in changes] == log
    # What is different from a damaged edition cannot be said: clients fetch everything.
    assert (changes[-1].entities is None) == (name != "pointer not understood")


@pytest.mark.parametrize("name", ["item lost", "item altered", "log lost"])
@pytest.mark.usefixtures("whole")
def test_an_older_damaged_edition_is_published_anew(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    publish(table, writer, C)
    spoil(client, *DAMAGES[name])
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer)
    assert publish(table, writer, B).status == "published"
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.parametrize("change", [lost, documented("{"), replaced(B.edition, A.edition)])
def test_a_damaged_manifest_is_written_again(
    client: "DynamoDBClient", table: Table, writer: Writer, whole: Everything, change: Damage
) -> None:
    spoil(client, POINTED, change)
    assert list(problems(table)) == [B.edition]
    assert publish(table, writer, B).status == "unchanged"
    assert template_context(client) == whole


@pytest.mark.parametrize("name", ["item altered", "pointer names another content", "pointer not understood"])
@pytest.mark.usefixtures("whole")
def test_a_damaged_edition_is_rolled_back_from(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    spoil(client, *DAMAGES[name])
    assert roll_back(table, writer, A.edition).status == "rolled-back"
    assert seen_by_a_new_reader(table) == (A.edition, {"a"})


@pytest.mark.usefixtures("whole")
def test_a_damaged_edition_is_not_unchanged(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
) -> None:
    spoil(client, *DAMAGES["item altered"])
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer, B.edition)


@pytest.mark.parametrize("position", range(6))
@pytest.mark.usefixtures("whole")
def test_an_interrupted_repair_is_finished(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    position: int,
) -> None:
    spoil(client, *DAMAGES["item altered"])
    with suppress(Stopped):
        publish(table, Writer(Meddler(client, stop_at(position, "before")), NAME), B)  # type: ignore[arg-type] # it implements what is called
    publish(table, writer, B)
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.parametrize("position", range(5))
@pytest.mark.usefixtures("whole")
def test_two_editors_repair_at_once(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    position: int,
) -> None:
    spoil(client, *DAMAGES["item moved"])
    seen = read_pointer(table)
    count = iter(range(100))

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - the shape of a meddler
        if next(count) == position:
            publisher(table, writer).publish(B, "safety", seen)
        return method(**arguments)

    with suppress(ConflictError):
        publisher(table, Writer(Meddler(client, overtake), NAME)).publish(B, "wording", seen)  # type: ignore[arg-type] # it implements what is called
    assert seen_by_a_new_reader(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.usefixtures("whole")
def test_verify_names_a_lost_pointer(
    client: "DynamoDBClient",
    table: Table,
) -> None:
    spoil(client, POINTER_KEY, lost)
    assert dict(verify(table)) == {
        A.edition: None,
        B.edition: None,
        "CURRENT": "the pointer is lost or was altered: publishing repairs it",
    }
