"""The documents of an edition."""

import json

import pytest
from msgspec import structs

from chalicelib.article import Concern, Entity, Source
from chalicelib.edition import Edition, Superseded
from chalicelib.representations import COLLECTIONS, view_of
from chalicelib.table import Manifest
from editorial.content import Content
from tests.conftest import PUBLISHED

MANIFEST = Manifest(
    edition="0123456789abcdef", kind="evidence", note="n", published_at=PUBLISHED, published_by="e", languages={}
)


def test_the_same_content_gives_the_same_bytes_and_tags(content: Content) -> None:
    edition = Edition(MANIFEST, "en", content.languages["en"], ())
    assert view_of(edition).documents == view_of(edition).documents


def test_another_content_gives_another_tag_to_what_differs_and_to_nothing_else(content: Content) -> None:
    entities = list(content.languages["en"])
    place = next(place for place, entity in enumerate(entities) if isinstance(entity, Concern))
    entities[place] = structs.replace(entities[place], name="Another name")
    before = view_of(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    after = view_of(Edition(MANIFEST, "en", tuple(entities), ())).documents
    assert {path for path in before if before[path].etag != after[path].etag} == {
        "/v1/concerns",
        "/v1/concerns?effectiveness=effective-in-some-cases",
        "/v1/concerns/cellulite",
        "/v1/bundle",
    }


def test_every_list_holds_the_same_objects_as_the_single_urls(content: Content) -> None:
    documents = view_of(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for collection in COLLECTIONS:
        for entity in json.loads(documents[collection.path].body)["data"]:
            assert json.loads(documents[f"{collection.path}/{entity['id']}"].body)["data"] == entity


def grown(content: Content, copies: int) -> tuple[Entity, ...]:
    """The content, with each concern and each source many times over."""
    entities = content.languages["en"]
    more = (
        structs.replace(entity, id=f"{entity.id}-{number}")
        for number in range(copies)
        for entity in entities
        if isinstance(entity, (Concern, Source))
    )
    return (*entities, *more)


@pytest.mark.parametrize("path", ["/v1/concerns", "/v1/concerns?effectiveness=limited-evidence", "/v1/sources"])
def test_a_list_too_long_for_one_reply_is_whole_in_its_pages(content: Content, path: str) -> None:
    documents = view_of(Edition(MANIFEST, "en", grown(content, 1_000), ())).documents
    ids, pages = [], 0
    following: str | None = path
    while following:
        page = json.loads(documents[following].body)
        assert page["links"]["self"] == following
        assert len(documents[following].body.encode()) < 260_000
        ids += [entity["id"] for entity in page["data"]]
        following = page["links"].get("next")
        pages += 1
    name, _, wanted = path.partition("?effectiveness=")
    kind = Source if name == "/v1/sources" else Concern
    assert ids == [
        entity.id
        for entity in grown(content, 1_000)
        if isinstance(entity, kind) and (not wanted or getattr(entity, "effectiveness", "") == wanted)
    ]
    assert pages > 1


def test_a_bundle_too_long_for_one_reply_is_whole_in_its_pages(content: Content) -> None:
    documents = view_of(Edition(MANIFEST, "en", grown(content, 1_000), ())).documents
    resources: list[str] = []
    lists: dict[str, list[str]] = {}
    following: str | None = "/v1/bundle"
    while following:
        page = json.loads(documents[following].body)
        resources += [resource["path"] for resource in page["data"]["resources"]]
        for its in page["data"]["lists"]:
            assert its["etag"] == documents[its["path"]].etag
            lists.setdefault(its["path"], []).extend(its["members"])
        following = page["links"].get("next")
    single = [path for path in documents if path.count("/") == 3 and "?" not in path]
    assert sorted(resources) == sorted(["/v1/article", *single])
    assert sorted(path for members in lists.values() for path in members) == sorted(single)


def test_a_list_that_fits_into_one_reply_has_no_next_page(content: Content) -> None:
    documents = view_of(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    assert not [path for path, document in documents.items() if "next" in json.loads(document.body)["links"]]
    assert not [path for path in documents if "after=" in path]


def test_links_lead_to_documents(content: Content) -> None:
    documents = view_of(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for document in documents.values():
        for link in json.loads(document.body)["links"].values():
            assert link in {*documents, "/v1/health", "/v1/oembed", "/v1/openapi.json"}


def test_a_superseded_edition_says_by_what_in_every_document(content: Content) -> None:
    newer = Superseded("fedcba9876543210", "safety", PUBLISHED)
    for document in view_of(Edition(MANIFEST, "en", content.languages["en"], (), newer)).documents.values():
        assert json.loads(document.body)["meta"]["superseded_by"] == {
            "edition": "fedcba9876543210",
            "kind": "safety",
            "published_at": "2026-11-22T00:00:00Z",
        }


def test_a_field_that_nobody_has_seen_is_absent(content: Content) -> None:
    documents = view_of(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for document in documents.values():
        assert "null" not in document.body.replace("annulled", "")
