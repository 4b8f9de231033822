"""Write the content table. Only this module does; `publishing.py` decides what to write and when."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.content.editions import Manifest, Pointer, PointerMove
from chalicelib.content.items import (
    HISTORY_PARTITION,
    MANIFEST_SORT_KEY,
    POINTER_KEY,
    TableItem,
    edition_partition,
    history_sort_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WaiterConfigTypeDef

BATCH = 25  # items, the limit of BatchWriteItem
ATTEMPTS = 8  # per batch
FIRST_PAUSE = 0.05  # seconds; doubles with each attempt, with jitter so that two editors do not collide again

# Editors can wait, so botocore retries throttled and failed calls, with jitter.
WRITE_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS})
# By default botocore polls every 20 s; a new table is ready sooner.
CREATION: "WaiterConfigTypeDef" = {"Delay": 1, "MaxAttempts": 300}

Progress = Callable[[int], None]


class WriteError(Exception):
    """The table could not be written; the message says how much was."""


class ConflictError(WriteError):
    """Somebody else moved the pointer first; nothing was overwritten."""


class Writer:
    """Writes to the content table."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def create(self) -> bool:
        """Create the table, wait until it is ready, and return whether it has point-in-time recovery.

        Local stand-ins for DynamoDB do not support point-in-time recovery.

        Raises:
            WriteError: The table exists already, or could not be created.

        """
        try:
            self._client.create_table(
                TableName=self._name,
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                BillingMode="PAY_PER_REQUEST",
            )
            self._client.get_waiter("table_exists").wait(TableName=self._name, WaiterConfig=CREATION)
        except self._client.exceptions.ResourceInUseException as error:
            raise WriteError(f"table {self._name} exists already; nothing was changed") from error
        except (BotoCoreError, ClientError) as error:
            raise WriteError(f"table {self._name} could not be created: {error}") from error
        try:
            self._client.update_continuous_backups(
                TableName=self._name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        except (BotoCoreError, ClientError):
            return False
        return True

    def put_items(self, partition: str, items: Sequence[TableItem], progress: Progress) -> None:
        """Write items, 25 at a time; call `progress` with the number just written."""
        self._batches([_put(partition, item) for item in items], f"items of {partition}", "written", progress)

    def delete_items(self, partition: str, keys: Sequence[str]) -> None:
        """Delete items by their sort keys, 25 at a time."""
        requests = [{"DeleteRequest": {"Key": _key(partition, key)}} for key in keys]
        self._batches(requests, f"items of {partition}", "deleted", lambda _: None)

    def put_manifest(self, manifest: Manifest) -> None:
        """Write an edition's manifest."""
        self._put(edition_partition(manifest.edition), MANIFEST_SORT_KEY, text(manifest))

    def put_history(self, move: PointerMove) -> None:
        """Write a move to the history. Its key follows from the move, so writing it twice adds one line."""
        self._put(HISTORY_PARTITION, history_sort_key(move), text(move))

    def move_pointer(self, pointer: Pointer, expected: str) -> None:
        """Move the pointer, with one conditional write.

        Args:
            pointer: The new pointer.
            expected: The stored document of the old one; empty if there is none. No two are alike: each has a time.

        Raises:
            ConflictError: The stored document is not the expected one; nothing was overwritten.

        """
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(document)"}
        if expected:
            condition = {
                "ConditionExpression": "document = :expected",
                "ExpressionAttributeValues": {":expected": {"S": expected}},
            }
        try:
            self._put(*POINTER_KEY, text(pointer), condition)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError(
                "somebody else moved the pointer meanwhile; nothing was overwritten. Look at the diff again"
            ) from error

    def _put(
        self,
        partition: str,
        key: str,
        document: str,
        condition: dict[str, Any] | None = None,
    ) -> None:
        item = {**_key(partition, key), "document": {"S": document}}
        try:
            self._client.put_item(TableName=self._name, Item=item, **(condition or {}))
        except self._client.exceptions.ConditionalCheckFailedException:
            raise
        except (BotoCoreError, ClientError) as error:
            raise WriteError(f"{partition} {key} could not be written to table {self._name}: {error}") from error

    def _batches(self, requests: Sequence[dict[str, Any]], what: str, verb: str, progress: Progress) -> None:
        done = 0
        for batch in _batched(requests, BATCH):
            unprocessed: list[Any] = list(batch)
            for attempt in range(ATTEMPTS):
                if attempt:
                    self._sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))  # noqa: S311 - jitter, not a secret
                before = len(unprocessed)
                unprocessed = self._batch(unprocessed, f"{done} of {len(requests)} {what} were {verb}")
                done += before - len(unprocessed)
                progress(before - len(unprocessed))
                if not unprocessed:
                    break
            if unprocessed:
                raise WriteError(
                    f"DynamoDB left items unprocessed {ATTEMPTS} times in a row:"
                    f" {done} of {len(requests)} {what} were {verb}. Run the command again to finish"
                )

    def _batch(self, requests: list[Any], status: str) -> list[Any]:
        """Send one batch and return the requests that DynamoDB did not process."""
        try:
            response = self._client.batch_write_item(RequestItems={self._name: requests})
        except (BotoCoreError, ClientError) as error:
            raise WriteError(f"table {self._name} refused to be written: {error}. {status}") from error
        return list(response.get("UnprocessedItems", {}).get(self._name, []))


def _batched(requests: Iterable[dict[str, Any]], size: int) -> Iterable[tuple[dict[str, Any], ...]]:
    iterator = iter(requests)
    while batch := tuple(islice(iterator, size)):
        yield batch


def _key(partition: str, key: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": key}}


def _put(partition: str, item: TableItem) -> dict[str, Any]:
    return {"PutRequest": {"Item": {**_key(partition, item.key), "document": {"S": item.document}}}}


def text(document: msgspec.Struct) -> str:
    """Return the JSON text that is stored for a document."""
    return msgspec.json.encode(document).decode()
