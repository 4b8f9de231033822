"""A page of another origin can read every kind of response with `fetch`, with `ETag` and `Link`."""

from typing import Any

import pytest
from playwright.sync_api import Page

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
