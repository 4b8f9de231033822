"""All documents of an edition in one language.

They are made once, when the edition is loaded, and found by their path. Keys keep the order in which they are declared,
so the same content gives the same bytes, and the same `ETag`, on every instance.
"""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.content.editions import ChangeLogEntry, Edition
from chalicelib.content.model import (
    ARTICLE_STATEMENTS,
    Article,
    DecisionFactor,
    Entity,
    LanguageTag,
    Limitation,
    ListedEntity,
    Source,
    Statement,
    literature_by_statement,
    type_name,
)
from chalicelib.documents.bundle import BUNDLE_LINKS, Resource, bundle
from chalicelib.documents.citations import Citations, cited_by, public
from chalicelib.documents.envelope import About, Representation, about, document, query, represented
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.lists import COLLECTIONS, SOURCES, VOCABULARIES, Collection


class ArticleDocument(Struct, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """The article in reading order; its limitations, and its advice with the questions to ask."""

    question: str
    short_answer: Statement
    definition: Statement
    debate: Statement
    variation: Statement
    safety: Statement
    limitations: tuple[Limitation, ...]
    conclusion: Statement
    advice: tuple[DecisionFactor, ...]


class Service(Struct, frozen=True, kw_only=True):
    """What this API is, for who meets it first."""

    name: str
    version: str
    question: str
    short_answer: str
    languages: Annotated[tuple[LanguageTag, ...], Meta(description="Languages that `lang` takes.")]


class RenderedEdition(Struct, frozen=True, kw_only=True):
    """All documents of an edition in one language, by path and filter (`/v1/risks?seriousness=rare-serious`)."""

    article: Article
    about: About
    meta: msgspec.Raw
    linked_data: Representation
    entities: dict[str, ListedEntity]
    documents: dict[str, Representation]
    changes: tuple[ChangeLogEntry, ...]
    names: dict[Collection, tuple[str, ...]]
    cards: tuple[str, ...]
    filters: dict[Collection, dict[str, None]]
    # HTML with its policy, by path below `/embed/` (the page for people by an empty one); filled when first asked for.
    pages: dict[str, tuple[Representation, str]] = field(default_factory=dict)
    # What the templates can speak of; filled with the first page.
    context: dict[str, Any] = field(default_factory=dict)


def render_edition(edition: Edition) -> RenderedEdition:
    """Give every document of an edition, made once."""
    article = next((entity for entity in edition.entities if isinstance(entity, Article)), None)
    if article is None:
        raise LookupError(f"edition {edition.manifest.edition} has no article in {edition.language}")
    told = about(edition, article)
    meta = msgspec.Raw(msgspec.json.encode(told))
    citations = cited_by(edition.entities)
    filters = {collection: values_of(collection, citations) for collection in COLLECTIONS}
    its_article = _encoded(article_document(article, edition.entities))
    documents = {
        "/v1": document(service_document(article, edition), meta, SERVICE_LINKS),
        "/v1/article": document(its_article, meta, ARTICLE_LINKS),
        # What a client that reads on from its last edition needs is at the top.
        "/v1/editions": document(edition.changes[::-1], meta, EDITIONS_LINKS),
    }
    resources = [Resource(path="/v1/article", etag=documents["/v1/article"].etag, data=its_article)]
    names = {}
    for collection in COLLECTIONS:
        path = collection.path
        members: list[Member] = []
        chosen: dict[str, list[Member]] = {value: [] for value in filters[collection]}
        for entity in edition.entities:
            if not isinstance(entity, collection.kind):
                continue
            member = Member(entity.id, _encoded(public(entity, citations)))
            members.append(member)
            for value in words_of(entity, collection, citations):
                chosen[value].append(member)
            own = documents[f"{path}/{entity.id}"] = document(member.data, meta, links_of(entity, collection))
            resources.append(Resource(path=f"{path}/{entity.id}", etag=own.etag, data=member.data))
        documents[path] = document([member.data for member in members], meta, {"self": path, "service": "/v1"})
        for value, its in chosen.items():
            filtered = query(path, str(collection.filter), value)
            links = {"self": filtered, "collection": path, "service": "/v1"}
            documents[filtered] = document([member.data for member in its], meta, links)
        names[collection] = tuple(member.id for member in members)
    documents["/v1/bundle"] = document(bundle(resources, documents), meta, BUNDLE_LINKS)
    named = {
        f"{type_name(type(entity))}/{entity.id}": entity
        for entity in edition.entities
        if not isinstance(entity, Article)
    }
    cards = ("overview", *(name for name, entity in named.items() if not isinstance(entity, Source)))
    linked_data = represented(medical_web_page(article, named.values()))
    return RenderedEdition(
        article=article,
        about=told,
        meta=meta,
        linked_data=linked_data,
        entities=named,
        documents=documents,
        changes=edition.changes,
        names=names,
        cards=cards,
        filters=filters,
    )


class Member(NamedTuple):
    """One entity of a list: its id, and its data as JSON."""

    id: str
    data: msgspec.Raw


def values_of(collection: Collection, citations: Citations) -> dict[str, None]:
    """Give the values that a collection's filter takes, in their order."""
    if collection is SOURCES:
        return dict.fromkeys(sorted(citations.subjects))
    return dict.fromkeys(VOCABULARIES.get(collection, ()))


def words_of(entity: ListedEntity, collection: Collection, citations: Citations) -> Iterable[str]:
    """Give the values of a collection's filter under which an entity is listed."""
    if isinstance(entity, Source):
        return citations.abouts[entity.id]
    return (getattr(entity, collection.filter),) if collection.filter else ()


def article_document(article: Article, entities: Iterable[Entity]) -> ArticleDocument:
    """Give the article in reading order, with its limitations and its advice."""
    entities = tuple(entities)
    factors = (entity for entity in entities if isinstance(entity, DecisionFactor))
    return ArticleDocument(
        question=article.question,
        limitations=tuple(entity for entity in entities if isinstance(entity, Limitation)),
        advice=tuple(factor for factor in factors if factor.kind == "before-deciding"),
        **{name: getattr(article, name) for name in ARTICLE_STATEMENTS},
    )


def service_document(article: Article, edition: Edition) -> Service:
    """Give what the API says of itself."""
    return Service(
        name="Mesotherapy Evidence API",
        version="v1",
        question=article.question,
        short_answer=article.short_answer.summary,
        languages=tuple(sorted(edition.manifest.languages)),
    )


SERVICE_LINKS = {
    "self": "/v1",
    "article": "/v1/article",
    **{collection.name: collection.path for collection in COLLECTIONS},
    "editions": "/v1/editions",
    "bundle": "/v1/bundle",
    "health": "/v1/health",
    "oembed": "/v1/oembed",
    "openapi": "/v1/openapi.json",
}

EDITIONS_LINKS = {"self": "/v1/editions", "service": "/v1"}
ARTICLE_LINKS = {"self": "/v1/article", "service": "/v1"}


def links_of(entity: ListedEntity, collection: Collection) -> dict[str, str]:
    """Give the links of a single entity."""
    links = {"self": f"{collection.path}/{entity.id}", "collection": collection.path, "service": "/v1"}
    if entity.id in literature_by_statement(entity):
        links["sources"] = f"{SOURCES.path}?{SOURCES.filter}={entity.id}"
    return links


def _encoded(data: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
