"""Compare two editions, and check that a change may be published as its kind."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from chalicelib.content.model import (
    Article,
    ChangeKindCode,
    Concern,
    Entity,
    ReportedHarm,
    Risk,
    Source,
    entity_ref,
    type_name,
)
from editorial.draft import with_positions

VERDICT_FIELDS = {"effectiveness.code", "seriousness.code"}
HARMS = {type_name(Risk), type_name(ReportedHarm)}

Entities = Mapping[str, tuple[Entity, ...]]


class FieldDiff(msgspec.Struct, frozen=True):
    """A field that differs, as a dotted path; None where one side lacks it."""

    place: str
    before: Any
    after: Any


class EntityDiff(msgspec.Struct, frozen=True):
    """What differs in one entity in one language."""

    language: str
    entity: str
    title: str
    action: Literal["added", "changed", "removed"]
    fields: tuple[FieldDiff, ...]

    @property
    def verdicts(self) -> tuple[FieldDiff, ...]:
        """The changed fields that hold a verdict of the article."""
        return tuple(field for field in self.fields if field.place in VERDICT_FIELDS)


def differences(before: Entities, after: Entities) -> list[EntityDiff]:
    """Return what changes for readers, by language, in the order of the lists; removed entities come last."""
    return [
        diff
        for language in sorted(before.keys() | after.keys())
        for diff in _diffs(language, before.get(language, ()), after.get(language, ()))
    ]


def check_change_kind(diffs: list[EntityDiff], kind: ChangeKindCode) -> str | None:
    """Return why these differences must not be published as this kind, or None if they may be.

    Users of an older edition decide by the kind whether to update, so it must not hide a new verdict or risk.
    """
    if kind not in {"wording", "translation"}:
        return None
    for diff in diffs:
        changes_verdict = diff.verdicts and diff.action == "changed"
        entity_type = diff.entity.partition("/")[0]
        changes_list = diff.action != "changed" and entity_type in {type_name(Concern), *HARMS}
        is_new_language = all(other.action == "added" for other in diffs if other.language == diff.language)
        if is_new_language and kind == "translation":
            continue
        if changes_verdict or (changes_list and not is_new_language) or (entity_type in HARMS and kind == "wording"):
            return (
                f"{diff.entity} ({diff.language}) is {diff.action}: a change of a verdict or of a"
                f" harm is not {kind}. Publish it as safety or evidence"
            )
    return None


def title_of(entity: Entity) -> str:
    """Return the entity's title in its language."""
    if isinstance(entity, Article):
        return entity.question
    return entity.title if isinstance(entity, Source) else entity.name


def _diffs(language: str, before: tuple[Entity, ...], after: tuple[Entity, ...]) -> Iterator[EntityDiff]:
    old, new = _by_ref(before), _by_ref(after)
    for ref, (position, entity) in new.items():
        if ref not in old:
            yield EntityDiff(language, ref, title_of(entity), "added", tuple(_field_diffs({}, _flatten(entity))))
            continue
        old_position, old_entity = old[ref]
        fields = list(_field_diffs(_flatten(old_entity), _flatten(entity)))
        if old_position != position:
            fields.append(FieldDiff("position", old_position + 1, position + 1))
        if fields:
            yield EntityDiff(language, ref, title_of(entity), "changed", tuple(fields))
    for ref, (_, entity) in old.items():
        if ref not in new:
            yield EntityDiff(language, ref, title_of(entity), "removed", tuple(_field_diffs(_flatten(entity), {})))


def _by_ref(entities: tuple[Entity, ...]) -> dict[str, tuple[int, Entity]]:
    return {entity_ref(entity): (position, entity) for position, entity in with_positions(entities)}


def _flatten(entity: Entity) -> dict[str, Any]:
    def walk(tree: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
        for name, value in tree.items():
            if name == "sentences":
                sentences = {sentence["id"]: sentence for sentence in value}
                yield f"{place}{name}", list(sentences)
                yield from walk(sentences, f"{place}{name}.")
            elif isinstance(value, dict):
                yield from walk(value, f"{place}{name}.")
            elif name not in {"type", "id"}:
                yield f"{place}{name}", value

    return dict(walk(msgspec.to_builtins(entity), ""))


def _field_diffs(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldDiff]:
    for place in before | after:
        if before.get(place) != after.get(place):
            yield FieldDiff(place, before.get(place), after.get(place))
