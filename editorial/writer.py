"""Writing the table; the only module that does. What is written when, and why, is `publishing.py`'s business."""

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

BATCH = 25  # items: the most that BatchWriteItem takes
ATTEMPTS = 8  # at one batch, each after a longer pause
FIRST_PAUSE = 0.05  # seconds; doubled each time, and shortened at random so that two editors do not keep step

# An editor can wait: throttled and failed calls are tried again by botocore, with jitter.
WRITE_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS})
# By default botocore looks every 20 seconds, and a new table is there sooner.
CREATION: "WaiterConfigTypeDef" = {"Delay": 1, "MaxAttempts": 300}

Progress = Callable[[int], None]


class WriteError(Exception):
    """The table could not be written; the message says what was and what was not."""


class ConflictError(WriteError):
    """Somebody else moved the pointer first; nothing was overwritten."""


class Writer:
    """The content table, for writing."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def create(self) -> bool:
        """Create the table, and wait until it is there; raise `WriteError` if it exists.

        Give whether it keeps backups of every moment, which DynamoDB does and its stand-ins do not.
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
        """Write items, 25 at a time; `progress` is told how many were written since it was last told."""
        self._batches([_put(partition, item) for item in items], f"items of {partition}", "written", progress)

    def delete_items(self, partition: str, keys: Sequence[str], progress: Progress) -> None:
        """Delete items by their sort keys, 25 at a time."""
        requests = [{"DeleteRequest": {"Key": _key(partition, key)}} for key in keys]
        self._batches(requests, f"items of {partition}", "deleted", progress)

    def put_manifest(self, manifest: Manifest) -> None:
        """Write an edition's manifest."""
        self._put(edition_partition(manifest.edition), MANIFEST_SORT_KEY, text(manifest))

    def put_history(self, move: PointerMove) -> None:
        """Write the line of a move, which names itself: written again, it is the same line."""
        self._put(HISTORY_PARTITION, history_sort_key(move), text(move))

    def move_pointer(self, pointer: Pointer, seen: str) -> None:
        """Move the pointer in one conditional write; raise `ConflictError` unless it is still stored as it was seen.

        `seen` is its document, which holds the time of its move, so no two are alike; empty where there is none.
        """
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(document)"}
        if seen:
            condition = {
                "ConditionExpression": "document = :seen",
                "ExpressionAttributeValues": {":seen": {"S": seen}},
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

    def _batches(self, requests: Sequence[dict[str, Any]], what: str, done: str, progress: Progress) -> None:
        finished = 0
        for batch in _batched(requests, BATCH):
            left: list[Any] = list(batch)
            for attempt in range(ATTEMPTS):
                if attempt:
                    self._sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))  # noqa: S311 - jitter, not a secret
                before, left = len(left), self._batch(left, f"{finished} of {len(requests)} {what} were {done}")
                finished += before - len(left)
                progress(before - len(left))
                if not left:
                    break
            if left:
                raise WriteError(
                    f"DynamoDB left items unprocessed {ATTEMPTS} times in a row:"
                    f" {finished} of {len(requests)} {what} were {done}. Run the command again to finish"
                )

    def _batch(self, requests: list[Any], so_far: str) -> list[Any]:
        try:
            reply = self._client.batch_write_item(RequestItems={self._name: requests})
        except (BotoCoreError, ClientError) as error:
            raise WriteError(f"table {self._name} refused to be written: {error}. {so_far}") from error
        return list(reply.get("UnprocessedItems", {}).get(self._name, []))


def _batched(requests: Iterable[dict[str, Any]], size: int) -> Iterable[tuple[dict[str, Any], ...]]:
    iterator = iter(requests)
    while batch := tuple(islice(iterator, size)):
        yield batch


def _key(partition: str, key: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": key}}


def _put(partition: str, item: TableItem) -> dict[str, Any]:
    return {"PutRequest": {"Item": {**_key(partition, item.key), "document": {"S": item.document}}}}


def text(document: msgspec.Struct) -> str:
    """Return a document as it is stored."""
    return msgspec.json.encode(document).decode()
