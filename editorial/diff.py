"""Compare two editions, and check that a change may be published as its kind."""

import re
from collections.abc import Collection, Iterator, Mapping
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
# What the article or research says, and who reviewed it; not how it is worded.
SUBSTANCE = re.compile(
    r"(^|\.)(effectiveness|seriousness|comparison|about_effect|about_harm|status)\.code$"
    r"|(^|\.)sentences\.[^.]+\.sources$"
    r"|^clinical_review\b"
)
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


def check_change_kind(diffs: list[EntityDiff], kind: ChangeKindCode, source_languages: Collection[str]) -> str | None:
    """Return why these differences must not be published as this kind, or None if they may be.

    Users of an older edition decide by the kind whether to update, so it must not hide what the article or research
    now says, nor a harm. A language in `source_languages` is no translation.
    """
    if kind not in {"wording", "translation"}:
        return None
    for diff in diffs:
        if all(other.action == "added" for other in diffs if other.language == diff.language):
            if kind == "translation":
                continue  # a new language
        elif diff.action != "changed" and diff.entity.partition("/")[0] in {type_name(Concern), *HARMS}:
            return _refusal(diff, kind)
        places = [field.place for field in diff.fields] if diff.action == "changed" else []
        if any(SUBSTANCE.search(place) for place in places) or (kind == "wording" and _is_about_harm(diff)):
            return _refusal(diff, kind)
        if kind == "translation" and diff.language in source_languages:
            return f"{diff.entity} ({diff.language}) is in the language it was written in. Publish it as another kind"
    return None


def _is_about_harm(diff: EntityDiff) -> bool:
    """Return whether a difference is in a harm or in what is said on safety."""
    return diff.entity.partition("/")[0] in HARMS or any(field.place.startswith("safety.") for field in diff.fields)


def _refusal(diff: EntityDiff, kind: ChangeKindCode) -> str:
    return (
        f"{diff.entity} ({diff.language}) is {diff.action}: a change of a verdict, a comparison, a source or a harm is"
        f" not {kind}. Publish it as safety or evidence"
    )


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
