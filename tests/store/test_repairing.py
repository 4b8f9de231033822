"""Publishing the content of a damaged edition repairs it; other commands work despite the damage."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.content.items import MANIFEST_SORT_KEY, POINTER_KEY, edition_partition, language_partition
from chalicelib.content.table import CorruptEditionError, Table
from chalicelib.documents.bundle import BUNDLE_PATH
from editorial.publishing import read_pointer, verify
from editorial.writer import ConflictError, Writer
from tests.conftest import NAME
from tests.store.test_publishing import (
    A,
    B,
    C,
    Interrupted,
    intercepting_writer,
    interrupt_at,
    load_current,
    log_of,
    problems,
    publish,
    publisher,
    roll_back,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Items = dict[tuple[str, str], Any]
Damage = Callable[[dict[str, Any]], dict[str, Any] | None]

ITEM = (language_partition(B.edition, "en"), "CONCERN#000001#concern-1")
MANIFEST_KEY = (edition_partition(B.edition), MANIFEST_SORT_KEY)


def all_items(client: "DynamoDBClient") -> Items:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in client.scan(TableName=NAME)["Items"]}


def change_item(client: "DynamoDBClient", key: tuple[str, str], change: Damage) -> None:
    """Change or delete the item whose sort key starts with that of `key`: a change log's ends with a digest."""
    (partition, sort_key), item = next(
        found for found in all_items(client).items() if found[0][0] == key[0] and found[0][1].startswith(key[1])
    )
    changed = change(dict(item))
    client.delete_item(TableName=NAME, Key={"pk": {"S": partition}, "sk": {"S": sort_key}})
    if changed:
        client.put_item(TableName=NAME, Item=changed)


def replace(old: str, new: str) -> Damage:
    def change(item: dict[str, Any]) -> dict[str, Any]:
        assert old in item["document"]["S"]
        return item | {"document": {"S": item["document"]["S"].replace(old, new)}}

    return change


def with_document(document: str) -> Damage:
    return lambda item: item | {"document": {"S": document}}


def delete(_: dict[str, Any]) -> None:
    return None


LOG = (ITEM[0], "CHANGES")
DAMAGES = {
    "item lost": (ITEM, delete),
    "item altered": (ITEM, replace("limited", "Limited")),
    "item not understood": (ITEM, with_document("{")),
    "item moved": (ITEM, lambda item: item | {"sk": {"S": "CONCERN#000070#concern-1"}}),
    "log lost": (LOG, delete),
    "log altered": (LOG, with_document("[]")),
    "pointer names another content": (POINTER_KEY, replace(B.digests["en"], A.digests["en"])),
    "pointer names another edition": (POINTER_KEY, replace(B.edition, B.edition[:16])),
    "pointer not understood": (POINTER_KEY, with_document("{}")),
    "pointer without a document": (POINTER_KEY, lambda item: {"pk": item["pk"], "sk": item["sk"]}),
    "pointer spaced out": (POINTER_KEY, lambda item: item | {"document": {"S": item["document"]["S"] + " "}}),
    "pointer lost": (POINTER_KEY, delete),
    "pointer pruned": (POINTER_KEY, replace('{"manifest":{', '{"manifest":{"pruned_at":"2026-11-23T00:00:00Z",')),
    "pointer without a time zone": (POINTER_KEY, replace('Z","by"', '","by"')),
}


@pytest.fixture
def intact(client: "DynamoDBClient", table: Table, writer: Writer) -> Items:
    """All items of the table, after A and B were published."""
    publish(table, writer, A)
    publish(table, writer, B)
    return all_items(client)


def moves(items: Items) -> Items:
    return {key: item for key, item in items.items() if key[0] in {"CURRENT", "HISTORY"}}


@pytest.mark.parametrize("name", DAMAGES)
def test_publishing_repairs_its_edition(
    client: "DynamoDBClient", table: Table, writer: Writer, intact: Items, name: str
) -> None:
    manifest = table.pointer().manifest
    change_item(client, *DAMAGES[name])
    assert problems(table)
    result = publish(table, writer, B, "repair it")
    if name == "pointer names another edition":
        # That counts as another edition: the intact one is made current again, and its change log says so.
        assert result.status == "rolled-back"
        assert log_of(table)[-1].action == "roll-back"
    else:
        assert result.status == "repaired"
        assert table.pointer().manifest == manifest
        repaired = all_items(client)
        assert {key: repaired[key] for key in repaired.keys() - moves(repaired).keys()} == {
            key: intact[key] for key in intact.keys() - moves(intact).keys()
        }
    assert load_current(table) == (B.edition, {"b"})
    assert problems(table) == {}
    assert publish(table, writer, B).status == "unchanged"


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.usefixtures("intact")
def test_other_content_replaces_damage(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    change_item(client, *DAMAGES[name])
    assert publish(table, writer, C).status == "published"
    assert load_current(table) == (C.edition, {"c"})
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
@pytest.mark.usefixtures("intact")
def test_the_log_continues_after_damage(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
    log: list[str],
) -> None:
    change_item(client, *DAMAGES[name])
    result = publish(table, writer, C)
    assert result.log_restarted == (len(log) == 1)
    changes = table.edition_content(table.pointer().manifest, "en").changes
    assert [change.edition for change in changes] == log
    # Without the damaged edition's entities there is nothing to compare: clients fetch everything.
    assert (changes[-1].paths == (BUNDLE_PATH,)) == (name != "pointer not understood")


@pytest.mark.usefixtures("intact")
def test_a_repair_without_any_log_begins_one(client: "DynamoDBClient", table: Table, writer: Writer) -> None:
    """Neither the edition's nor its predecessor's can be read."""
    change_item(client, LOG, delete)
    change_item(client, (edition_partition(A.edition), MANIFEST_SORT_KEY), delete)
    result = publish(table, writer, B)
    assert (result.status, result.log_restarted) == ("repaired", True)
    assert [change.edition for change in log_of(table)] == [B.edition]


@pytest.mark.parametrize("name", ["item lost", "item altered", "log lost"])
@pytest.mark.usefixtures("intact")
def test_old_damage_is_published_anew(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    publish(table, writer, C)
    change_item(client, *DAMAGES[name])
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer)
    assert publish(table, writer, B).status == "published"
    assert load_current(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.parametrize("change", [delete, with_document("{"), replace(B.edition, A.edition)])
def test_a_damaged_manifest_is_rewritten(
    client: "DynamoDBClient", table: Table, writer: Writer, intact: Items, change: Damage
) -> None:
    change_item(client, MANIFEST_KEY, change)
    assert list(problems(table)) == [B.edition]
    assert publish(table, writer, B).status == "unchanged"
    assert all_items(client) == intact


@pytest.mark.parametrize("name", ["item altered", "pointer names another content", "pointer not understood"])
@pytest.mark.usefixtures("intact")
def test_rolls_back_from_damage(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    name: str,
) -> None:
    change_item(client, *DAMAGES[name])
    assert roll_back(table, writer, A.edition).status == "rolled-back"
    assert load_current(table) == (A.edition, {"a"})


@pytest.mark.usefixtures("intact")
def test_damage_is_not_unchanged(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
) -> None:
    change_item(client, *DAMAGES["item altered"])
    with pytest.raises(CorruptEditionError):
        roll_back(table, writer, B.edition)


@pytest.mark.parametrize("position", range(6))
@pytest.mark.usefixtures("intact")
def test_an_interrupted_repair_is_finished(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    position: int,
) -> None:
    change_item(client, *DAMAGES["item altered"])
    with suppress(Interrupted):
        publish(table, intercepting_writer(client, interrupt_at(position, "before")), B)
    publish(table, writer, B)
    assert load_current(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.parametrize("position", range(5))
@pytest.mark.usefixtures("intact")
def test_two_editors_repair_at_once(
    client: "DynamoDBClient",
    table: Table,
    writer: Writer,
    position: int,
) -> None:
    change_item(client, *DAMAGES["item moved"])
    seen = read_pointer(table)
    count = iter(range(100))

    def overtake(name: str, arguments: dict[str, Any], method: Callable[..., Any]) -> Any:  # noqa: ARG001 - an interceptor's signature
        if next(count) == position:
            publisher(table, writer).publish(B, "safety", seen)
        return method(**arguments)

    with suppress(ConflictError):
        publisher(table, intercepting_writer(client, overtake)).publish(B, "wording", seen)
    assert load_current(table) == (B.edition, {"b"})
    assert problems(table) == {}


@pytest.mark.usefixtures("intact")
def test_verify_names_a_lost_pointer(
    client: "DynamoDBClient",
    table: Table,
) -> None:
    change_item(client, POINTER_KEY, delete)
    assert dict(verify(table)) == {
        A.edition: None,
        B.edition: None,
        "CURRENT": "the pointer is lost or was altered: publishing repairs it",
    }
