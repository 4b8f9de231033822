"""Which statements cite which sources."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from msgspec import Meta

from chalicelib.content.model import Entity, Limitation, ListedEntity, Source, literature_by_statement
from chalicelib.documents.lists import COLLECTIONS


class CitedSource(Source, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A source, with the statements that rest on it."""

    cited_by: Annotated[tuple[str, ...], Meta(description="Paths of the statements whose literature cites it.")]


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
        for name, literature in literature_by_statement(entity).items():
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


def public(entity: ListedEntity, citations: Citations) -> ListedEntity:
    """Give an entity as the API shows it: a source with the statements that rest on it, all others as they are."""
    if not isinstance(entity, Source):
        return entity
    fields = {name: getattr(entity, name) for name in entity.__struct_fields__}
    return CitedSource(**fields, cited_by=tuple(dict.fromkeys(citations.paths.get(entity.id, ()))))
