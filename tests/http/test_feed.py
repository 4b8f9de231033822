"""The feed of editions: what it says, and that it is Atom."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.content.editions import Edition
from chalicelib.content.model import Article
from chalicelib.content.table import Table
from chalicelib.documents.feed import feed, permanent_id
from chalicelib.documents.render import render_edition
from chalicelib.settings import APPLICATION
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from tests.conftest import PUBLISHED, ROOT
from tests.http.test_replies import META

HOST = {"Host": "evidence.example", "X-Forwarded-Proto": "https"}
SCHEMA = ROOT / "tests" / "support" / "atom.rnc"
NOTE = 'Scarring & "swelling" are <b>gone</b> ]]> — näsa'


@pytest.fixture(autouse=True)
def refresh_on_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the pointer for every request."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")


@pytest.fixture
def changed(published: Table, writer: Writer, content: LoadedContent) -> Table:
    """The content table after a change and its roll back."""
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    other = draft({"en": (structs.replace(article, disclaimer="Other."), *entities)})
    Publisher(published, writer, Author(NOTE, "editor", PUBLISHED)).publish(other, "safety", read_pointer(published))
    Publisher(published, writer, Author("It is back", "editor", PUBLISHED)).roll_back(None, read_pointer(published))
    return published


def read(api: Client, path: str = "/feed.xml") -> Any:
    """Return the feed as feedparser reads it."""
    reply = api.http.get(path, headers=HOST)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    parsed = feedparser.parse(reply.body, response_headers={"content-type": reply.headers["Content-Type"]})
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    return parsed


def test_feed_has_an_entry_per_change(api: Client, changed: Table) -> None:
    log = api.http.get("/v1/editions").json_body["data"]
    parsed = read(api)
    assert [entry.title for entry in parsed.entries] == [change["kind"]["label"] for change in log]
    assert [entry.content[0].value for entry in parsed.entries] == ["It is back", NOTE, "First edition"]
    assert {entry.content[0].type for entry in parsed.entries} == {"text/plain"}
    assert [entry.updated for entry in parsed.entries] == [change["published_at"] for change in log]
    assert [[tag.term for tag in entry.tags] for entry in parsed.entries] == [
        [change["kind"]["code"], change["action"]] for change in log
    ]
    assert {(entry.link, entry.links[1].href) for entry in parsed.entries} == {
        ("https://evidence.example/", "https://evidence.example/v1/editions")
    }
    assert parsed.feed.updated == log[0]["published_at"]
    assert changed.pointer().manifest.edition == log[0]["edition"]


def test_feed_says_what_it_is(api: Client, published: Table) -> None:  # noqa: ARG001 - the content must be there
    parsed = read(api)
    told = f"{META['attribution']} {META['disclaimer']}"
    assert (parsed.feed.title, parsed.feed.subtitle) == ("Mesotherapy Evidence API", told)
    assert {entry.rights for entry in parsed.entries} == {told}
    assert [(link.rel, link.href) for link in parsed.feed.links] == [
        ("self", "https://evidence.example/feed.xml"),
        ("alternate", "https://evidence.example/"),
    ]
    assert parsed.feed.language == "en"
    assert read(api, "/feed.xml?lang=en").feed.links[0].href == "https://evidence.example/feed.xml?lang=en"


def test_ids_never_change(api: Client, published: Table, writer: Writer, content: LoadedContent) -> None:
    before = read(api)
    edition = published.pointer().manifest.edition
    assert before.feed.id == "urn:uuid:debe419b-0bf5-5080-92df-856c076bc967"
    assert [entry.id for entry in before.entries] == [permanent_id(APPLICATION, "en", edition, "2026-11-22T00:00:00Z")]
    # If this fails, feed readers will show every entry again.
    assert permanent_id("name", "en", "edition", "time") == "urn:uuid:6eea09b1-ae2e-5fa3-abef-a73a5b148336"
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    renamed = draft({"en": (structs.replace(article, service_name="Other", question="Other?"), *entities)})
    Publisher(published, writer, Author("n", "editor", PUBLISHED)).publish(renamed, "wording", read_pointer(published))
    Publisher(published, writer, Author("n", "editor", PUBLISHED)).roll_back(None, read_pointer(published))
    after = read(api)
    assert after.feed.id == before.feed.id
    assert after.entries[-1].id == before.entries[-1].id
    assert len({entry.id for entry in after.entries}) == 3


def test_feed_is_conditional_and_pinnable(api: Client, changed: Table) -> None:
    reply = api.http.get("/feed.xml", headers=HOST)
    assert api.http.get("/feed.xml", headers={**HOST, "If-None-Match": reply.headers["ETag"]}).status_code == 304
    assert (reply.headers["Vary"], reply.headers["Content-Language"]) == ("Accept-Language", "en")
    first = changed.pointer().manifest.edition
    assert read(api, f"/feed.xml?edition={first}").feed.links[0].href.endswith(f"/feed.xml?edition={first}")
    assert api.http.get("/feed.xml?lang=fr").status_code == 400
    assert api.http.get("/feed.xml?kind=safety").status_code == 400
    assert api.http.get("/feed.xml", headers={"Accept": "text/html"}).status_code == 406


@pytest.mark.parametrize("host", ['"><script>', "näsa\x00\udcff", "<!--", "[::1]:8000"])
def test_no_host_breaks_the_feed(api: Client, published: Table, host: str) -> None:  # noqa: ARG001 - as above
    parsed = feedparser.parse(api.http.get("/feed.xml", headers={"Host": host}).body)
    assert (parsed.bozo, len(parsed.entries)) == (False, 1)


def test_no_note_breaks_the_feed(content: LoadedContent, published: Table) -> None:
    manifest = published.pointer().manifest
    stored = published.edition_content(manifest, "en")
    changes = (structs.replace(stored.changes[0], note="a\x00\x1b[1mb\ufffec"),)
    rendered = render_edition(Edition(manifest, "en", content.languages["en"], changes))
    parsed = feedparser.parse(feed(rendered, "name", "https://evidence.example", {}).body.encode())
    assert (parsed.bozo, parsed.entries[0].content[0].value) == (False, "a[1mbc")


def test_feed_matches_the_schema_of_the_rfc(api: Client, changed: Table, tmp_path: Path) -> None:  # noqa: ARG001 - as above
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs java: .ci/run installs it")
        pytest.skip("java is not here")
    jing = [Path(sys.executable).with_name("pyjing"), "-c", SCHEMA]
    body = api.http.get("/feed.xml", headers=HOST).body
    valid, broken = tmp_path / "feed.xml", tmp_path / "broken.xml"
    valid.write_bytes(body)
    broken.write_bytes(body.replace(b"<updated>", b"<updated>on ", 1))
    checked = subprocess.run([*jing, valid], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert subprocess.run([*jing, broken], capture_output=True, check=False).returncode == 1
