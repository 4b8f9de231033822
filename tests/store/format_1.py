"""Two editions as the last release before content formats wrote them: `format_1.json` has all items of its table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.content.items import POINTER_KEY
from tests.conftest import NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OLDER, OLD = "dd9f8f22031633a92ad71733548ed616", "a9b6fca61bcedefc6ae4e2f2e3990902"  # OLD is current
MESSAGE = "edition {} has content format 1, and this release reads 2: publish the content again"
ITEMS: list[tuple[str, str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def put_old_editions(client: "DynamoDBClient") -> None:
    """Write both editions and their history into a table, and make OLD current."""
    put([(partition, key, document) for partition, key, document in ITEMS], client)


def point_to_old(client: "DynamoDBClient") -> None:
    """Make OLD current again, as the older release does."""
    put([item for item in ITEMS if tuple(item[:2]) == POINTER_KEY], client)


def put(items: list[tuple[str, str, Any]], client: "DynamoDBClient") -> None:
    for partition, key, document in items:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        item = {"pk": {"S": partition}, "sk": {"S": key}, "document": {"S": text}}
        client.put_item(TableName=NAME, Item=item)
