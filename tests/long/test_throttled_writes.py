"""The editor's client tries throttled writes again, with pauses of some seconds in all."""

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse

from chalicelib.content.table import Table
from editorial.writer import WRITE_CONFIG, Writer
from tests.conftest import NAME
from tests.store.test_publishing import B, load_current, publish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_throttled_writes_are_retried(client: "DynamoDBClient", table: Table) -> None:
    botocore_client = boto3.client("dynamodb", endpoint_url=client.meta.endpoint_url, config=WRITE_CONFIG)
    throttled = iter(range(3))

    def throttle(request: AWSRequest, **_: object) -> AWSResponse | None:
        if next(throttled, None) is None:
            return None
        body = BytesIO(b'{"__type":"ThrottlingException","message":"Slow down"}')
        return AWSResponse(request.url, 400, {}, Body(body))

    botocore_client.meta.events.register("before-send.dynamodb.BatchWriteItem", throttle)
    publish(table, Writer(botocore_client, NAME), B)
    botocore_client.close()
    assert next(throttled, None) is None
    assert load_current(table) == (B.edition, {"b"})


class Body:
    """A response body in memory, with the method that botocore calls."""

    def __init__(self, data: BytesIO) -> None:
        self._data = data

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._data.read()
