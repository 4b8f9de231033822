"""A page of another origin can read every kind of response with `fetch`, with `ETag` and `Link`."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec import structs
from playwright.sync_api import Page

from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher
from editorial.writer import Writer
from operations.local_server import local_server
from tests.contract.conftest import CREDENTIALS, REGION, filled

CHANGING = "changing"  # the name of a table that a test publishes into
FETCH = """async ([url, options]) => {
    const reply = await fetch(url, options);
    const body = await reply.text();
    return {status: reply.status, etag: reply.headers.get("ETag"), link: reply.headers.get("Link"), body};
}"""


@pytest.fixture(params=["local", "cloud"])
def api(request: pytest.FixtureRequest) -> str:
    """The address of the API on each surface that a browser can reach."""
    return str(request.getfixturevalue(request.param))


def fetched(page: Page, url: str, **options: Any) -> dict[str, Any]:
    result = page.evaluate(FETCH, [url, options])
    assert isinstance(result, dict)
    return result


def test_another_origin_reads_etag_and_link(page: Page, api: str) -> None:
    reply = fetched(page, f"{api}/v1/concerns", cache="no-store")
    assert reply["status"] == 200
    assert reply["etag"].startswith('"')
    assert 'rel="describedby"' in reply["link"]
    assert '"id":"cellulite"' in reply["body"]


def test_another_origin_reads_a_304(page: Page, api: str) -> None:
    first = fetched(page, f"{api}/v1/concerns", cache="no-store")
    again = fetched(page, f"{api}/v1/concerns", cache="no-store", headers={"If-None-Match": first["etag"]})
    assert (again["status"], again["etag"], again["body"]) == (304, first["etag"], "")


@pytest.mark.parametrize(
    ("path", "method", "status", "text"),
    [
        ("/v1/concerns/celulite", "GET", 404, "did_you_mean"),
        ("/v1/nothing", "GET", 404, "There is nothing at this path."),
        ("/v1/risks?seriousness=deadly", "GET", 400, "allowed"),
        ("/v1/risks", "POST", 405, "read only"),
    ],
)
def test_another_origin_reads_errors(  # noqa: PLR0913, PLR0917 - the columns of a table
    page: Page, api: str, path: str, method: str, status: int, text: str
) -> None:
    reply = fetched(page, f"{api}{path}", method=method)
    assert reply["status"] == status
    assert text in reply["body"]


def test_another_origin_may_send_any_header(page: Page, api: str) -> None:
    added = ("X-Requested-With", "traceparent", "baggage", "sentry-trace", "Cache-Control", "X-Of-Tomorrow")
    reply = fetched(page, f"{api}/v1/concerns", cache="no-store", headers=dict.fromkeys(added, "0"))
    assert reply["status"] == 200


@pytest.fixture
def changing(dynamodb: str, content: LoadedContent, tmp_path: Path) -> Iterator[str]:
    """The address of a `chalice local` over a table of its own, read each second (`staging` would set 5)."""
    filled(dynamodb, CHANGING, content)
    environment = {"CONTENT_TABLE": CHANGING, "AWS_ENDPOINT_URL": dynamodb, "CONTENT_REFRESH_SECONDS": "1"}
    with (
        (tmp_path / "log").open("w") as log,
        local_server("--no-autoreload", "--stage", "production", log=log, **CREDENTIALS, **environment) as address,
    ):
        yield address


def publish(dynamodb: str, content: LoadedContent) -> str:
    """Publish content as the next edition, and return its name."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb,
        region_name=REGION,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106 - moto takes anything
    )
    table = Table(client, CHANGING)
    publisher = Publisher(table, Writer(client, CHANGING), Author("A correction", "editor", datetime.now(UTC)))
    return publisher.publish(draft(content.languages), "safety", table.pointer()).pointer.manifest.edition


def test_browsers_show_a_correction(page: Page, changing: str, dynamodb: str, content: LoadedContent) -> None:
    """Two seconds are the server's refresh of one and some time to load. Chrome's cache adds nothing to it."""
    url = f"{changing}/v1/concerns"
    before = fetched(page, url)["body"]
    english = content.languages["en"]
    article = structs.replace(english[0], disclaimer="This is a correction.")  # type: ignore[call-arg]
    edition = publish(dynamodb, LoadedContent({"en": (article, *english[1:])}))
    time.sleep(2)
    after = fetched(page, url)["body"]
    assert edition not in before
    assert edition in after
    assert "This is a correction." in after
