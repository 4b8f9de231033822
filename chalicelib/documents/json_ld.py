"""JSON-LD of an edition: a schema.org `MedicalWebPage` with `HealthTopicContent` parts. Pure."""

from collections.abc import Collection
from typing import Any

from chalicelib.content.model import Article, ListedEntity, Source
from chalicelib.documents.lists import list_of

CONTEXT = "https://schema.org"


def medical_web_page(article: Article, entities: Collection[ListedEntity], *, brief: bool = False) -> dict[str, Any]:
    """Return the JSON-LD of the article with some of its entities, sources as citations.

    With `brief`, parts have a summary but no text, and there are no citations: cards of several entities show no more.
    """
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
        "about": {"@type": "MedicalTherapy", "name": article.subject, "description": article.definition.text},
        "hasPart": [health_topic(entity, brief=brief) for entity in entities if not isinstance(entity, Source)],
    }
    if not brief:
        page["citation"] = [citation(entity) for entity in entities if isinstance(entity, Source)]
    return page


def health_topic(entity: Any, *, brief: bool) -> dict[str, Any]:  # noqa: ANN401 - any entity with a statement of its own
    """Return the JSON-LD of one statement. The literature's view is a separate `Comment`."""
    topic = {
        "@type": "HealthTopicContent",
        "hasHealthAspect": f"{CONTEXT}/{health_aspect(entity)}HealthAspect",
        "name": entity.name,
        "abstract": entity.summary,
    }
    if not brief:
        topic["text"] = entity.text
    if entity.literature and not brief:
        topic["comment"] = {"@type": "Comment", "text": entity.literature.text}
    return topic


def health_aspect(entity: ListedEntity) -> str:
    """Return the https://schema.org/HealthAspectEnumeration member of an entity, without `HealthAspect`."""
    resource = list_of(entity)
    value = getattr(entity, resource.filter) if resource.health_aspects else ""
    return resource.health_aspects.get(value, resource.health_aspect)


def citation(source: Source) -> dict[str, Any]:
    """Return the JSON-LD of a source, without the properties that it lacks."""
    work: dict[str, Any] = {"@type": "CreativeWork", "name": source.title}
    if source.authors:
        work["author"] = [{"@type": "Person", "name": name} for name in source.authors]
    if source.year:
        work["datePublished"] = str(source.year)
    if source.journal_or_publisher:
        work["publisher"] = {"@type": "Organization", "name": source.journal_or_publisher}
    if source.url:
        work["url"] = source.url
    identifiers = [f"doi:{source.doi}"] * bool(source.doi) + [f"pmid:{source.pmid}"] * bool(source.pmid)
    if identifiers:
        work["identifier"] = identifiers
    return work
