"""The documents of an edition."""

import json

from msgspec import structs

from chalicelib.content.editions import Edition, Manifest, Superseded
from chalicelib.content.model import Comparison, Concern, Limitation, LiteratureView, Sentence
from chalicelib.documents.lists import SERVED_LISTS
from chalicelib.documents.render import render_edition
from editorial.loading import LoadedContent
from tests.conftest import PUBLISHED

MANIFEST = Manifest(
    edition="0123456789abcdef0123456789abcdef",
    kind="evidence",
    note="n",
    published_at=PUBLISHED,
    published_by="e",
    languages={},
)


def test_rendering_is_deterministic(content: LoadedContent) -> None:
    edition = Edition(MANIFEST, "en", content.languages["en"], ())
    assert render_edition(edition).documents == render_edition(edition).documents


def test_only_changed_documents_change_etag(content: LoadedContent) -> None:
    entities = list(content.languages["en"])
    index = next(index for index, entity in enumerate(entities) if isinstance(entity, Concern))
    entities[index] = structs.replace(entities[index], name="Another name")
    before = render_edition(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    after = render_edition(Edition(MANIFEST, "en", tuple(entities), ())).documents
    assert {path for path in before if before[path].etag != after[path].etag} == {
        "/v1/concerns",
        "/v1/concerns?effectiveness=effective-in-some-cases",
        "/v1/concerns/cellulite",
        "/v1/bundle",
    }


def test_lists_and_items_have_equal_data(content: LoadedContent) -> None:
    documents = render_edition(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for resource in SERVED_LISTS:
        for entity in json.loads(documents[resource.path].body)["data"]:
            assert json.loads(documents[f"{resource.path}/{entity['id']}"].body)["data"] == entity


def test_links_lead_to_documents(content: LoadedContent) -> None:
    documents = render_edition(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for document in documents.values():
        for link in json.loads(document.body)["links"].values():
            assert link in {
                *documents,
                "/docs",
                "/feed.xml",
                "/v1/health",
                "/v1/oembed",
                "/v1/openapi.json",
                "/v1/problems",
                "/v1/sources.csv",
            }


def test_cited_by_leads_to_limitations(content: LoadedContent) -> None:
    """Limitations have no URL of their own: the article serves them."""
    sentence = Sentence(id="s", text="t", sources=("gupta-2023",))
    comparison = Comparison(code="agrees", label="l")
    literature = LiteratureView(comparison=comparison, line="t", sentences=(sentence,), sources=("gupta-2023",))
    limitations = (
        structs.replace(entity, id=name, literature=literature)
        for entity in content.languages["en"]
        if isinstance(entity, Limitation)
        for name in ("one", "two")
    )
    entities = (*content.languages["en"], *limitations)
    documents = render_edition(Edition(MANIFEST, "en", entities, ())).documents
    limitation = {"path": "/v1/article#limitations", "sentence": {"id": "s", "text": "t"}}
    cited_by = json.loads(documents["/v1/sources/gupta-2023"].body)["data"]["cited_by"]
    assert cited_by == [{"path": "/v1/concerns/hair-loss"}, limitation, limitation]
    served = json.loads(documents["/v1/article"].body)["data"]["limitations"]
    assert [limitation["id"] for limitation in served][-2:] == ["one", "two"]


def test_documents_name_their_successor(content: LoadedContent) -> None:
    newer = Superseded(edition="fedcba9876543210fedcba9876543210", kind="safety", published_at=PUBLISHED)
    for document in render_edition(Edition(MANIFEST, "en", content.languages["en"], (), newer)).documents.values():
        assert json.loads(document.body)["meta"]["superseded_by"] == {
            "edition": "fedcba9876543210fedcba9876543210",
            "kind": {"code": "safety", "label": "A change that matters for safety"},
            "published_at": "2026-11-22T00:00:00Z",
        }


def test_no_field_is_null(content: LoadedContent) -> None:
    """Fields that nobody could verify are absent. Only `clinical_review` says that there is none."""
    documents = render_edition(Edition(MANIFEST, "en", content.languages["en"], ())).documents
    for document in documents.values():
        assert document.body.replace('"clinical_review":null', "", 1).count("null") == document.body.count("annulled")
