"""The citations of an edition: which sentences rest on which sources."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct, structs

from chalicelib.content.model import Article, Entity, ListedEntity, Slug, Source, cited_texts
from chalicelib.documents.lists import list_of


class CitingSentence(Struct, frozen=True, kw_only=True):
    """A sentence that rests on a source."""

    id: Slug
    text: str


class CitedBy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a source is cited. Without `sentence`, the source bears on the statement, but no sentence rests on it."""

    path: Annotated[str, msgspec.Meta(description="The statement's URL; its fragment is a field of the article.")]
    sentence: CitingSentence | None = None


class CitedSource(Source, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A source, with its addresses and with the sentences that rest on it."""

    citation: Annotated[str, msgspec.Meta(description="In the style of the National Library of Medicine.")]
    doi_url: str | None = None
    pubmed_url: str | None = None
    cited_by: tuple[CitedBy, ...]


class CitationIndex(NamedTuple):
    """For each source id, where it is cited, and the subjects it speaks to; and all subjects."""

    cited_by: dict[str, list[CitedBy]]
    subjects_by_source: dict[str, set[str]]
    subjects: set[str]


def index_citations(entities: Iterable[Entity]) -> CitationIndex:
    """Return the citations of an edition.

    The subjects of a source are the statements that cite it and what its own `bears_on` names.
    """
    index = CitationIndex({}, {}, set())
    for entity in entities:
        if isinstance(entity, Source):
            index.subjects_by_source.setdefault(entity.id, set()).update(entity.bears_on)
            index.subjects.update(entity.bears_on)
        for name, text in cited_texts(entity).items():
            index.subjects.add(name)
            path = path_of(entity, name)
            of_sentences = [
                (source, CitedBy(path=path, sentence=CitingSentence(id=sentence.id, text=sentence.text)))
                for sentence in text.sentences
                for source in sentence.sources
            ]
            with_sentences = {source for source, _ in of_sentences}
            further = [(source, CitedBy(path=path)) for source in text.sources if source not in with_sentences]
            for source, cited_by in of_sentences + further:
                index.cited_by.setdefault(source, []).append(cited_by)
                index.subjects_by_source.setdefault(source, set()).add(name)
    return index


def path_of(entity: Entity, name: str) -> str:
    """Return the path where a statement is served: its own URL, or a field of the article."""
    if isinstance(entity, Article):
        return f"/v1/article#{name}"
    resource = list_of(entity)
    return f"{resource.path}/{name}" if resource.path else f"/v1/article#{resource.section}"


def doi_url(source: Source) -> str | None:
    """Return the URL of a source's DOI."""
    return f"https://doi.org/{quote(source.doi)}" if source.doi else None


def pubmed_url(source: Source) -> str | None:
    """Return the URL of a source in PubMed."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/" if source.pmid else None


def with_citations(entity: ListedEntity, index: CitationIndex) -> ListedEntity:
    """Return a source with its addresses and citations, and any other entity unchanged."""
    if not isinstance(entity, Source):
        return entity
    return CitedSource(
        **structs.asdict(entity),
        doi_url=doi_url(entity),
        pubmed_url=pubmed_url(entity),
        cited_by=tuple(index.cited_by.get(entity.id, ())),
    )
