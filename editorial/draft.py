"""What would be published: the content as items of the table, named by its hash. Pure.

The same content has the same name wherever and whenever it is made (`chalicelib.table.edition_name`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from chalicelib.content.editions import edition_name
from chalicelib.content.items import TableItem, digest, entity_item
from chalicelib.content.model import Article, Entity, type_name
from chalicelib.documents.lists import LISTS


@dataclass(frozen=True)
class EditionDraft:
    """An edition that is made, and not yet written."""

    edition: str
    entities: Mapping[str, tuple[Entity, ...]]
    items: Mapping[str, tuple[TableItem, ...]]
    digests: Mapping[str, str]


def draft(languages: Mapping[str, tuple[Entity, ...]]) -> EditionDraft:
    """Give the draft of a content, by language; entities of a kind keep their order."""
    items = {language: _items(entities) for language, entities in sorted(languages.items())}
    digests = {language: digest(of_language) for language, of_language in items.items()}
    return EditionDraft(edition_name(digests), languages, items, digests)


def entity_ref(entity: Entity) -> str:
    """Give the name by which a change log speaks of an entity, for example `concern/cellulite`."""
    return type_name(type(entity)) if isinstance(entity, Article) else f"{type_name(type(entity))}/{entity.id}"


def positions(entities: tuple[Entity, ...]) -> list[tuple[int, Entity]]:
    """Give each entity with its place among those of its kind, counted from 0."""
    places = {kind: count() for kind in (Article, *(resource.entity for resource in LISTS))}
    return [(next(places[type(entity)]), entity) for entity in entities]


def _items(entities: tuple[Entity, ...]) -> tuple[TableItem, ...]:
    return tuple(entity_item(position, entity) for position, entity in positions(entities))
