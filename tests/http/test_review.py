"""No clinician has reviewed the content, so nothing that the API sends says that somebody did.

The invented article in `tests/articles/sleep` has a clinical review: there, every statement of it names the clinician.
"""

import json
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import Client

from chalicelib.content.table import Table
from chalicelib.documents.lists import SERVED_LISTS
from editorial.loading import load
from editorial.writer import Writer
from tests.conftest import ROOT, publish_first

JSON_LD, CSL_JSON = "application/ld+json", "application/vnd.citationstyles.csl+json"
HOST = {"Host": "api.example"}
# What may be said: that nobody did, and in the API's description what the field means.
DENIED = re.compile(r"no (doctor|clinician)\s+has\s+reviewed|which clinician reviewed", re.IGNORECASE)
SLEEP_REVIEW = {"name": "Mira Example", "qualification": "Doctor of invented sleep medicine", "date": "2026-11-21"}
ON_PAGES = "Reviewed by Mira Example, Doctor of invented sleep medicine,"
IN_JSON_LD = {
    "lastReviewed": "2026-11-21",
    "reviewedBy": {
        "@type": "Person",
        "name": "Mira Example",
        "hasCredential": "Doctor of invented sleep medicine",
    },
}


def requests(api: Client) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every URL of the API, in each of its media types, with the headers of the request."""
    fixed = ("/", "/v1", "/v1/article", "/v1/editions", "/v1/bundle", "/v1/health", "/v1/openapi.json")
    yield from ((path, HOST) for path in (*fixed, "/questions", "/sources", "/embed.js", "/embed-1.js"))
    yield "/v1/article", {"Accept": JSON_LD}
    cards = ["overview"]
    for resource in SERVED_LISTS:
        filters: list[str] = []
        if resource.filter:
            filters = api.http.get(f"{resource.path}?{resource.filter}=?").json_body["allowed"]
        entities = api.http.get(resource.path).json_body["data"]
        paths = [resource.path, *(f"{resource.path}?{resource.filter}={value}" for value in filters)]
        paths += [f"{resource.path}/{entity['id']}" for entity in entities]
        yield from ((path, HOST) for path in paths)
        if resource.section == "sources":
            yield from ((path, {"Accept": CSL_JSON}) for path in paths)
        cards += [resource.name] * resource.has_list_card
        cards += [f"{entity['type']}/{entity['id']}" for entity in entities if resource.has_cards]
    for card in cards:
        yield f"/embed/{card}", HOST
        yield f"/v1/oembed?url={quote(f'https://api.example/embed/{card}', safe='')}", HOST


def replies(api: Client) -> Iterator[tuple[str, str, str]]:
    """Yield the URL, the media type and the body of every reply."""
    for path, headers in requests(api):
        response = api.http.get(path, headers=headers)
        assert response.status_code == 200, path
        yield path, response.headers["Content-Type"].partition(";")[0], response.body.decode()


def test_nothing_says_reviewed(shared_api: Client) -> None:
    bodies = {(path, media_type): body for path, media_type, body in replies(shared_api)}
    assert len({path for path, _ in bodies}) > 190
    assert {media_type for _, media_type in bodies} == {
        "application/json",
        JSON_LD,
        CSL_JSON,
        "text/html",
        "text/javascript",
    }
    assert [request for request, body in bodies.items() if "reviewed" in DENIED.sub("", body).lower()] == []
    pages = [body for (_, media_type), body in bodies.items() if media_type == "text/html"]
    assert all("No doctor has reviewed this page." in page for page in pages)


@pytest.fixture
def sleep_api(table: Table, writer: Writer, instance: Callable[[], ModuleType]) -> Client:
    """The app with the invented article."""
    publish_first(table, writer, load(ROOT / "tests" / "articles" / "sleep"))
    return Client(instance().app)


def linked_data(media_type: str, body: str) -> Any:
    """Return the JSON-LD of a reply or of a page, None if it has none."""
    if media_type == JSON_LD:
        return json.loads(body)
    script = re.search(r'<script type="application/ld\+json">(.+?)</script>', body)
    return json.loads(script[1]) if script else None


def test_a_review_names_its_clinician(sleep_api: Client) -> None:
    for path, media_type, body in replies(sleep_api):
        page = linked_data(media_type, body)
        if page is not None:
            assert IN_JSON_LD.items() <= page.items(), path
        if media_type == "text/html":
            assert ON_PAGES in body, path
            assert '<time datetime="2026-11-21">21 November 2026</time>' in body, path
        meta = json.loads(body).get("meta") if media_type == "application/json" else None
        if meta:
            assert meta["clinical_review"] == SLEEP_REVIEW, path
        if path != "/v1/openapi.json":
            said = re.sub(r'"lastReviewed":|"reviewedBy":', "", body).replace(ON_PAGES, "")
            assert "reviewed" not in said.lower(), path
