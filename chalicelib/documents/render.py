"""All documents of an edition in one language.

They are rendered once, when the edition is loaded, and stored by path. Members keep the order of their declaration, so
the same content has the same bytes, and the same `ETag`, on every instance.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Struct, field

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
    cited_texts,
    entity_ref,
)
from chalicelib.documents.bundle import BUNDLE_LINKS, BUNDLE_PATH, BundleResource, bundle
from chalicelib.documents.changes import CHANGES_PATH, FEED_PATH, change_document, served_changes
from chalicelib.documents.citations import CitationIndex, index_citations, with_citations
from chalicelib.documents.envelope import Document, Meta, edition_meta, encode, enveloped, query, to_document
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.lists import CONCERNS, SERVED_LISTS, SOURCES, ListResource, in_order


class ArticleDocument(Struct, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """The article in reading order, with its limitations and its advice."""

    question: str
    short_answer: Statement
    definition: Statement
    debate: Statement
    variation: Statement
    safety: Statement
    limitations: tuple[Limitation, ...]
    conclusion: Statement
    advice: tuple[DecisionFactor, ...]


class ShortAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The short answer in one line of each voice."""

    article: str
    literature: str | None = None


class ServiceDocument(Struct, frozen=True, kw_only=True):
    """What this API is, and the article's short answer."""

    name: str
    version: str
    question: str
    short_answer: ShortAnswer
    languages: Annotated[tuple[LanguageTag, ...], msgspec.Meta(description="Languages that `lang` takes.")]


# Stands in HTML for the API's address until a request tells it. `.invalid` is never somebody's (RFC 2606).
PAGES = ("", "questions", "sources")  # the pages for readers, in each language
REFERENCE = "docs"  # the page for developers, in one language
ORIGIN = "https://address.invalid/"


class Html(NamedTuple):
    """A page or a card, and its Content-Security-Policy."""

    document: Document
    policy: str


class RenderedEdition(Struct, frozen=True, kw_only=True):
    """All documents of an edition in one language, by path and filter (`/v1/risks?seriousness=rare-serious`)."""

    article: Article
    meta: Meta
    encoded_meta: msgspec.Raw
    linked_data: Document
    entities: dict[str, ListedEntity]
    documents: dict[str, Document]
    changes: tuple[ChangeLogEntry, ...]
    # By the path of the list: its ids, and the values that its filter takes.
    ids: dict[str, tuple[str, ...]]
    filters: dict[str, tuple[str, ...]]
    cards: tuple[str, ...]
    # Pages and cards by path. Filled by requests.
    pages: dict[str, Html] = field(default_factory=dict)
    # The article as Markdown, by path; set by the first request for it, because it takes 5 ms.
    markdown: dict[str, Document] = field(default_factory=dict)
    # Variables of the templates; set with the first page.
    context: dict[str, Any] = field(default_factory=dict)


def render_edition(edition: Edition) -> RenderedEdition:
    """Return all documents of an edition.

    Raises:
        LookupError: The edition has no article in its language.

    """
    ordered = in_order(edition.entities)
    article = next((entity for entity in ordered if isinstance(entity, Article)), None)
    if article is None:
        raise LookupError(f"edition {edition.manifest.edition} has no article in {edition.language}")
    meta = edition_meta(edition, article)
    encoded_meta = encode(meta)
    citations = index_citations(ordered)
    article_data = encode(article_document(article, ordered))
    documents = {
        "/v1": enveloped(service_document(article, edition), encoded_meta, SERVICE_LINKS),
        "/v1/article": enveloped(article_data, encoded_meta, ARTICLE_LINKS),
        CHANGES_PATH: change_document(served_changes(article, edition.changes), encoded_meta),
    }
    resources = [BundleResource(path="/v1/article", digest=documents["/v1/article"].digest, data=article_data)]
    ids: dict[str, tuple[str, ...]] = {}
    filters: dict[str, tuple[str, ...]] = {}
    for resource in SERVED_LISTS:
        path = resource.path
        filters[path] = filter_vocabulary(resource, article, citations)
        items: list[ListItem] = []
        filtered: dict[str, list[ListItem]] = {value: [] for value in filters[path]}
        for entity in ordered:
            if not isinstance(entity, resource.entity):
                continue
            item = ListItem(entity.id, encode(with_citations(entity, citations)))
            items.append(item)
            for value in filter_values(entity, resource, citations):
                filtered[value].append(item)
            document = enveloped(item.data, encoded_meta, item_links(entity, resource))
            documents[f"{path}/{entity.id}"] = document
            resources.append(BundleResource(path=f"{path}/{entity.id}", digest=document.digest, data=item.data))
        documents[path] = list_document(items, encoded_meta, {"self": path, "service": "/v1"})
        for value, matching in filtered.items():
            url = query(path, resource.filter, value)
            documents[url] = list_document(matching, encoded_meta, {"self": url, "collection": path, "service": "/v1"})
        ids[path] = tuple(item.id for item in items)
    documents[BUNDLE_PATH] = enveloped(bundle(resources, ids, documents), encoded_meta, BUNDLE_LINKS)
    entities = {entity_ref(entity): entity for entity in ordered if not isinstance(entity, Article)}
    return RenderedEdition(
        article=article,
        meta=meta,
        encoded_meta=encoded_meta,
        linked_data=to_document(medical_web_page(article, entities.values())),
        entities=entities,
        documents=documents,
        changes=edition.changes,
        ids=ids,
        filters=filters,
        cards=("overview", *(name for name, entity in entities.items() if not isinstance(entity, Source))),
    )


class ListItem(NamedTuple):
    """One entity of a list: its id, and its data as JSON."""

    id: str
    data: msgspec.Raw


def list_document(items: Iterable[ListItem], meta: msgspec.Raw, links: dict[str, str]) -> Document:
    """Return the document of a list or of a filtered list."""
    return enveloped([item.data for item in items], meta, links)


def filter_vocabulary(resource: ListResource, article: Article, citations: CitationIndex) -> tuple[str, ...]:
    """Return the values that the filter of a list takes, in the order in which they are shown."""
    if resource is CONCERNS:
        return article.effectiveness_values
    return tuple(sorted(citations.subjects)) if resource is SOURCES else resource.vocabulary


def filter_values(entity: ListedEntity, resource: ListResource, citations: CitationIndex) -> Iterable[str]:
    """Return the filter values that match an entity."""
    if isinstance(entity, Source):
        return citations.subjects_by_source[entity.id]
    return (getattr(entity, resource.filter).code,) if resource.filter else ()


def article_document(article: Article, entities: Sequence[Entity]) -> ArticleDocument:
    """Return the article's statements, limitations and advice (the steps before deciding)."""
    factors = (entity for entity in entities if isinstance(entity, DecisionFactor))
    return ArticleDocument(
        question=article.question,
        limitations=tuple(entity for entity in entities if isinstance(entity, Limitation)),
        advice=tuple(factor for factor in factors if factor.kind.code == "before-deciding"),
        **{name: getattr(article, name) for name in ARTICLE_STATEMENTS},
    )


def service_document(article: Article, edition: Edition) -> ServiceDocument:
    """Return the API's description of itself."""
    short = article.short_answer
    return ServiceDocument(
        name=article.service_name,
        version="v1",
        question=article.question,
        short_answer=ShortAnswer(article=short.line, literature=short.literature.line if short.literature else None),
        languages=tuple(sorted(edition.manifest.languages)),
    )


SERVICE_LINKS = {
    "self": "/v1",
    "article": "/v1/article",
    **{resource.name: resource.path for resource in SERVED_LISTS},
    "sources-csv": "/v1/sources.csv",
    "editions": CHANGES_PATH,
    "feed": FEED_PATH,
    "bundle": BUNDLE_PATH,
    "health": "/v1/health",
    "oembed": "/v1/oembed",
    "openapi": "/v1/openapi.json",
    "docs": "/docs",
    "problems": "/v1/problems",
}

ARTICLE_LINKS = {"self": "/v1/article", "service": "/v1"}


def item_links(entity: ListedEntity, resource: ListResource) -> dict[str, str]:
    """Return the links of an entity's document."""
    links = {"self": f"{resource.path}/{entity.id}", "collection": resource.path, "service": "/v1"}
    if entity.id in cited_texts(entity):
        links["sources"] = f"{SOURCES.path}?{SOURCES.filter}={entity.id}"
    return links
