"""The article as Markdown and the sources as CSV: who gets them, and with which headers."""

import pytest
from chalice.test import Client

from tests.http.test_replies import CORS, KEPT, LINK, SAFE

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MARKDOWN = "text/markdown; charset=utf-8"
HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8; header=present"


@pytest.fixture
def api(shared_api: Client) -> Client:
    """The shared app: these tests only read."""
    return shared_api


def document_headers(media_type: str, etag: str, vary: str) -> dict[str, str]:
    headers = {"Content-Type": media_type, "Content-Language": "en", "ETag": etag, "Cache-Control": KEPT}
    return {**headers, "Vary": vary, "Link": LINK, **SAFE, **CORS}


@pytest.mark.parametrize("path", ["/", "/v1/article"])
def test_markdown_is_served_whole(api: Client, path: str) -> None:
    response = api.http.get(path, headers={"Accept": "text/markdown"})
    etag = response.headers["ETag"]
    assert response.headers == document_headers(MARKDOWN, etag, "Accept, Accept-Language")
    assert response.body == api.http.get("/v1/article?lang=en", headers={"Accept": "text/markdown"}).body
    again = api.http.get(path, headers={"Accept": "text/markdown", "If-None-Match": etag})
    assert (again.status_code, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("path", "accept", "chosen"),
    [
        ("/", "", HTML),
        ("/", "*/*", HTML),
        ("/", BROWSER, HTML),
        ("/", "text/markdown, text/html;q=0.9", MARKDOWN),
        ("/", "text/html, text/markdown", HTML),
        ("/v1/article", BROWSER, "application/json"),
        ("/v1/article", "text/markdown, text/html, */*;q=0.1", MARKDOWN),
        ("/v1/article", "text/markdown;variant=GFM", MARKDOWN),
        ("/v1/article", "text/*", MARKDOWN),
        ("/v1/sources.csv", BROWSER, CSV),
        ("/v1/sources.csv", "text/csv", CSV),
    ],
)
def test_accept_selects_the_type(api: Client, path: str, accept: str, chosen: str) -> None:
    response = api.http.get(path, headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (200, chosen)


@pytest.mark.parametrize(
    ("path", "accept", "rest"),
    [
        ("/", "application/json", {"available": ["text/html", "text/markdown"]}),
        (
            "/v1/article",
            "text/html",
            {"available": ["application/json", "application/ld+json", "text/markdown"], "page": "/"},
        ),
        ("/v1/sources.csv", "application/json", {"available": ["text/csv"]}),
        ("/v1/sources.csv", "text/html", {"available": ["text/csv"], "page": "/"}),
        ("/v1/problems", "text/html", {"available": ["application/json"], "page": "/"}),
        ("/embed/overview", "text/markdown", {"available": ["text/html"]}),
    ],
)
def test_a_406_names_what_there_is(api: Client, path: str, accept: str, rest: dict[str, object]) -> None:
    response = api.http.get(path, headers={"Accept": accept})
    assert response.json_body == {
        "type": "/v1/problems#not-acceptable",
        "title": "No acceptable media type",
        "status": 406,
        "detail": "This URL is not available in any type that Accept names.",
        **rest,
    }


def test_csv_takes_what_the_list_takes(api: Client) -> None:
    response = api.http.get("/v1/sources.csv?about=safety&lang=en")
    expected = document_headers(CSV, response.headers["ETag"], "")
    assert response.headers == {name: value for name, value in expected.items() if value}
    edition = api.http.get("/v1/sources").json_body["meta"]["edition"]
    assert api.http.get(f"/v1/sources.csv?about=safety&edition={edition}").body == response.body
    for wrong in ("about=nothing", "lang=xx", "edition=x", "year=2020"):
        problem = api.http.get(f"/v1/sources?{wrong}").json_body
        assert api.http.get(f"/v1/sources.csv?{wrong}").json_body == problem
