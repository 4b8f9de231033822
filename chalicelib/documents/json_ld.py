"""JSON-LD of an edition: a schema.org `MedicalWebPage` with `HealthTopicContent` parts. Pure."""

from collections.abc import Collection
from typing import Any, TypeAlias

from chalicelib.content.model import (
    Article,
    Benefit,
    Concern,
    DecisionFactor,
    Entity,
    Limitation,
    ListedEntity,
    ReportedHarm,
    Risk,
    Sentence,
    Source,
    cited_texts,
)
from chalicelib.documents.lists import list_of

CONTEXT = "https://schema.org"
Topic: TypeAlias = Benefit | Concern | DecisionFactor | Limitation | ReportedHarm | Risk


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
        "creditText": article.attribution,
        "disambiguatingDescription": article.disclaimer,
        "license": "https://spdx.org/licenses/MIT.html",
        "about": {"@type": "MedicalTherapy", "name": article.subject, "description": article.definition.text},
        "hasPart": [health_topic(entity, brief=brief) for entity in entities if not isinstance(entity, Source)],
    }
    if article.clinical_review:
        page["lastReviewed"] = article.clinical_review.date.isoformat()
        page["reviewedBy"] = {
            "@type": "Person",
            "name": article.clinical_review.name,
            "hasCredential": article.clinical_review.qualification,
        }
    if not brief:
        page["comment"] = research_comments(article)
        page["citation"] = [citation(entity) for entity in entities if isinstance(entity, Source)]
    return page


def health_topic(entity: Topic, *, brief: bool) -> dict[str, Any]:
    """Return the JSON-LD of one statement. Research's view is a separate `Comment`."""
    topic: dict[str, Any] = {
        "@type": "HealthTopicContent",
        "hasHealthAspect": f"{CONTEXT}/{health_aspect(entity)}HealthAspect",
        "name": entity.name,
    }
    if not isinstance(entity, ReportedHarm):  # of those, the article says nothing
        topic["abstract"] = entity.line
        if not brief:
            topic["text"] = entity.text
    if brief:
        return topic
    comments = research_comments(entity)
    return topic | ({"comment": comments} if comments else {})


def research_comments(entity: Entity) -> list[dict[str, Any]]:
    """Return the JSON-LD of what research says about an entity's statements, each sentence with its sources."""
    return [
        {"@type": "Comment", "abstract": view.line, "hasPart": [claim(sentence) for sentence in view.sentences]}
        for view in cited_texts(entity).values()
    ]


def claim(sentence: Sentence) -> dict[str, Any]:
    """Return the JSON-LD of a sentence: a `Claim` with the sources it rests on, or none if it is our own reading."""
    cited = [{"@id": source_id(source)} for source in sentence.sources]
    return {"@type": "Claim", "text": sentence.text} | ({"citation": cited} if cited else {})


def source_id(source: str) -> str:
    """Return the `@id` of a source in the document: a fragment, because the API's own address is not known here."""
    return f"#source-{source}"


def health_aspect(entity: ListedEntity) -> str:
    """Return the https://schema.org/HealthAspectEnumeration member of an entity, without `HealthAspect`."""
    resource = list_of(entity)
    value = getattr(entity, resource.filter).code if resource.health_aspects else ""
    return resource.health_aspects.get(value, resource.health_aspect)


def citation(source: Source) -> dict[str, Any]:
    """Return the JSON-LD of a source, without the properties that it lacks."""
    work: dict[str, Any] = {"@id": source_id(source.id), "@type": "CreativeWork", "name": source.title}
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
