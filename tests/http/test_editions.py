"""Editions as users of the API see them: `/v1/editions`, pins and roll backs."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.content.model import Article, ChangeKindCode, Entity, Risk
from chalicelib.content.table import Table
from editorial.draft import EditionDraft, draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher, prune, read_pointer
from editorial.writer import Writer
from tests.conftest import PUBLISHED
from tests.http.test_replies import KEPT, full_reply

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Publish = Callable[[EditionDraft, ChangeKindCode, str], None]
LISTS = (
    "/v1/concerns",
    "/v1/benefits",
    "/v1/risks",
    "/v1/reported-harms",
    "/v1/decision-factors",
    "/v1/sources",
)
SAFETY = {"code": "safety", "label": "A change that matters for safety"}


@pytest.fixture(autouse=True)
def refresh_on_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the pointer for every request."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")


@pytest.fixture
def without_scarring(content: LoadedContent) -> EditionDraft:
    """A draft without one risk, and with another one renamed."""

    def rename_infection(entity: Entity) -> Entity:
        return (
            structs.replace(entity, name="Infections")
            if isinstance(entity, Risk) and entity.id == "infection"
            else entity
        )

    entities = content.languages["en"]
    kept = (entity for entity in entities if isinstance(entity, Article) or entity.id != "scarring")
    return draft({"en": tuple(rename_infection(entity) for entity in kept)})


@pytest.fixture
def publish(published: Table, writer: Writer) -> Publish:
    def publish_draft(edition_draft: EditionDraft, kind: ChangeKindCode, note: str) -> None:
        Publisher(published, writer, Author(note, "editor", PUBLISHED)).publish(
            edition_draft, kind, read_pointer(published)
        )

    return publish_draft


def all_replies(client: Client) -> dict[str, tuple[int, dict[str, str], Any]]:
    paths = [
        "/v1",
        "/v1/article",
        "/v1/editions",
        *LISTS,
        "/v1/risks?seriousness=rare-serious",
        "/v1/sources?about=general",
    ]
    for path in LISTS:
        paths += [f"{path}/{entity['id']}" for entity in client.http.get(path).json_body["data"]]
    return {path: full_reply(client.http.get(path)) for path in paths}


def test_a_roll_back_restores_every_reply(
    api: Client,
    published: Table,
    writer: Writer,
    publish: Publish,
    without_scarring: EditionDraft,
) -> None:
    """All but `/v1/editions`, which tells of the roll back."""
    before = all_replies(api)
    edition = published.pointer().manifest.edition
    publish(without_scarring, "safety", "Scarring is gone")
    meanwhile = all_replies(api)
    assert all(meanwhile[path] != before[path] for path in meanwhile)
    Publisher(published, writer, Author("It is back", "editor", PUBLISHED)).roll_back(None, read_pointer(published))
    after = all_replies(api)
    assert {path for path in before if after[path] != before[path]} == {"/v1/editions"}
    newest, taken_back, *_ = after["/v1/editions"][2]["data"]
    assert newest == {
        "edition": edition,
        "predecessor": without_scarring.edition,
        "action": "roll-back",
        "kind": {"code": "safety", "label": "A change that matters for safety"},
        "note": "It is back",
        "published_at": "2026-11-22T00:00:00.000002Z",
        "paths": newest["paths"],
        "digests": newest["digests"],
        "members": newest["members"],
    }
    assert set(newest["paths"]) == set(taken_back["paths"])
    assert "/v1/risks/scarring" in newest["digests"]


def test_editions_are_listed_newest_first(
    api: Client,
    published: Table,
    publish: Publish,
    without_scarring: EditionDraft,
) -> None:
    first = published.pointer().manifest.edition
    publish(without_scarring, "safety", "Scarring is gone")
    reply = api.http.get("/v1/editions").json_body
    newest, oldest = reply["data"]
    assert newest == {
        "edition": without_scarring.edition,
        "predecessor": first,
        "action": "publish",
        "kind": SAFETY,
        "note": "Scarring is gone",
        "published_at": "2026-11-22T00:00:00.000001Z",
        "paths": newest["paths"],
        "digests": newest["digests"],
        "members": newest["members"],
    }
    assert {"/v1/risks", "/v1/risks/infection", "/v1/risks/scarring"} <= set(newest["paths"])
    assert "/v1/risks/bleeding" not in newest["paths"]
    assert set(newest["paths"]) - set(newest["digests"]) == {"/v1/risks/scarring"}
    bundle = api.http.get("/v1/bundle").json_body["data"]
    assert newest["members"] == {it["path"]: it["members"] for it in bundle["lists"] if it["path"] == "/v1/risks"}
    digests = {resource["path"]: resource["digest"] for resource in (*bundle["resources"], *bundle["lists"])}
    named = digests.keys() & set(newest["digests"])
    assert {path: newest["digests"][path] for path in named} == {path: digests[path] for path in named}
    assert (oldest["note"], oldest["paths"], oldest["digests"]) == ("First edition", ["/v1/bundle"], {})
    assert reply["links"] == {"self": "/v1/editions", "feed": "/feed.xml", "service": "/v1"}


def test_the_log_is_asked_for_in_parts(
    api: Client, published: Table, writer: Writer, publish: Publish, without_scarring: EditionDraft
) -> None:
    first = published.pointer().manifest.edition

    def notes(query: str) -> list[str]:
        reply = api.http.get(f"/v1/editions?{query}")
        assert (reply.status_code, reply.json_body["links"]["self"]) == (200, f"/v1/editions?{query}")
        return [entry["note"] for entry in reply.json_body["data"]]

    assert notes(f"after={first}") == []
    publish(without_scarring, "safety", "Scarring is gone")
    assert notes(f"after={first}") == ["Scarring is gone"]
    assert notes(f"kind=safety&after={first}") == ["Scarring is gone"]
    assert notes(f"kind=wording&after={first}") == []
    assert notes("kind=evidence") == ["First edition"]
    Publisher(published, writer, Author("It is back", "editor", PUBLISHED)).roll_back(None, read_pointer(published))
    assert notes(f"after={without_scarring.edition}") == ["It is back"]
    assert notes(f"kind=safety&after={without_scarring.edition}") == ["It is back"]
    assert notes(f"after={first}") == []  # what was published and taken back does not matter to it


def test_the_log_may_not_reach_back(api: Client) -> None:
    reply = api.http.get(f"/v1/editions?kind=safety&after={'0' * 32}")
    assert (reply.status_code, reply.json_body["bundle"]) == (404, "/v1/bundle")
    assert api.http.get("/v1/editions?kind=grave").status_code == 400


def test_a_pin_names_the_newer_edition(
    api: Client,
    published: Table,
    publish: Publish,
    without_scarring: EditionDraft,
) -> None:
    first = published.pointer().manifest.edition
    pinned_before = api.http.get(f"/v1/risks/scarring?edition={first}")
    assert pinned_before.body == api.http.get("/v1/risks/scarring").body
    assert pinned_before.headers["ETag"] == api.http.get("/v1/risks/scarring").headers["ETag"]

    publish(without_scarring, "safety", "Scarring is gone")
    assert api.http.get("/v1/risks/scarring").status_code == 404
    pinned_after = api.http.get(f"/v1/risks/scarring?edition={first}")
    assert pinned_after.status_code == 200
    assert pinned_after.json_body["data"] == pinned_before.json_body["data"]
    assert pinned_after.json_body["meta"] == {
        **pinned_before.json_body["meta"],
        "superseded_by": {
            "edition": without_scarring.edition,
            "kind": SAFETY,
            "published_at": "2026-11-22T00:00:00.000001Z",
        },
    }
    # A pin does not extend the lifetime: users must learn of a safety change just as soon.
    assert pinned_after.headers["Cache-Control"] == KEPT
    assert pinned_after.headers["ETag"] != pinned_before.headers["ETag"]
    again = api.http.get(f"/v1/risks/scarring?edition={first}", headers={"If-None-Match": pinned_after.headers["ETag"]})
    assert again.status_code == 304


def test_every_content_url_takes_a_pin(
    api: Client,
    published: Table,
    publish: Publish,
    without_scarring: EditionDraft,
) -> None:
    first = published.pointer().manifest.edition
    paths = [path for path in all_replies(api) if "?" not in path]
    publish(without_scarring, "wording", "n")
    for path in paths:
        meta = api.http.get(f"{path}?edition={first}").json_body["meta"]
        assert (meta["edition"], meta["superseded_by"]["kind"]["code"]) == (first, "wording")


def test_a_pin_to_a_pruned_edition_is_a_410(
    api: Client,
    published: Table,
    writer: Writer,
    publish: Publish,
    without_scarring: EditionDraft,
) -> None:
    first = published.pointer().manifest
    publish(without_scarring, "wording", "n")
    prune(published, writer, first, PUBLISHED)
    assert full_reply(api.http.get(f"/v1/risks?edition={first.edition}"))[::2] == (
        410,
        {
            "type": "/v1/problems#pruned-edition",
            "title": "Edition no longer kept",
            "status": 410,
            "detail": "That edition is not kept any more.",
            "edition": first.edition,
            "editions": "/v1/editions",
        },
    )


def test_health_says_what_is_served(
    api: Client,
    client: "DynamoDBClient",
    instance: Callable[[], ModuleType],
    published: Table,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest = published.pointer().manifest
    data = api.http.get("/v1/health").json_body["data"]
    assert data == {
        "status": "ok",
        "edition": manifest.edition,
        "since": data["since"],
        "languages": sorted(manifest.languages),
        "languages_in_memory": ["en"],
        "check": "current",
        "last_refresh": {"at": data["last_refresh"]["at"], "worked": True},
    }
    client.delete_item(TableName="content", Key={"pk": {"S": "CURRENT"}, "sk": {"S": "CURRENT"}})
    stale = api.http.get("/v1/health")
    assert (stale.status_code, stale.headers["Cache-Control"]) == (200, "no-store")
    assert stale.json_body["data"]["status"] == "stale"
    assert stale.json_body["data"]["last_refresh"]["problem"] == "NotPublishedError"
    assert api.http.get("/v1/concerns").status_code == 200
    monkeypatch.setenv("CONTENT_TABLE", "elsewhere")
    assert Client(instance().app).http.get("/v1/concerns").status_code == 503


def test_an_overdue_check_is_told(api: Client, publish: Publish, content: LoadedContent) -> None:
    """No shared cache keeps a reply past the day on which the next check is due."""
    article, *others = content.languages["en"]
    assert isinstance(article, Article)
    overdue = structs.replace(article, checked=date(2020, 1, 1), next_check=date(2021, 1, 1))
    publish(draft({"en": (overdue, *others)}), "evidence", "Checked long ago")
    assert api.http.get("/v1/health").json_body["data"]["check"] == "overdue"
    reply = api.http.get("/v1/risks")
    assert reply.json_body["meta"]["next_check"] == "2021-01-01"
    assert reply.headers["Cache-Control"] == "max-age=0, s-maxage=0, stale-if-error=0"
