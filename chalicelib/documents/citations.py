"""The citations of an edition: which statements cite which sources."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import structs

from chalicelib.content.model import Article, Entity, ListedEntity, Source, literature_by_statement
from chalicelib.documents.lists import list_of


class CitedSource(Source, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A source, with the paths of the statements that cite it."""

    cited_by: Annotated[tuple[str, ...], msgspec.Meta(description="Paths of the statements whose literature cites it.")]


class CitationIndex(NamedTuple):
    """For each source id, the paths and subjects of the statements that cite it; and all subjects."""

    paths_by_source: dict[str, list[str]]
    subjects_by_source: dict[str, set[str]]
    subjects: set[str]


def index_citations(entities: Iterable[Entity]) -> CitationIndex:
    """Return the citations of an edition.

    The subjects of a source are the statements that cite it and what its own `bears_on` names.
    """
    citations = CitationIndex({}, {}, set())
    for entity in entities:
        if isinstance(entity, Source):
            citations.subjects_by_source.setdefault(entity.id, set()).update(entity.bears_on)
            citations.subjects.update(entity.bears_on)
        for name, literature in literature_by_statement(entity).items():
            citations.subjects.add(name)
            for source in literature.sources:
                citations.subjects_by_source.setdefault(source, set()).add(name)
                citations.paths_by_source.setdefault(source, []).append(path_of(entity, name))
    return citations


def path_of(entity: Entity, name: str) -> str:
    """Return the path where a statement is served: its own URL, or a field of the article."""
    if isinstance(entity, Article):
        return f"/v1/article#{name}"
    resource = list_of(entity)
    return f"{resource.path}/{name}" if resource.path else f"/v1/article#{resource.section}"


def with_citations(entity: ListedEntity, citations: CitationIndex) -> ListedEntity:
    """Return a source with the paths of the statements that cite it, and any other entity unchanged."""
    if not isinstance(entity, Source):
        return entity
    paths = dict.fromkeys(citations.paths_by_source.get(entity.id, ()))  # each once, in order
    return CitedSource(**structs.asdict(entity), cited_by=tuple(paths))
