"""A standard processor expands the JSON-LD, and schema.org defines every term in it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from msgspec import structs
from pyld import jsonld
from rdflib.namespace import SDO

from chalicelib.content.model import Article, ClinicalReview, ListedEntity, Risk
from chalicelib.documents.json_ld import medical_web_page
from editorial.loading import LoadedContent

SCHEMA = "https://schema.org/"
# The part of schema.org's context that matters here: its vocabulary, and the properties whose values are URLs.
CONTEXT = {"@vocab": SCHEMA, **{name: {"@type": "@id"} for name in ("url", "license", "hasHealthAspect")}}


def load_context(url: str, _: object) -> dict[str, Any]:
    assert url == "https://schema.org"
    return {"contextUrl": None, "documentUrl": url, "document": {"@context": CONTEXT}}


def terms(expanded: Any) -> Iterator[str]:
    if isinstance(expanded, list):
        for item in expanded:
            yield from terms(item)
    elif isinstance(expanded, dict):
        yield from expanded.get("@type", [])
        for name, value in expanded.items():
            if name.startswith(SCHEMA):
                yield name
                yield from terms(value)
        if str(expanded.get("@id", "")).startswith(SCHEMA):
            yield expanded["@id"]


@pytest.mark.parametrize("brief", [False, True])
def test_all_terms_are_of_schema_org(content: LoadedContent, brief: bool) -> None:  # noqa: FBT001 - a table of cases
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    listed: list[ListedEntity] = [entity for entity in entities if not isinstance(entity, Article)]
    expanded = jsonld.expand(medical_web_page(article, listed, brief=brief), {"documentLoader": load_context})
    used = set(terms(expanded))
    assert {f"{SCHEMA}MedicalWebPage", f"{SCHEMA}HealthTopicContent", f"{SCHEMA}hasHealthAspect"} < used
    assert {term for term in used if term.removeprefix(SCHEMA) not in SDO} == set()
    assert (f"{SCHEMA}citation" in used) is not brief


def test_parts_keep_views_apart(content: LoadedContent) -> None:
    """Each part has the article's text, the literature's view as a comment, and its own health aspect."""
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    listed: list[ListedEntity] = [entity for entity in entities if not isinstance(entity, Article)]
    parts = {part["name"]: part for part in medical_web_page(article, listed)["hasPart"]}
    assert len(parts) == 24
    assert parts["Infection"]["hasHealthAspect"] == "https://schema.org/SideEffectsHealthAspect"
    assert parts["Scarring"]["hasHealthAspect"] == "https://schema.org/RisksOrComplicationsHealthAspect"
    infection = next(entity for entity in listed if entity.id == "infection")
    assert isinstance(infection, Risk)
    assert infection.literature
    assert parts["Infection"]["text"] == infection.text
    assert parts["Infection"]["comment"] == [
        {
            "@type": "Comment",
            "abstract": infection.literature.line,
            "hasPart": [
                {"@type": "Claim", "text": sentence.text}
                | (
                    {"citation": [{"@id": f"#source-{source}"} for source in sentence.sources]}
                    if sentence.sources
                    else {}
                )
                for sentence in infection.literature.sentences
            ],
        }
    ]
    assert "text" not in parts["Allergic shock"]


def test_claims_lead_to_citations(content: LoadedContent) -> None:
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    listed: list[ListedEntity] = [entity for entity in entities if not isinstance(entity, Article)]
    page = medical_web_page(article, listed)
    known = [work["@id"] for work in page["citation"]]
    comments = [comment for part in (page, *page["hasPart"]) for comment in part.get("comment", ())]
    claims = [claim for comment in comments for claim in comment["hasPart"]]
    cited = {work["@id"] for claim in claims for work in claim.get("citation", ())}
    assert len(known) == len(set(known)) == 64
    assert cited < set(known)


def test_only_a_clinician_is_a_reviewer(content: LoadedContent) -> None:
    """`lastReviewed` and `reviewedBy` appear with a clinical review only."""
    article = content.languages["en"][0]
    assert isinstance(article, Article)
    review = ClinicalReview(name="Ada", qualification="Dermatologist", date=date(2026, 11, 20))
    without = medical_web_page(article, [])
    assert medical_web_page(structs.replace(article, clinical_review=review), []) == {
        **without,
        "lastReviewed": "2026-11-20",
        "reviewedBy": {"@type": "Person", "name": "Ada", "hasCredential": "Dermatologist"},
    }
    assert without.keys() & {"lastReviewed", "reviewedBy"} == set()
