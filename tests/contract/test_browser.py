"""A page at another origin reads every kind of answer with `fetch`, its `ETag` and `Link` included."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
FETCH = """async ([url, options]) => {
    const reply = await fetch(url, options);
    const body = await reply.text();
    return {status: reply.status, etag: reply.headers.get("ETag"), link: reply.headers.get("Link"), body};
}"""


@pytest.fixture(scope="module")
def partner() -> Iterator[str]:
    """The address of a partner's page: another origin than the API's."""

    class Partner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Partner</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def page(partner: str) -> Iterator[Page]:
    """The partner's page in Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs chromium: .ci/run installs it")
        pytest.skip("chromium is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        opened = browser.new_page()
        opened.goto(partner)
        yield opened
        browser.close()


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
