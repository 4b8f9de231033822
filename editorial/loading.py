"""Reading the content files: facts once, words per language, merged into the model's entities.

What does not fit the model is told by file, place, rule and value, all of it at once; rules about meaning are in
`rules.py`. This module knows files and the model, and nothing of tables.
"""

import types
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, Union, cast, get_args, get_origin

import msgspec
import yaml

from chalicelib.content.model import Article, Entity
from chalicelib.documents.lists import LISTS, list_of
from chalicelib.documents.lists import SOURCES as SOURCE_LIST

# A parsed file: mappings, lists and scalars, before anything is known about them.
YamlMapping: TypeAlias = dict[str, Any]

FACTS, SOURCES, WORDS = "facts.yaml", "sources.yaml", "words"


def _alternatives(kind: object) -> tuple[object, ...]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(inner for part in get_args(kind) for inner in _alternatives(part))
    return (kind,)


def _struct_in(kind: object) -> type[msgspec.Struct] | None:
    structs = (part for part in _alternatives(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct))
    return next(structs, None)


def written(kind: object) -> bool:
    """Return whether a field of this type is text written by editors: it has a string without a pattern, not quoted."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return all(written(field.type) for field in msgspec.structs.fields(kind))
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    if any(meta.pattern or (meta.extra or {}).get("quoted") for meta in metas):
        return False
    return kind is str or any(written(part) for part in get_args(kind))


def _names_in_words(kind: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        if written(field.type):
            yield field.name
        nested = _struct_in(field.type)
        if nested:
            yield from _names_in_words(nested)


# Fields that are written in a language; every other field is a fact, and the same in all languages.
IN_WORDS = frozenset({"translation"}.union(*map(_names_in_words, (Article, *(resource.entity for resource in LISTS)))))


DEEPEST = 10  # levels; the content needs five


@dataclass(frozen=True, order=True)
class Violation:
    """One thing an editor has to mend: where it is, which rule it breaks, and what was found there."""

    file: str
    place: str
    rule: str
    value: str = ""

    def __str__(self) -> str:
        found = f" (found: {self.value})" if self.value else ""
        return f"{self.file}: {self.place}: {self.rule}{found}" if self.place else f"{self.file}: {self.rule}{found}"


class InvalidContentError(Exception):
    """The content cannot be published; it carries every failure that was found."""

    def __init__(self, failures: list[Violation]) -> None:
        self.failures = sorted(set(failures))
        super().__init__("\n".join(str(failure) for failure in self.failures))


@dataclass(frozen=True)
class LoadedContent:
    """The whole article: its entities in each language, in the order of the files."""

    languages: dict[str, tuple[Entity, ...]]


def place_of(entity: Entity) -> str:
    """Give the place of an entity in its files, as an editor would look for it."""
    if isinstance(entity, Article):
        return "article"
    return f"{list_of(entity).section}.{entity.id}"


def words_file(language: str) -> str:
    """Give the name of a language's file, relative to the content's folder."""
    return f"{WORDS}/{language}.yaml"


def load(folder: Path) -> LoadedContent:
    """Give the content of a folder; raise `InvalidContentError` with everything that does not fit the model."""
    failures: list[Violation] = []
    facts = _parsed(folder, FACTS, failures)
    if SOURCE_LIST.section in facts:
        failures.append(Violation(FACTS, SOURCE_LIST.section, f"belongs in {SOURCES}"))
    facts[SOURCE_LIST.section] = _parsed(folder, SOURCES, failures)
    languages = sorted(path.stem for path in (folder / WORDS).glob("*.yaml"))
    if not languages:
        failures.append(Violation(WORDS, "", "must hold a file of words for at least one language"))
    words = {language: _parsed(folder, words_file(language), failures) for language in languages}
    if failures:
        raise InvalidContentError(failures)
    content = {language: tuple(_entities(facts, tree, language, failures)) for language, tree in words.items()}
    if failures:
        raise InvalidContentError(failures)
    return LoadedContent(content)


class _Loader(yaml.CSafeLoader):
    """YAML as it is, but a key that is given twice is an error and not a silent loss."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyYAML's
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # PyYAML knows a date or a number by its form alone
            raise _refusal(f"must be a date or a number that exists: {_shown(node.value)}", node) from error


def _refusal(problem: str, at: yaml.Node | yaml.Event) -> yaml.MarkedYAMLError:
    # libyaml's marks are another class with the same attributes.
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("yaml.Mark | None", at.start_mark))


def _plain(text: str) -> str:
    """Return YAML as it is; raise `MarkedYAMLError` unless it is mappings, lists and scalars, not too deeply nested.

    Aliases let a few bytes stand for gigabytes, and libyaml's composer crashes the process on deep nesting.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "anchor", None):
            raise _refusal("must not use anchors or aliases: write the value again", event)
        if getattr(event, "tag", None):
            raise _refusal("must not use tags: write the value alone", event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _refusal(f"must not be nested deeper than {DEEPEST} levels", event)
    return text


def _mapping_without_duplicates(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[object] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refusal("must have words as keys, not lists or mappings", key)
        if key.tag == "tag:yaml.org,2002:merge":
            raise _refusal("must not use the merge key “<<”: write the fields again", key)
        if key.value in seen:
            raise _refusal(f"“{key.value}” is given twice", key)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


def _parsed(folder: Path, file: str, failures: list[Violation]) -> YamlMapping:
    try:
        tree = yaml.load(_plain((folder / file).read_text(encoding="utf-8")), Loader=_Loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        failures.append(Violation(file, "", "must exist"))
    except OSError as error:
        failures.append(Violation(file, "", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        failures.append(Violation(file, "", "must be UTF-8"))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        failures.append(Violation(file, line, error.problem or "must be YAML"))
    except yaml.YAMLError:
        failures.append(Violation(file, "", "must be YAML, without control characters"))
    else:
        if isinstance(tree, dict) and all(isinstance(key, str) for key in tree):
            return tree
        failures.append(Violation(file, "", "must be a mapping of names to values", _shown(tree)))
    return {}


def _entities(facts: YamlMapping, words: YamlMapping, language: str, failures: list[Violation]) -> Iterator[Entity]:
    merge = _Merge(words_file(language), failures)
    sections = {"article", *(resource.section for resource in LISTS)}
    merge.refuse(FACTS, facts, sections | {"reviewed", "next_review"})
    merge.refuse(merge.file, words, sections | {"translation", "question", "attribution", "disclaimer", "labels"})
    article = {
        **{key: value for key, value in (facts | words).items() if key not in sections},
        **merge.merged("article", facts.get("article"), words.get("article"), FACTS),
        "language": language,
    }
    yield from merge.converted("article", article, Article, FACTS)
    for resource in LISTS:
        section, kind = resource.section, resource.entity
        file = SOURCES if resource is SOURCE_LIST else FACTS
        both = merge.pairs(section, facts.get(section, {}), words.get(section, {}), file)
        for name, (its_facts, its_words) in both.items():
            place = name if resource is SOURCE_LIST else f"{section}.{name}"
            tree = merge.merged(f"{section}.{name}", its_facts, its_words, file)
            yield from merge.converted(place, {**tree, "id": name}, kind, file)


class _Merge:
    """Puts the facts and one language's words together, and collects what does not fit."""

    def __init__(self, file: str, failures: list[Violation]) -> None:
        self.file = file
        self.failures = failures

    def refuse(self, file: str, tree: YamlMapping, known: set[str]) -> None:
        """Tell keys of a file that nothing reads."""
        self.failures.extend(
            Violation(file, key, f"must be one of {', '.join(sorted(known))}") for key in tree if key not in known
        )

    def pairs(self, place: str, facts: object, words: object, file: str) -> dict[str, tuple[object, object]]:
        """Give facts and words by id; tell ids that only one side has."""
        for side, tree in ((file, facts), (self.file, words)):
            if not isinstance(tree, dict):
                self.failures.append(Violation(side, place, "must be a mapping of ids to fields", _shown(tree)))
        if not isinstance(facts, dict) or not isinstance(words, dict):
            return {}
        self.failures.extend(
            Violation(self.file, f"{place}.{name}", f"is missing: {file} has it") for name in facts if name not in words
        )
        self.failures.extend(
            Violation(self.file, f"{place}.{name}", f"is not known: {file} does not have it")
            for name in words
            if name not in facts
        )
        return {str(name): (facts[name], words[name]) for name in facts if name in words}

    def merged(self, place: str, facts: object, words: object, file: str) -> YamlMapping:
        """Give facts and words as one tree; tell what stands on the wrong side."""
        merged: YamlMapping = {}
        for side, tree, other in ((file, facts, False), (self.file, words, True)):
            if not isinstance(tree, dict):
                self.failures.append(Violation(side, place, "must be a mapping of fields to values", _shown(tree)))
                continue
            for key, value in tree.items():
                if isinstance(value, dict):
                    continue
                if (key in IN_WORDS) is not other:
                    home = self.file if key in IN_WORDS else file
                    self.failures.append(Violation(side, f"{place}.{key}", f"belongs in {home}", _shown(value)))
                merged[key] = value
        if isinstance(facts, dict) and isinstance(words, dict):
            for key in facts.keys() | words.keys():
                if isinstance(facts.get(key), dict) or isinstance(words.get(key), dict):
                    merged[key] = self.merged(f"{place}.{key}", facts.get(key, {}), words.get(key, {}), file)
        return merged

    def converted(self, place: str, tree: YamlMapping, kind: type[Entity], file: str) -> Iterator[Entity]:
        """Give the entity, or tell everything that keeps the tree from being one."""
        found = list(self._misfits(place, tree, kind, file))
        self.failures.extend(found)
        if not found:
            yield msgspec.convert(tree, kind)

    def _misfits(self, place: str, tree: object, kind: type[msgspec.Struct], file: str) -> Iterator[Violation]:
        if not isinstance(tree, dict):
            yield Violation(file, place, "must be a mapping of fields to values", _shown(tree))
            return
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for name in tree.keys() - fields.keys():
            yield Violation(self._home(name, file), f"{place}.{name}", f"is no field of a {kind.__name__}")
        for name, field in fields.items():
            home, at = self._home(name, file), f"{place}.{name}"
            nested = _struct_in(field.type)
            if name not in tree:
                if field.required:
                    yield Violation(home, at, "is missing")
            elif nested:
                yield from self._misfits(at, tree[name], nested, file)
            else:
                try:
                    msgspec.convert(tree[name], field.type)
                except msgspec.ValidationError as error:
                    yield Violation(home, at, _rule(field.type, error), _shown(tree[name]))

    def _home(self, field: str, file: str) -> str:
        return self.file if field in IN_WORDS else file


def _rule(kind: object, error: msgspec.ValidationError) -> str:
    allowed = [str(word) for part in _alternatives(kind) if get_origin(part) is Literal for word in get_args(part)]
    if allowed:
        return f"must be one of {', '.join(allowed)}"
    return f"must fit: {str(error).split(' - at ')[0]}"


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"  # noqa: PLR2004 - one line of a terminal
