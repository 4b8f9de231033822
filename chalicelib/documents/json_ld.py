"""From an edition to schema.org: a `MedicalWebPage` of `HealthTopicContent` parts, as health services have it; pure."""

from collections.abc import Iterable
from typing import Any

from chalicelib.content.model import Article, ListedEntity, Source
from chalicelib.documents.lists import list_of

CONTEXT = "https://schema.org"


def medical_web_page(article: Article, entities: Iterable[ListedEntity], *, brief: bool = False) -> dict[str, Any]:
    """Give the JSON-LD of the article, or of those of its entities that a card shows; sources are citations.

    A brief one names its parts with their summaries, and no sources: it is for cards that show no more either.
    """
    entities = tuple(entities)
    page = {
        "@context": CONTEXT,
        "@type": "MedicalWebPage",
        "name": article.question,
        "abstract": article.short_answer.text,
        "inLanguage": article.language,
        "lastReviewed": article.reviewed.isoformat(),
        "creditText": article.attribution,
        "disambiguatingDescription": article.disclaimer,
        "license": "https://spdx.org/licenses/MIT.html",
        "about": {"@type": "MedicalTherapy", "name": "Mesotherapy", "description": article.definition.text},
        "hasPart": [health_topic(entity, brief=brief) for entity in entities if not isinstance(entity, Source)],
    }
    sources = [citation(entity) for entity in entities if isinstance(entity, Source)]
    return page if brief else page | {"citation": sources}


def health_topic(entity: Any, *, brief: bool) -> dict[str, Any]:  # noqa: ANN401 - any entity with a statement of its own
    """Give the JSON-LD of one statement: the article's words, and the literature's beside them as a comment."""
    described = {
        "@type": "HealthTopicContent",
        "hasHealthAspect": f"{CONTEXT}/{health_aspect(entity)}HealthAspect",
        "name": entity.name,
        "abstract": entity.summary,
    }
    if not brief:
        described["text"] = entity.text
    if entity.literature and not brief:
        described["comment"] = {"@type": "Comment", "text": entity.literature.text}
    return described


def health_aspect(entity: ListedEntity) -> str:
    """Return what of a treatment an entity is about, by https://schema.org/HealthAspectEnumeration."""
    resource = list_of(entity)
    value = getattr(entity, resource.filter) if resource.health_aspects else ""
    return resource.health_aspects.get(value, resource.health_aspect)


def citation(source: Source) -> dict[str, Any]:
    """Give the JSON-LD of a source; what nobody has seen of it is absent."""
    described: dict[str, Any] = {"@type": "CreativeWork", "name": source.title}
    if source.authors:
        described["author"] = [{"@type": "Person", "name": name} for name in source.authors]
    if source.year:
        described["datePublished"] = str(source.year)
    if source.journal_or_publisher:
        described["publisher"] = {"@type": "Organization", "name": source.journal_or_publisher}
    if source.url:
        described["url"] = source.url
    identifiers = [f"doi:{source.doi}"] * bool(source.doi) + [f"pmid:{source.pmid}"] * bool(source.pmid)
    if identifiers:
        described["identifier"] = identifiers
    return described
