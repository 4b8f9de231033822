"""From an edition to the documents the API answers with; pure.

Every document of an edition is made once, when the edition is read, and found by its path in one look-up. Keys keep the
order in which they are declared, so the same content gives the same bytes, and the same `ETag`, on every instance.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple, get_args

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.article import (
    STATEMENTS,
    Article,
    Benefit,
    Concern,
    DecisionFactor,
    Effectiveness,
    Entity,
    FactorKind,
    LanguageTag,
    Limitation,
    Listed,
    Risk,
    Seriousness,
    Source,
    Statement,
    Translation,
    kind_of,
    literature_of,
)
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.edition import Edition, Superseded


class About(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a copied reply keeps with it: which edition it is of, how current that is, and whose words they are."""

    edition: str
    published_at: Annotated[datetime, Meta(description="When this edition was first published.")]
    language: LanguageTag
    translation: Annotated[Translation, Meta(description="`source` is the language it was written in.")]
    reviewed: Annotated[date, Meta(description="When the article was last read against its sources.")]
    next_review: date
    attribution: str
    disclaimer: str
    superseded_by: Superseded | None = None


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


class CitedSource(Source, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A source, with the statements that rest on it."""

    cited_by: Annotated[tuple[str, ...], Meta(description="Paths of the statements whose literature cites it.")]


class Resource(Struct, frozen=True, kw_only=True):
    """One URL of a bundle: its `data`, and the `ETag` by which it alone can be refreshed."""

    path: str
    etag: Annotated[str, Meta(description="To be sent as it stands in `If-None-Match`.")]
    data: Any


class Listing(Struct, frozen=True, kw_only=True):
    """One list of a bundle: the paths of what it holds, in its order."""

    path: str
    etag: str
    members: tuple[str, ...]


class Bundle(Struct, frozen=True, kw_only=True):
    """Everything in one language, for use without a network."""

    resources: tuple[Resource, ...]
    lists: tuple[Listing, ...]


class Service(Struct, frozen=True, kw_only=True):
    """What this API is, for who meets it first."""

    name: str
    version: str
    question: str
    short_answer: str
    languages: Annotated[tuple[LanguageTag, ...], Meta(description="Languages that `lang` takes.")]


class Representation(NamedTuple):
    """A document, ready to be sent."""

    body: str
    etag: str


class Collection(NamedTuple):
    """A list of the API: where it is, its name there, what it holds, and the field that it can be filtered by."""

    path: str
    name: str
    kind: type[Listed]
    filter: str | None


CONCERNS = Collection("/v1/concerns", "concerns", Concern, "effectiveness")
BENEFITS = Collection("/v1/benefits", "benefits", Benefit, None)
RISKS = Collection("/v1/risks", "risks", Risk, "seriousness")
DECISION_FACTORS = Collection("/v1/decision-factors", "decision-factors", DecisionFactor, "kind")
SOURCES = Collection("/v1/sources", "sources", Source, "about")
COLLECTIONS = (CONCERNS, BENEFITS, RISKS, DECISION_FACTORS, SOURCES)
VOCABULARIES: dict[Collection, tuple[str, ...]] = {
    CONCERNS: get_args(Effectiveness),
    RISKS: get_args(Seriousness),
    DECISION_FACTORS: get_args(FactorKind),
}


class View(Struct, frozen=True, kw_only=True):
    """All documents of an edition in one language, by path and filter (`/v1/risks?seriousness=rare-serious`)."""

    article: Article
    about: About
    meta: msgspec.Raw
    linked_data: Representation
    entities: dict[str, Listed]
    documents: dict[str, Representation]
    names: dict[Collection, tuple[str, ...]]
    cards: tuple[str, ...]
    filters: dict[Collection, dict[str, None]]
    # HTML with its policy, by path below `/embed/` (the page for people by an empty one); filled when first asked for.
    pages: dict[str, tuple[Representation, str]] = field(default_factory=dict)
    # What the templates can speak of; filled with the first page.
    context: dict[str, Any] = field(default_factory=dict)


def view_of(edition: Edition) -> View:
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
        f"{kind_of(type(entity))}/{entity.id}": entity for entity in edition.entities if not isinstance(entity, Article)
    }
    cards = ("overview", *(name for name, entity in named.items() if not isinstance(entity, Source)))
    linked_data = represented(medical_web_page(article, named.values()))
    return View(
        article=article,
        about=told,
        meta=meta,
        linked_data=linked_data,
        entities=named,
        documents=documents,
        names=names,
        cards=cards,
        filters=filters,
    )


class Member(NamedTuple):
    """One entity of a list: its id, and its data as JSON."""

    id: str
    data: msgspec.Raw


def query(path: str, name: str, value: str) -> str:
    """Give an address with one more query parameter; neither names nor values here need to be escaped."""
    return f"{path}{'&' if '?' in path else '?'}{name}={value}"


class Citations(NamedTuple):
    """Which statements rest on which source: paths and subjects by source id, and all subjects there are."""

    paths: dict[str, list[str]]
    abouts: dict[str, set[str]]
    subjects: set[str]


def cited_by(entities: Iterable[Entity]) -> Citations:
    """Give the citations of an edition, read from both ends."""
    citations = Citations({}, {}, set())
    for entity in entities:
        if isinstance(entity, Source):
            citations.abouts.setdefault(entity.id, set()).update(entity.bears_on)
            citations.subjects.update(entity.bears_on)
        for name, literature in literature_of(entity).items():
            citations.subjects.add(name)
            for source in literature.sources:
                citations.abouts.setdefault(source, set()).add(name)
                citations.paths.setdefault(source, []).append(path_of(entity, name))
    return citations


def path_of(entity: Entity, name: str) -> str:
    """Return where a statement is served: at its own URL, or in a field of the article."""
    if isinstance(entity, Limitation):
        name = "limitations"
    collection = next((collection for collection in COLLECTIONS if isinstance(entity, collection.kind)), None)
    return f"{collection.path}/{name}" if collection else f"/v1/article#{name}"


def values_of(collection: Collection, citations: Citations) -> dict[str, None]:
    """Give the values that a collection's filter takes, in their order."""
    if collection is SOURCES:
        return dict.fromkeys(sorted(citations.subjects))
    return dict.fromkeys(VOCABULARIES.get(collection, ()))


def words_of(entity: Listed, collection: Collection, citations: Citations) -> Iterable[str]:
    """Give the values of a collection's filter under which an entity is listed."""
    if isinstance(entity, Source):
        return citations.abouts[entity.id]
    return (getattr(entity, collection.filter),) if collection.filter else ()


def public(entity: Listed, citations: Citations) -> Listed:
    """Give an entity as the API shows it: a source with the statements that rest on it, all others as they are."""
    if not isinstance(entity, Source):
        return entity
    fields = {name: getattr(entity, name) for name in entity.__struct_fields__}
    return CitedSource(**fields, cited_by=tuple(dict.fromkeys(citations.paths.get(entity.id, ()))))


def about(edition: Edition, article: Article) -> About:
    """Give the `meta` of every reply of an edition."""
    return About(
        edition=edition.manifest.edition,
        published_at=edition.manifest.published_at,
        language=article.language,
        translation=article.translation,
        reviewed=article.reviewed,
        next_review=article.next_review,
        attribution=article.attribution,
        disclaimer=article.disclaimer,
        superseded_by=edition.superseded_by,
    )


def bundle(resources: Iterable[Resource], documents: Mapping[str, Representation]) -> Bundle:
    """Return the article and every entity with its data, and each list as the paths of its members."""
    resources = tuple(resources)
    members: dict[str, list[str]] = {collection.path: [] for collection in COLLECTIONS}
    for resource in resources[1:]:  # the first is the article, which is in no list
        members[resource.path.rpartition("/")[0]].append(resource.path)
    lists = (Listing(path=path, etag=documents[path].etag, members=tuple(its)) for path, its in members.items())
    return Bundle(resources=resources, lists=tuple(lists))


def article_document(article: Article, entities: Iterable[Entity]) -> ArticleDocument:
    """Give the article in reading order, with its limitations and its advice."""
    entities = tuple(entities)
    factors = (entity for entity in entities if isinstance(entity, DecisionFactor))
    return ArticleDocument(
        question=article.question,
        limitations=tuple(entity for entity in entities if isinstance(entity, Limitation)),
        advice=tuple(factor for factor in factors if factor.kind == "before-deciding"),
        **{name: getattr(article, name) for name in STATEMENTS},
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
BUNDLE_LINKS = {"self": "/v1/bundle", "service": "/v1"}
EDITIONS_LINKS = {"self": "/v1/editions", "service": "/v1"}
ARTICLE_LINKS = {"self": "/v1/article", "service": "/v1"}


def links_of(entity: Listed, collection: Collection) -> dict[str, str]:
    """Give the links of a single entity."""
    links = {"self": f"{collection.path}/{entity.id}", "collection": collection.path, "service": "/v1"}
    if entity.id in literature_of(entity):
        links["sources"] = f"{SOURCES.path}?{SOURCES.filter}={entity.id}"
    return links


def document(data: object, meta: msgspec.Raw, links: dict[str, str]) -> Representation:
    """Give an envelope as JSON text with its strong `ETag` (RFC 9110, section 8.8.3): a digest of the bytes."""
    return represented({"data": data, "meta": meta, "links": links})


def represented(document: object) -> Representation:
    """Give anything as JSON text, with its tag."""
    body = msgspec.json.encode(document)
    return Representation(body.decode(), etag(body))


def etag(body: bytes) -> str:
    """Give the strong entity tag of a body: 128 bits of BLAKE2b (RFC 7693)."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def _encoded(data: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
