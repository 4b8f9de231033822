"""A standard processor expands the JSON-LD, and schema.org defines every term in it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyld import jsonld
from rdflib.namespace import SDO

from chalicelib.content.model import Article, ListedEntity
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
    assert len(parts) == 19
    assert parts["Infection"]["hasHealthAspect"] == "https://schema.org/SideEffectsHealthAspect"
    assert parts["Scarring"]["hasHealthAspect"] == "https://schema.org/RisksOrComplicationsHealthAspect"
    assert "literature" not in parts["Infection"]["text"]
    assert parts["Infection"]["comment"]["text"].startswith("In the published literature")
