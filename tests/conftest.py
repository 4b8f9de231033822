"""What several tiers stand on: the shipped content, a table in this process, and the app as a new Lambda instance."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from chalice.test import Client

from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent, load
from editorial.publishing import Author, Publisher
from editorial.writer import Writer
from tests.support.dynamodb import FakeDynamoDB, served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
PUBLISHED = datetime(2026, 11, 22, tzinfo=UTC)
NAME = "content"
# One session for all clients of the fake: it reads botocore's descriptions once.
SESSION = boto3.Session(aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="eu-central-1")  # noqa: S106 - stand-ins take anything


@pytest.fixture(scope="session")
def content() -> LoadedContent:
    """The content that is shipped."""
    return load(ROOT / "content")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content's folder, to be spoilt."""
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS configuration but the one that tests give."""
    isolate(monkeypatch)


def isolate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the AWS configuration of whoever runs the tests, and name a region."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "CONTENT_TABLE"):
        monkeypatch.delenv(name, raising=False)
    # boto3 keeps a session for the process, which remembers the configuration of the test that made it.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.fixture
def client(environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:  # noqa: ARG001 - for its effect
    """A DynamoDB in this process, which the environment leads to; `CONTENT_TABLE` names a table not there yet."""
    fake = FakeDynamoDB()
    with served(fake) as address:
        lead_to(address, monkeypatch)
        yield cast("DynamoDBClient", fake)


def lead_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the app and the editor's command line find the content table at an address."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", SESSION)
    monkeypatch.setenv("CONTENT_TABLE", NAME)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)


@pytest.fixture
def table(client: "DynamoDBClient") -> Table:
    """An empty content table."""
    Writer(client, NAME).create()
    return Table(client, NAME)


@pytest.fixture
def writer(client: "DynamoDBClient", table: Table) -> Writer:  # noqa: ARG001 - the table must be there
    """The writer of the content table."""
    return Writer(client, NAME)


@pytest.fixture
def published(table: Table, writer: Writer, content: LoadedContent) -> Table:
    """The content table with the shipped content in it."""
    publish_first(table, writer, content)
    return table


def publish_first(table: Table, writer: Writer, content: LoadedContent) -> None:
    """Publish content into an empty table."""
    reason = Author("First edition", "editor", PUBLISHED)
    Publisher(table, writer, reason).publish(draft(content.languages), "evidence", None)


def new_instance() -> ModuleType:
    """Load `app.py` anew, as a new instance of the Lambda function does."""
    spec = importlib.util.spec_from_file_location("app", ROOT / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def instance() -> Callable[[], ModuleType]:
    """How to load the app anew."""
    return new_instance


@pytest.fixture
def api(published: Table, instance: Callable[[], ModuleType]) -> Client:  # noqa: ARG001 - the content must be there
    """The app, called as Lambda calls it, with the shipped content."""
    return Client(instance().app)


@pytest.fixture(scope="session")
def shared_api(content: LoadedContent) -> Iterator[Client]:
    """One app with the shipped content, for all tests that only read."""
    fake = FakeDynamoDB()
    client = cast("DynamoDBClient", fake)
    writer = Writer(client, NAME)
    writer.create()
    publish_first(Table(client, NAME), writer, content)
    with served(fake) as address:
        with pytest.MonkeyPatch.context() as monkeypatch:
            isolate(monkeypatch)
            lead_to(address, monkeypatch)
            monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "3600")
            shared = Client(new_instance().app)
            shared.http.get("/v1")
        yield shared
