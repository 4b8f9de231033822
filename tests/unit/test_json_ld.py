"""The JSON-LD means what it says: a standard processor expands it, and schema.org has every word of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyld import jsonld
from rdflib.namespace import SDO

from chalicelib.content.model import Article, ListedEntity
from chalicelib.documents.json_ld import medical_web_page
from editorial.loading import LoadedContent

SCHEMA = "https://schema.org/"
# What schema.org's own context does for the words that are used here: they are its own, and some values are addresses.
CONTEXT = {"@vocab": SCHEMA, **{name: {"@type": "@id"} for name in ("url", "license", "hasHealthAspect")}}


def loaded(url: str, _: object) -> dict[str, Any]:
    assert url == "https://schema.org"
    return {"contextUrl": None, "documentUrl": url, "document": {"@context": CONTEXT}}


def words(expanded: Any) -> Iterator[str]:
    if isinstance(expanded, list):
        for health_topic in expanded:
            yield from words(health_topic)
    elif isinstance(expanded, dict):
        yield from expanded.get("@type", [])
        for name, value in expanded.items():
            if name.startswith(SCHEMA):
                yield name
                yield from words(value)
        if str(expanded.get("@id", "")).startswith(SCHEMA):
            yield expanded["@id"]


@pytest.mark.parametrize("brief", [False, True])
def test_it_expands_and_every_type_and_property_is_of_schema_org(content: LoadedContent, brief: bool) -> None:  # noqa: FBT001 - a table of cases
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    listed: list[ListedEntity] = [entity for entity in entities if not isinstance(entity, Article)]
    expanded = jsonld.expand(medical_web_page(article, listed, brief=brief), {"documentLoader": loaded})
    used = set(words(expanded))
    assert {f"{SCHEMA}MedicalWebPage", f"{SCHEMA}HealthTopicContent", f"{SCHEMA}hasHealthAspect"} < used
    assert {word for word in used if word.removeprefix(SCHEMA) not in SDO} == set()
    assert (f"{SCHEMA}citation" in used) is not brief


def test_each_part_is_of_one_view_only_and_names_its_aspect(content: LoadedContent) -> None:
    article, *entities = content.languages["en"]
    assert isinstance(article, Article)
    listed: list[ListedEntity] = [entity for entity in entities if not isinstance(entity, Article)]
    parts = {health_topic["name"]: health_topic for health_topic in medical_web_page(article, listed)["hasPart"]}
    assert len(parts) == 19
    assert parts["Infection"]["hasHealthAspect"] == "https://schema.org/SideEffectsHealthAspect"
    assert parts["Scarring"]["hasHealthAspect"] == "https://schema.org/RisksOrComplicationsHealthAspect"
    assert "literature" not in parts["Infection"]["text"]
    assert parts["Infection"]["comment"]["text"].startswith("In the published literature")
