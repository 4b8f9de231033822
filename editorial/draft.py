"""Turn content into an edition: items of the table, named by their hash.

The same content always gets the same name (`chalicelib.content.editions.edition_name`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from chalicelib.content.editions import edition_name
from chalicelib.content.items import TableItem, digest, entity_item
from chalicelib.content.model import Article, Entity
from chalicelib.documents.lists import LISTS


@dataclass(frozen=True)
class EditionDraft:
    """An edition that is not written yet; its name, and by language its entities, items and digest."""

    edition: str
    entities: Mapping[str, tuple[Entity, ...]]
    items: Mapping[str, tuple[TableItem, ...]]
    digests: Mapping[str, str]


def draft(languages: Mapping[str, tuple[Entity, ...]]) -> EditionDraft:
    """Return the draft of content by language; entities of one type keep their order."""
    items = {language: _items(entities) for language, entities in sorted(languages.items())}
    digests = {language: digest(language_items) for language, language_items in items.items()}
    return EditionDraft(edition_name(digests), languages, items, digests)


def with_positions(entities: tuple[Entity, ...]) -> list[tuple[int, Entity]]:
    """Return each entity with its position among those of its type, counted from 0."""
    counters = {entity_type: count() for entity_type in (Article, *(resource.entity for resource in LISTS))}
    return [(next(counters[type(entity)]), entity) for entity in entities]


def _items(entities: tuple[Entity, ...]) -> tuple[TableItem, ...]:
    return tuple(entity_item(position, entity) for position, entity in with_positions(entities))
