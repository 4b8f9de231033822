"""The fake, moto and dynalite must answer alike to the requests of this project."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.content.items import language_partition
from chalicelib.content.table import Table, TableUnavailableError
from editorial.publishing import Author, Publisher, prunable, prune, read_pointer, verify
from editorial.writer import ConflictError, WriteError, Writer, text
from operations.ports import free_port
from tests.conftest import NAME, PUBLISHED, ROOT, SESSION
from tests.store.small import small
from tests.support.dynamodb import FakeDynamoDB, served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# moto intercepts only sessions made after its import.
MOTO = boto3.Session(region_name="eu-central-1")
DYNALITE = ROOT / ".venv" / "node" / "node_modules" / "dynalite" / "cli.js"
READ = ("get_item", "query")
WRITES = ("create_table", "put_item", "batch_write_item")


@pytest.fixture(scope="module")
def dynalite() -> Iterator[str]:
    """The URL of a dynalite on a free loopback port."""
    node = shutil.which("node")
    if node is None or not DYNALITE.exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs npm: `make setup` installs dynalite with it")
        pytest.skip("npm is not here, so `make setup` did not install dynalite")
    at_once = [option for name in ("create", "delete", "update") for option in (f"--{name}TableMs", "0")]
    command = [node, str(DYNALITE), "--host", "127.0.0.1", "--port", str(free_port()), *at_once]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address
            yield address.group()
        finally:
            process.kill()


@pytest.fixture(params=["fake", "fake, served", "moto", "dynalite"])
def client(request: pytest.FixtureRequest, environment: None) -> Iterator["DynamoDBClient | FakeDynamoDB"]:  # noqa: ARG001 - for its effect
    if request.param == "fake":
        yield FakeDynamoDB()
    elif request.param == "fake, served":
        with served(FakeDynamoDB()) as address:
            yield SESSION.client("dynamodb", endpoint_url=address)
    elif request.param == "moto":
        with mock_aws():
            yield MOTO.client("dynamodb")
    else:
        client = SESSION.client("dynamodb", endpoint_url=request.getfixturevalue("dynalite"))
        yield client
        for name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)
        client.close()


class Recorder:
    """A client that records each request of another client, with the parts of the response that must be alike."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.answers: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return self._recording(name, method) if name in {*READ, *WRITES} else method

    def get_paginator(self, operation: str) -> Any:
        paginate = self._client.get_paginator(operation).paginate
        joined = self._recording(operation, lambda **request: join(paginate(**request)))
        return SimpleNamespace(paginate=lambda **request: (joined(**request) for _ in range(1)))

    def _recording(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(**request: Any) -> Any:
            try:
                reply = method(**request)
            except ClientError as error:
                self.answers.append((name, error.response["Error"]["Code"]))
                raise
            parts = {part: reply[part] for part in ("Item", "Items", "UnprocessedItems") if part in reply}
            self.answers.append((name, parts))
            return reply

        return recorded


def join(pages: Any) -> dict[str, Any]:
    return {"Items": [item for page in pages for item in page["Items"]]}


def lifetime(client: Any) -> list[tuple[str, Any]]:
    """Return the responses to every kind of request that the editor and the API make, from the table's creation on."""
    recorder: Any = Recorder(client)
    table, writer = Table(recorder, NAME), Writer(recorder, NAME)
    publisher = Publisher(table, writer, Author("note", "editor", PUBLISHED))
    with pytest.raises(TableUnavailableError):
        table.pointer()
    with pytest.raises(TableUnavailableError):
        table.history()
    with pytest.raises(WriteError):
        writer.put_items("EDITION", small("a").items["en"], lambda _: None)
    writer.create()
    with pytest.raises(WriteError):
        writer.create()
    for draft in (small("a"), small("b", concerns=60), small("c"), small("a")):
        publisher.publish(draft, "evidence", read_pointer(table))
    publisher.roll_back(small("c").edition, seen := read_pointer(table))
    assert seen
    for stale in ("", text(seen)):
        with pytest.raises(ConflictError):
            writer.move_pointer(table.pointer(), stale)
    assert [prune(table, writer, manifest, PUBLISHED) for manifest in prunable(table, keep=1)]
    assert not any(problem for _, problem in verify(table))
    return list(recorder.answers)


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, Any]]:
    """The fake's answers."""
    return lifetime(FakeDynamoDB())


@pytest.mark.parametrize("client", ["fake, served", "moto", "dynalite"], indirect=True)
def test_all_answer_alike(client: "DynamoDBClient", expected: list[tuple[str, Any]]) -> None:
    assert lifetime(client) == expected
    assert {name for name, _ in expected} == {*READ, *WRITES}


@pytest.mark.parametrize("client", ["fake", "fake, served", "dynalite"], indirect=True)  # moto takes both
def test_all_reject_invalid_requests(client: "DynamoDBClient") -> None:
    Writer(client, NAME).create()
    put: Any = {"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": "s"}}}}
    requests = [{**put, "PutRequest": {"Item": {**put["PutRequest"]["Item"], "sk": {"S": str(n)}}}} for n in range(26)]
    with pytest.raises(ClientError, match="ValidationException"):
        client.batch_write_item(RequestItems={NAME: requests})
    with pytest.raises(ClientError, match="ValidationException"):
        client.put_item(
            TableName=NAME,
            Item=put["PutRequest"]["Item"],
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeValues={":unused": {"S": "x"}},
        )


def test_items_are_stored_and_deleted(client: "DynamoDBClient") -> None:
    Writer(client, NAME).create()
    item: Any = {"pk": {"S": "p"}, "sk": {"S": "s"}, "more": {"S": "é"}}
    key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
    client.put_item(TableName=NAME, Item=item)
    assert client.get_item(TableName=NAME, Key=key)["Item"] == item
    assert client.scan(TableName=NAME)["Items"] == [item]
    client.delete_item(TableName=NAME, Key=key)
    assert "Item" not in client.get_item(TableName=NAME, Key=key)
    client.delete_table(TableName=NAME)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.scan(TableName=NAME)


@pytest.mark.parametrize("client", ["dynalite"], indirect=True)  # moto takes some seconds for the same
def test_large_editions_are_read_in_pages(client: "DynamoDBClient") -> None:
    table, writer = Table(client, NAME), Writer(client, NAME)
    writer.create()
    # More than a page of 1 MB holds.
    large = small("x" * 1_000, concerns=400)
    Publisher(table, writer, Author("note", "editor", PUBLISHED)).publish(large, "evidence", None)
    manifest = table.pointer().manifest
    assert len(table.edition_content(manifest, "en").entities) == 403
    first_page = client.query(
        TableName=NAME,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": language_partition(manifest.edition, "en")}},
    )
    assert "LastEvaluatedKey" in first_page
