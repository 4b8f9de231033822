"""Each test of this tier runs against two DynamoDBs of different making: moto in process, dynalite on loopback."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from devserver.ports import free_port
from tests.conftest import NAME, ROOT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# One session for all tests: it reads botocore's description of DynamoDB once.
SESSION = boto3.Session(region_name="eu-central-1")
DYNALITE = ROOT / ".venv" / "node" / "node_modules" / "dynalite" / "cli.js"


@pytest.fixture(scope="session")
def dynalite() -> Iterator[str]:
    """The address of a dynalite on a free loopback port."""
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


@pytest.fixture(params=["moto", "dynalite"])
def client(
    request: pytest.FixtureRequest,
    environment: None,  # noqa: ARG001 - for its effect
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator["DynamoDBClient"]:
    monkeypatch.setenv("CONTENT_TABLE", NAME)
    if request.param == "moto":
        with mock_aws():
            yield SESSION.client("dynamodb")
    else:
        client = SESSION.client("dynamodb", endpoint_url=request.getfixturevalue("dynalite"))
        yield client
        for name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)
        client.close()
