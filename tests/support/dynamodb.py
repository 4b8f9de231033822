# ruff: noqa: ARG002, N803 - the parameters are those of boto3's client
"""A DynamoDB in memory, with the requests that this project sends; `tests/store/test_conformance.py` checks it.

It has the methods of boto3's client. `served` serves it on a loopback port, for code that makes its own client.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.support.loopback import LoopbackHandler, LoopbackServer

BATCH = 25  # the most requests that BatchWriteItem takes
ERRORS = ("ConditionalCheckFailedException", "ResourceInUseException", "ResourceNotFoundException")
Item = dict[str, dict[str, str]]
Tables = dict[str, dict[tuple[str, str], Item]]


class FakeDynamoDB:
    """Tables of items with the keys `pk` and `sk`. It refuses unknown requests, and those that DynamoDB refuses."""

    exceptions = SimpleNamespace(**{name: type(name, (ClientError,), {}) for name in ERRORS})

    def __init__(self) -> None:
        self.tables: Tables = {}
        self.meta = SimpleNamespace(endpoint_url="")

    def create_table(self, TableName: str, **_: object) -> dict[str, Any]:
        if TableName in self.tables:
            raise self._error("ResourceInUseException", "CreateTable", f"Table already exists: {TableName}")
        self.tables[TableName] = {}
        return self.describe_table(TableName)

    def describe_table(self, TableName: str) -> dict[str, Any]:
        self._items(TableName, "DescribeTable")
        return {"Table": {"TableName": TableName, "TableStatus": "ACTIVE"}}

    def delete_table(self, TableName: str) -> dict[str, Any]:
        self._items(TableName, "DeleteTable")
        del self.tables[TableName]
        return {}

    def update_continuous_backups(self, TableName: str, **_: object) -> dict[str, Any]:
        self._items(TableName, "UpdateContinuousBackups")
        return {}

    def get_waiter(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(wait=lambda TableName, **_: self.describe_table(TableName))

    def get_item(self, TableName: str, Key: Item, *, ConsistentRead: bool = False) -> dict[str, Any]:
        item = self._items(TableName, "GetItem").get(_key(Key))
        return {"Item": dict(item)} if item else {}

    def put_item(
        self,
        TableName: str,
        Item: Item,
        ConditionExpression: str = "",
        ExpressionAttributeValues: Item | None = None,
    ) -> dict[str, Any]:
        items, values = self._items(TableName, "PutItem"), ExpressionAttributeValues or {}
        if values.keys() != set(re.findall(r":\w+", ConditionExpression)):
            raise self._error("ValidationException", "PutItem", "Values and the expression do not fit together")
        stored = items.get(_key(Item), {})
        for term in filter(None, ConditionExpression.split(" AND ")):
            missing, (name, _, value) = re.fullmatch(r"attribute_not_exists\((\w+)\)", term), term.partition(" = ")
            if missing[1] in stored if missing else stored.get(name) != values[value]:
                raise self._error("ConditionalCheckFailedException", "PutItem", "The conditional request failed")
        items[_key(Item)] = dict(Item)
        return {}

    def delete_item(self, TableName: str, Key: Item) -> dict[str, Any]:
        self._items(TableName, "DeleteItem").pop(_key(Key), None)
        return {}

    def batch_write_item(self, RequestItems: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        if sum(map(len, RequestItems.values())) > BATCH:
            raise self._error("ValidationException", "BatchWriteItem", "Too many items requested")
        for name, requests in RequestItems.items():
            items = self._items(name, "BatchWriteItem")
            for request in requests:
                if "PutRequest" in request:
                    items[_key(request["PutRequest"]["Item"])] = dict(request["PutRequest"]["Item"])
                else:
                    items.pop(_key(request["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {}}

    def scan(self, TableName: str) -> dict[str, Any]:
        return {"Items": [dict(item) for item in self._items(TableName, "Scan").values()]}

    def query(
        self,
        TableName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Item,
        ProjectionExpression: str = "",
        *,
        ConsistentRead: bool = False,
    ) -> dict[str, Any]:
        if KeyConditionExpression != "pk = :pk" or set(ExpressionAttributeValues) != {":pk"}:
            raise self._error("ValidationException", "Query", "Only whole partitions can be asked for")
        partition, names = ExpressionAttributeValues[":pk"]["S"], set(filter(None, ProjectionExpression.split(", ")))
        matches = [item for key, item in sorted(self._items(TableName, "Query").items()) if key[0] == partition]
        return {"Items": [{name: item[name] for name in item if not names or name in names} for item in matches]}

    def get_paginator(self, operation: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=lambda **request: iter([getattr(self, operation)(**request)]))

    def _items(self, table: str, operation: str) -> dict[tuple[str, str], Item]:
        if table not in self.tables:
            raise self._error("ResourceNotFoundException", operation, "Requested resource not found")
        return self.tables[table]

    def _error(self, code: str, operation: str, message: str) -> ClientError:
        kind = getattr(self.exceptions, code, ClientError)
        return kind({"Error": {"Code": code, "Message": message}}, operation)


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


@contextmanager
def served(fake: FakeDynamoDB) -> Iterator[str]:
    """Yield the loopback address at which the fake answers DynamoDB's JSON protocol."""

    class Handler(LoopbackHandler):
        def do_POST(self) -> None:
            request = json.loads(self.request_body())
            operation = re.sub("(?<!^)(?=[A-Z])", "_", self.headers["X-Amz-Target"].partition(".")[2]).lower()
            try:
                status, reply = 200, getattr(fake, operation)(**request)
            except ClientError as error:
                status, reply = 400, {"__type": error.response["Error"]["Code"], **error.response["Error"]}
            self.respond(status, json.dumps(reply).encode())

    with closing(LoopbackServer(Handler)) as server:
        fake.meta.endpoint_url = server.address
        yield server.address
