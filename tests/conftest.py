"""Fixtures of several tiers: the shipped content, a table in this process, and the app as a new Lambda instance."""

import copy
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.loaders import JSONFileLoader, Loader
from chalice.test import Client

from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent, load
from editorial.publishing import Author, Publisher
from editorial.writer import Writer
from tests.support.dynamodb import FakeDynamoDB, Tables, served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
PUBLISHED = datetime(2026, 11, 22, tzinfo=UTC)
NAME = "content"
# One session for all clients of the fake, so that botocore's descriptions are read once.
SESSION = boto3.Session(aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="eu-central-1")  # noqa: S106 - stand-ins take anything


@pytest.fixture(scope="session", autouse=True)
def botocore_files() -> Iterator[None]:
    """Botocore's descriptions of services, read once for all sessions: each session would read them again."""
    read, list_services = JSONFileLoader.load_file, Loader.list_available_services

    @cache
    def read_once(path: str) -> Any:
        return read(JSONFileLoader(), path)

    @cache
    def list_once(paths: tuple[str, ...], kind: str) -> list[str]:
        services: list[str] = list_services(Loader(list(paths), include_default_search_paths=False), kind)
        return services

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: read_once(path))
        monkeypatch.setattr(
            Loader, "list_available_services", lambda self, type_name: list_once(tuple(self.search_paths), type_name)
        )
        yield


@pytest.fixture(scope="session")
def content() -> LoadedContent:
    """The shipped content."""
    return load(ROOT / "content")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content folder, for tests to change."""
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the AWS configuration of the tests."""
    isolate(monkeypatch)


def isolate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's AWS configuration, and set a region and dummy credentials."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "CONTENT_TABLE"):
        monkeypatch.delenv(name, raising=False)
    # boto3's default session would keep the configuration of the first test that uses it.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.fixture(scope="session")
def dynamodb_of_all_tests() -> Iterator[FakeDynamoDB]:
    """One served DynamoDB, because starting and stopping a server for each test takes seconds; see `client`."""
    fake = FakeDynamoDB()
    with served(fake):
        yield fake


@pytest.fixture
def client(
    environment: None,  # noqa: ARG001 - for its effect
    monkeypatch: pytest.MonkeyPatch,
    dynamodb_of_all_tests: FakeDynamoDB,
) -> "DynamoDBClient":
    """A DynamoDB in this process, set in the environment; the table of `CONTENT_TABLE` does not exist yet."""
    fake = dynamodb_of_all_tests
    fake.tables.clear()
    point_to(fake.meta.endpoint_url, monkeypatch)
    return cast("DynamoDBClient", fake)


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment so that the app and the command line use the DynamoDB at this address."""
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
def published(client: "DynamoDBClient", table: Table, first_edition: Tables) -> Table:
    """The content table with the shipped content."""
    restore(client, first_edition)
    return table


@pytest.fixture(scope="session")
def first_edition(content: LoadedContent) -> Tables:
    """A content table with the shipped content, published once, to be restored from."""
    fake = FakeDynamoDB()
    client = cast("DynamoDBClient", fake)
    writer = Writer(client, NAME)
    writer.create()
    publish_first(Table(client, NAME), writer, content)
    return fake.tables


def publish_first(table: Table, writer: Writer, content: LoadedContent) -> None:
    """Publish content into an empty table."""
    Publisher(table, writer, Author("First edition", "editor", PUBLISHED)).publish(
        draft(content.languages), "evidence", None
    )


def restore(client: "DynamoDBClient", tables: Tables) -> None:
    """Make these tables those of the fake."""
    cast("FakeDynamoDB", client).tables = copy.deepcopy(tables)


def new_instance() -> ModuleType:
    """Return `app.py` loaded anew, as in a new Lambda instance."""
    spec = importlib.util.spec_from_file_location("app", ROOT / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def instance() -> Callable[[], ModuleType]:
    """A function that loads the app anew."""
    return new_instance


@pytest.fixture
def api(published: Table, instance: Callable[[], ModuleType]) -> Client:  # noqa: ARG001 - the content must be there
    """A client of the app with the shipped content, calling it as Lambda does."""
    return Client(instance().app)


@pytest.fixture(scope="session")
def shared_api(first_edition: Tables) -> Iterator[Client]:
    """A client of one app with the shipped content, shared by all tests that only read."""
    fake = FakeDynamoDB()
    fake.tables = first_edition
    with served(fake) as address:
        with pytest.MonkeyPatch.context() as monkeypatch:
            isolate(monkeypatch)
            point_to(address, monkeypatch)
            monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "3600")
            shared = Client(new_instance().app)
            shared.http.get("/v1")
        yield shared
