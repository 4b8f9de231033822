"""What would change for readers, and which kind of change may be said to be which; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from chalicelib.content.editions import ChangedEntities
from chalicelib.content.model import Article, ChangeKind, Entity, Risk, Source, type_name
from editorial.draft import entity_ref, positions

VERDICTS = {"effectiveness", "seriousness"}

Entities = Mapping[str, tuple[Entity, ...]]


class FieldDiff(msgspec.Struct, frozen=True):
    """One field that differs; None where a side does not have it."""

    place: str
    before: Any
    after: Any


class EntityDiff(msgspec.Struct, frozen=True):
    """What differs in one entity, in one language."""

    language: str
    entity: str
    title: str
    action: Literal["added", "changed", "removed"]
    fields: tuple[FieldDiff, ...]

    @property
    def verdicts(self) -> tuple[FieldDiff, ...]:
        """The fields that are a verdict of the article, if it changes one."""
        return tuple(field for field in self.fields if field.place in VERDICTS)


@dataclass(frozen=True)
class _Placed:
    position: int
    entity: Entity


def differences(before: Entities, after: Entities) -> list[EntityDiff]:
    """Give what a reader would see differently, by language, in the order of the lists; removed entities last."""
    return [
        difference
        for language in sorted(before.keys() | after.keys())
        for difference in _of_language(language, before.get(language, ()), after.get(language, ()))
    ]


def changed_entities(before: tuple[Entity, ...], after: tuple[Entity, ...]) -> ChangedEntities:
    """Return what an edition adds, changes and removes in one language, each in the order of names.

    An entity has changed too if only its place among its kind has: lists show it elsewhere.
    """
    names: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for difference in _of_language("", before, after):
        names[difference.action].append(difference.entity)
    return ChangedEntities(**{action: tuple(sorted(of_action)) for action, of_action in names.items()})


def check_change_kind(found: list[EntityDiff], kind: ChangeKind) -> str | None:
    """Give why the differences may not be published as that kind, or None where they may.

    Who reads an older edition, or asks what changed, goes by the kind: a verdict or a risk must not change in passing.
    """
    if kind not in {"wording", "translation"}:
        return None
    for difference in found:
        verdict = difference.verdicts and difference.action == "changed"
        risk = difference.entity.startswith(f"{type_name(Risk)}/")
        listed = difference.action != "changed" and difference.entity.partition("/")[0] in {"concern", "risk"}
        new_language = all(other.action == "added" for other in found if other.language == difference.language)
        if new_language and kind == "translation":
            continue
        if verdict or (listed and not new_language) or (risk and kind == "wording"):
            return (
                f"{difference.entity} ({difference.language}) is {difference.action}: a change of a verdict or of a"
                f" risk is not {kind}. Publish it as safety or evidence"
            )
    return None


def title_of(entity: Entity) -> str:
    """Give what an entity is called in its language."""
    if isinstance(entity, Article):
        return entity.question
    return entity.title if isinstance(entity, Source) else entity.name


def _of_language(language: str, before: tuple[Entity, ...], after: tuple[Entity, ...]) -> Iterator[EntityDiff]:
    old, new = _placed(before), _placed(after)
    for name, placed in new.items():
        title = title_of(placed.entity)
        if name not in old:
            yield EntityDiff(language, name, title, "added", tuple(_fields({}, _flat(placed.entity))))
            continue
        fields = list(_fields(_flat(old[name].entity), _flat(placed.entity)))
        if old[name].position != placed.position:
            fields.append(FieldDiff("position", old[name].position + 1, placed.position + 1))
        if fields:
            yield EntityDiff(language, name, title, "changed", tuple(fields))
    for name, placed in old.items():
        if name not in new:
            gone = tuple(_fields(_flat(placed.entity), {}))
            yield EntityDiff(language, name, title_of(placed.entity), "removed", gone)


def _placed(entities: tuple[Entity, ...]) -> dict[str, _Placed]:
    return {entity_ref(entity): _Placed(position, entity) for position, entity in positions(entities)}


def _flat(entity: Entity) -> dict[str, Any]:
    def walk(tree: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
        for name, value in tree.items():
            if isinstance(value, dict):
                yield from walk(value, f"{place}{name}.")
            elif name not in {"type", "id"}:
                yield f"{place}{name}", value

    return dict(walk(msgspec.to_builtins(entity), ""))


def _fields(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldDiff]:
    for place in before | after:
        if before.get(place) != after.get(place):
            yield FieldDiff(place, before.get(place), after.get(place))
