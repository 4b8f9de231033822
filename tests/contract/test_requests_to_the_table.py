"""How often the packaged function reads the table."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.events import event
from bench.table import Counting
from chalicelib.content.table import Table
from tests.conftest import NAME
from tests.support.lambda_runtime import Function


@pytest.fixture
def counting(dynamodb: str, table: Table) -> Iterator[Counting]:  # noqa: ARG001 - the content must be there
    """A proxy in front of DynamoDB that counts requests."""
    proxy = Counting(dynamodb)
    yield proxy
    proxy.close()


def function(package: Path, counting: Counting, refresh: str) -> Function:
    environment = {
        "CONTENT_TABLE": NAME,
        "AWS_ENDPOINT_URL": counting.address,
        "CONTENT_REFRESH_SECONDS": refresh,
    }
    return Function(package / "code", environment)


def test_only_cold_starts_read_the_table(package: Path, counting: Counting) -> None:
    instance = function(package, counting, "3600")
    instance.wait()
    assert dict(counting.requests) == {"GetItem": 1, "Query": 1}
    for _ in range(50):
        for request in (event(), event("cellulite"), event("celulite")):
            instance(request)
    instance.close()
    assert dict(counting.requests) == {"GetItem": 1, "Query": 1}


def test_refresh_reads_once(package: Path, counting: Counting) -> None:
    instance = function(package, counting, "1")
    instance.wait()
    counting.requests.clear()
    for refresh in (1, 2):
        time.sleep(1.1)
        for _ in range(20):
            instance(event())
        assert dict(counting.requests) == {"GetItem": refresh}
    instance.close()
