"""An edition that an older release published: refused with a reason, never served in part."""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from chalice.test import Client

from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from tests.conftest import PUBLISHED
from tests.http.test_replies import CORS, NOT_STORED, PROBLEM, full_reply
from tests.http.test_without_a_table import UNAVAILABLE
from tests.store.format_1 import MESSAGE, OLD, OLDER, point_to_old, put_old_editions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(autouse=True)
def refresh_on_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the pointer for every request."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")


@pytest.fixture
def old_table(client: "DynamoDBClient", table: Table) -> Table:
    """A table with two editions of the older format."""
    put_old_editions(client)
    return table


@pytest.fixture
def over_old(old_table: Table, writer: Writer, content: LoadedContent) -> Table:
    """The same table, after the content was published over them."""
    author = Author("The new format", "editor", PUBLISHED)
    Publisher(old_table, writer, author).publish(draft(content.languages), "evidence", read_pointer(old_table))
    return old_table


@pytest.mark.usefixtures("old_table")
def test_an_older_format_is_not_served(
    instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "mesotherapy-evidence")
    with caplog.at_level(logging.ERROR):
        http = Client(instance().app).http
    assert [(record.message, record.exc_info) for record in caplog.records] == [
        (f"refreshing the content failed 1 times in a row: {MESSAGE.format(OLD)}", None)
    ]
    for path in ("/v1", "/v1/concerns/cellulite", "/v1/health", "/embed/overview"):
        assert full_reply(http.get(path)) == (503, NOT_STORED | CORS | {"Retry-After": "1"}, UNAVAILABLE)


def test_the_loaded_edition_is_served_on(
    over_old: Table, client: "DynamoDBClient", instance: Callable[[], ModuleType], caplog: pytest.LogCaptureFixture
) -> None:
    http = Client(instance().app).http
    before = http.get("/v1/concerns/cellulite")
    edition = over_old.pointer().manifest.edition
    point_to_old(client)
    with caplog.at_level(logging.ERROR):
        after = http.get("/v1/concerns/cellulite")
    assert (after.status_code, after.headers, after.body) == (200, before.headers, before.body)
    assert caplog.records[0].message.endswith(MESSAGE.format(OLD))
    health = http.get("/v1/health")
    assert (health.status_code, health.json_body["data"]) == (
        200,
        {
            **health.json_body["data"],
            "status": "stale",
            "edition": edition,
            "last_refresh": {
                "at": health.json_body["data"]["last_refresh"]["at"],
                "worked": False,
                "problem": "OutdatedEditionError",
            },
        },
    )


@pytest.mark.usefixtures("over_old")
def test_a_pin_to_an_older_format_is_a_410(instance: Callable[[], ModuleType]) -> None:
    http = Client(instance().app).http
    for edition in (OLDER, OLD):
        assert full_reply(http.get(f"/v1/risks?edition={edition}")) == (
            410,
            PROBLEM | CORS,
            {
                "type": "/v1/problems#pruned-edition",
                "title": "Edition no longer kept",
                "status": 410,
                "detail": "That edition is not kept any more.",
                "edition": edition,
                "editions": "/v1/editions",
            },
        )
    assert http.get("/v1/health").json_body["data"]["status"] == "ok"


def test_the_change_log_begins_anew(over_old: Table, instance: Callable[[], ModuleType]) -> None:
    changes = Client(instance().app).http.get("/v1/editions").json_body["data"]
    evidence = {"code": "evidence", "label": "A change in what the article or research says"}
    assert [(change["edition"], change["kind"], change["note"]) for change in changes] == [
        (over_old.pointer().manifest.edition, evidence, "The new format"),
    ]
    assert changes[0]["paths"] == ["/v1/bundle"]  # what differs is not known: fetch everything again
