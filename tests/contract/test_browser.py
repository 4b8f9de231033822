"""A page at another origin reads every kind of answer with `fetch`, its `ETag` and `Link` included."""

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
    """The address of the API, on the two surfaces that a browser can reach."""
    return str(request.getfixturevalue(request.param))


def fetched(page: Page, url: str, **options: Any) -> dict[str, Any]:
    result = page.evaluate(FETCH, [url, options])
    assert isinstance(result, dict)
    return result


def test_a_page_of_another_site_reads_a_200_its_tag_and_its_links(page: Page, api: str) -> None:
    reply = fetched(page, f"{api}/v1/concerns", cache="no-store")
    assert reply["status"] == 200
    assert reply["etag"].startswith('"')
    assert 'rel="describedby"' in reply["link"]
    assert '"id":"cellulite"' in reply["body"]


def test_a_page_of_another_site_revalidates_by_itself_and_reads_the_304(page: Page, api: str) -> None:
    first = fetched(page, f"{api}/v1/concerns", cache="no-store")
    again = fetched(page, f"{api}/v1/concerns", cache="no-store", headers={"If-None-Match": first["etag"]})
    assert (again["status"], again["etag"], again["body"]) == (304, first["etag"], "")


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/v1/concerns/celulite", "GET", 404, "did_you_mean"),
        ("/v1/nothing", "GET", 404, "There is nothing at this path."),
        ("/v1/risks?seriousness=deadly", "GET", 400, "allowed"),
        ("/v1/risks", "POST", 405, "read only"),
    ],
)
def test_a_page_of_another_site_reads_errors(  # noqa: PLR0913, PLR0917 - the columns of a table
    page: Page, api: str, path: str, method: str, status: int, said: str
) -> None:
    reply = fetched(page, f"{api}{path}", method=method)
    assert reply["status"] == status
    assert said in reply["body"]


def test_a_page_may_send_any_header(page: Page, api: str) -> None:
    added = ("X-Requested-With", "traceparent", "baggage", "sentry-trace", "Cache-Control", "X-Of-Tomorrow")
    reply = fetched(page, f"{api}/v1/concerns", cache="no-store", headers=dict.fromkeys(added, "0"))
    assert reply["status"] == 200
