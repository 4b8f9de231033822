"""What the packaged function asks of the table, counted at the table."""

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
    """A front before the DynamoDB that counts."""
    front = Counting(dynamodb)
    yield front
    front.close()


def function(package: Path, counting: Counting, refresh: str) -> Function:
    environment = {
        "CONTENT_TABLE": NAME,
        "AWS_ENDPOINT_URL": counting.address,
        "CONTENT_REFRESH_SECONDS": refresh,
    }
    return Function(package / "code", environment)


def test_a_cold_instance_asks_twice_while_it_is_initialised_and_a_warm_one_never(
    package: Path, counting: Counting
) -> None:
    instance = function(package, counting, "3600")
    instance.wait()
    assert dict(counting.requests) == {"GetItem": 1, "Query": 1}
    for _ in range(50):
        for its in (event(), event("cellulite"), event("celulite")):
            instance(its)
    instance.close()
    assert dict(counting.requests) == {"GetItem": 1, "Query": 1}


def test_a_refresh_asks_once(package: Path, counting: Counting) -> None:
    instance = function(package, counting, "1")
    instance.wait()
    counting.requests.clear()
    for refresh in (1, 2):
        time.sleep(1.1)
        for _ in range(20):
            instance(event())
        assert dict(counting.requests) == {"GetItem": refresh}
    instance.close()
