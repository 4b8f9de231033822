"""Load the content files: merge the facts with the words of each language into the model's entities.

Everything that does not fit the model is collected and reported at once, by file, line, place, rule and value. Rules
about the meaning of texts are in `rules.py` and `wording_rules.py`.
"""

import dataclasses
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import structs

from chalicelib.content.model import Article, Comparison, Entity, Labelled, Source, type_name
from chalicelib.documents.lists import LISTS, list_of
from chalicelib.documents.lists import SOURCES as SOURCE_LIST
from editorial.citing import cite
from editorial.violations import InvalidContentError, Lines, Violation
from editorial.wording_file import WORDING, Wording, read_wording
from editorial.yaml_files import YamlMapping, parse, shorten

FACTS, SOURCES, WORDS, CLOSE = "facts.yaml", "sources.yaml", "words", "article-close.yaml"

COMPUTED_FIELDS = {"citation", "id", "language", "sources"}  # set while loading, so never in the files
COMPARED_BY: dict[type[Entity], str] = {resource.entity: resource.compared_by for resource in LISTS}


def _alternatives(field_type: object) -> tuple[object, ...]:
    if get_origin(field_type) is Annotated:
        return _alternatives(get_args(field_type)[0])
    if get_origin(field_type) in (Union, types.UnionType):
        return tuple(inner for part in get_args(field_type) for inner in _alternatives(part))
    return (field_type,)


def _struct_in(field_type: object) -> type[msgspec.Struct] | None:
    records = (
        part for part in _alternatives(field_type) if isinstance(part, type) and issubclass(part, msgspec.Struct)
    )
    return next(records, None)


class RecordField(NamedTuple):
    """A field of a record, the record in it, if there is one, and whether editors write it."""

    info: structs.FieldInfo
    nested: type[msgspec.Struct] | None
    by_editors: bool


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[RecordField, ...]:
    """Return the fields of a record. Reading annotations is most of what loading costs."""
    return tuple(
        RecordField(field, _struct_in(field.type), is_editorial_text(field.type)) for field in structs.fields(struct)
    )


def is_editorial_text(field_type: object) -> bool:
    """Return whether editors write fields of this type: strings without a pattern that no source prints (`Quoted`)."""
    if isinstance(field_type, type) and issubclass(field_type, msgspec.Struct):
        return all(is_editorial_text(field.type) for field in structs.fields(field_type))
    metas = [meta for meta in getattr(field_type, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    if any(meta.pattern or (meta.extra or {}).get("quoted") for meta in metas):
        return False
    return field_type is str or any(is_editorial_text(part) for part in get_args(field_type))


def _translated_fields(field_type: type[msgspec.Struct]) -> Iterator[str]:
    for field, nested, by_editors in fields_of(field_type):
        if by_editors:
            yield field.name
        elif nested and not issubclass(nested, Labelled):
            yield from _translated_fields(nested)


# The names of fields that differ by language. All others are facts, the same in every language.
TRANSLATED_FIELDS = frozenset(
    {"translation"}.union(*map(_translated_fields, (Article, *(resource.entity for resource in LISTS))))
)


@dataclass(frozen=True)
class LoadedContent:
    """The complete article: its entities by language, in the order of the files, and what else the rules need."""

    languages: dict[str, tuple[Entity, ...]]

    wording: Wording = dataclasses.field(default_factory=Wording)

    # What the article says, close to its words, by the place of the statement. Never published.
    close: Mapping[str, str] = dataclasses.field(default_factory=dict)

    # By file.
    lines: Mapping[str, Lines] = dataclasses.field(default_factory=dict)


def place_of(entity: Entity) -> str:
    """Return the place of an entity in its files, for example `risks.bruising`."""
    if isinstance(entity, Article):
        return "article"
    return f"{list_of(entity).section}.{entity.id}"


def words_file(language: str) -> str:
    """Return the path of a language's file in the content folder."""
    return f"{WORDS}/{language}.yaml"


def load(folder: Path) -> LoadedContent:
    """Return the content of a folder.

    Raises:
        InvalidContentError: Files or fields do not fit the model; the error lists all of them.

    """
    return merge(*read(folder))


def read(folder: Path) -> tuple[dict[str, YamlMapping], dict[str, Lines]]:
    """Return each file of a folder as a mapping, and the lines of its places.

    Raises:
        InvalidContentError: Files are missing, or cannot be read as YAML.

    """
    violations: list[Violation] = []
    languages = sorted(path.stem for path in (folder / WORDS).glob("*.yaml"))
    if not languages:
        violations.append(Violation(WORDS, "", "must hold a file of words for at least one language"))
    optional = [file for file in (WORDING, CLOSE) if (folder / file).exists()]
    files = (FACTS, SOURCES, *map(words_file, languages), *optional)
    parsed = {file: parse(folder, file, violations) for file in files}
    if violations:
        raise InvalidContentError(violations)
    return {file: tree for file, (tree, _) in parsed.items()}, {file: lines for file, (_, lines) in parsed.items()}


def merge(trees: Mapping[str, YamlMapping], lines: Mapping[str, Lines]) -> LoadedContent:
    """Return the content of parsed files.

    Raises:
        InvalidContentError: Fields do not fit the model; the error lists all of them.

    """
    violations: list[Violation] = []
    if SOURCE_LIST.section in trees[FACTS]:
        violations.append(Violation(FACTS, SOURCE_LIST.section, f"belongs in {SOURCES}"))
    facts = trees[FACTS] | {SOURCE_LIST.section: trees[SOURCES]}
    words = {Path(file).stem: tree for file, tree in trees.items() if file.startswith(f"{WORDS}/")}
    content = {language: tuple(_merge_language(facts, tree, language, violations)) for language, tree in words.items()}
    wording = read_wording(trees.get(WORDING, {}), violations)
    close = dict(_read_close(trees.get(CLOSE, {}), violations))
    if violations:
        raise InvalidContentError(violations, lines)
    return LoadedContent(content, wording, close, lines)


def _read_close(tree: YamlMapping, violations: list[Violation]) -> Iterator[tuple[str, str]]:
    """Yield the place of each statement and what the article says there."""
    for section, entries in tree.items():
        if not isinstance(entries, dict):
            violations.append(Violation(CLOSE, section, "must be a mapping of ids to texts", shorten(entries)))
            continue
        for name, text in entries.items():
            if isinstance(text, str):
                yield f"{section}.{name}", text
            else:
                violations.append(Violation(CLOSE, f"{section}.{name}", "must be a text", shorten(text)))


def _merge_language(
    facts: YamlMapping, words: YamlMapping, language: str, violations: list[Violation]
) -> Iterator[Entity]:
    merger = _Merger(words_file(language), words.get("labels"), violations)
    sections = {"article", *(resource.section for resource in LISTS)}
    dates = {"checked", "next_check", "clinical_review"}
    merger.reject_unknown(FACTS, facts, sections | dates | {"paragraph_count", "effectiveness_values"})
    texts = {"translation", "service_name", "subject", "question", "attribution", "disclaimer", "headings", "labels"}
    merger.reject_unknown(merger.words_file, words, sections | texts)
    article = {
        **{key: value for key, value in (facts | words).items() if key not in sections},
        **merger.merge("article", facts.get("article"), words.get("article"), FACTS),
        "language": language,
    }
    attribution = words.get("attribution")
    if isinstance(attribution, str):
        if attribution.count("{date}") != 1:
            rule = "must have {date} once: the day on which the content was checked"
            violations.append(Violation(merger.words_file, "attribution", rule, shorten(attribution)))
        article["attribution"] = attribution.replace("{date}", shorten(facts.get("checked")))
    yield from merger.convert("article", article, Article, FACTS)
    for resource in LISTS:
        section = resource.section
        facts_file = SOURCES if resource is SOURCE_LIST else FACTS
        pairs = merger.pair(section, facts.get(section, {}), words.get(section, {}), facts_file)
        for entity_id, (entity_facts, entity_words) in pairs.items():
            place = f"{section}.{entity_id}"
            tree = merger.merge(place, entity_facts, entity_words, facts_file)
            for entity in merger.convert(place, {**tree, "id": entity_id}, resource.entity, facts_file):
                yield structs.replace(entity, citation=cite(entity)) if isinstance(entity, Source) else entity


class _Merger:
    """Merges the facts and the words of one language, and collects violations."""

    def __init__(self, words_file: str, labels: object, violations: list[Violation]) -> None:
        self.words_file = words_file
        self._labels = labels
        self._violations = violations

    def reject_unknown(self, file: str, tree: YamlMapping, known: set[str]) -> None:
        """Report top-level keys of a file that are not known."""
        self._violations.extend(
            Violation(file, key, f"must be one of {', '.join(sorted(known))}") for key in tree if key not in known
        )

    def pair(self, place: str, facts: object, words: object, facts_file: str) -> dict[str, tuple[object, object]]:
        """Return the facts and words of a section by id; report ids that only one side has."""
        for file, tree in ((facts_file, facts), (self.words_file, words)):
            if not isinstance(tree, dict):
                self._violations.append(Violation(file, place, "must be a mapping of ids to fields", shorten(tree)))
        if not isinstance(facts, dict) or not isinstance(words, dict):
            return {}
        self._violations.extend(
            Violation(self.words_file, f"{place}.{name}", f"is missing: {facts_file} has it")
            for name in facts
            if name not in words
        )
        self._violations.extend(
            Violation(self.words_file, f"{place}.{name}", f"is not known: {facts_file} does not have it")
            for name in words
            if name not in facts
        )
        return {str(name): (facts[name], words[name]) for name in facts if name in words}

    def merge(self, place: str, facts: object, words: object, facts_file: str) -> YamlMapping:
        """Return facts and words as one mapping; report fields that are computed, or in the wrong file."""
        merged: YamlMapping = {}
        for file, tree in ((facts_file, facts), (self.words_file, words)):
            if not isinstance(tree, dict):
                self._violations.append(Violation(file, place, "must be a mapping of fields to values", shorten(tree)))
                continue
            merged |= self._plain_fields(place, file, tree, facts_file)
        if isinstance(facts, dict) and isinstance(words, dict):
            keys = facts.keys() | words.keys()
            for key in keys - {"sentences"} - COMPUTED_FIELDS:
                if isinstance(facts.get(key), dict) or isinstance(words.get(key), dict):
                    merged[key] = self.merge(f"{place}.{key}", facts.get(key, {}), words.get(key, {}), facts_file)
            if "sentences" in keys:
                merged.pop("further_sources", None)
                merged |= self._merge_sentences(place, facts, words, facts_file)
        return merged

    def _plain_fields(self, place: str, file: str, tree: YamlMapping, facts_file: str) -> YamlMapping:
        """Return the fields without mappings of one file; report computed fields, and those in the wrong file."""
        plain: YamlMapping = {}
        for key, value in tree.items():
            right_file = self._file_of(key, facts_file)
            if key in COMPUTED_FIELDS:
                self._violations.append(Violation(file, f"{place}.{key}", "is computed: leave it out"))
            elif not isinstance(value, dict):
                plain[key] = value
                if file != right_file:
                    rule = f"belongs in {right_file}"
                    self._violations.append(Violation(file, f"{place}.{key}", rule, shorten(value)))
        return plain

    def _merge_sentences(self, place: str, facts: YamlMapping, words: YamlMapping, facts_file: str) -> YamlMapping:
        """Return the sentences with their sources, and all sources: those of the sentences, then `further_sources`."""
        pairs = self.pair(f"{place}.sentences", facts.get("sentences", {}), words.get("sentences", {}), facts_file)
        further = facts.get("further_sources", [])
        lists: dict[str, Any] = {f"sentences.{name}": sources for name, (sources, _) in pairs.items()} | {
            "further_sources": further
        }
        for name, sources in lists.items():
            if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
                rule = "must be a list of ids of sources"
                self._violations.append(Violation(facts_file, f"{place}.{name}", rule, shorten(sources)))
                return {"sentences": [], "sources": []}
        order = [name for name in words["sentences"] if name in pairs] if pairs else []
        if order != list(pairs):
            rule = f"must be in the order of {facts_file}: {', '.join(pairs)}"
            self._violations.append(Violation(self.words_file, f"{place}.sentences", rule, ", ".join(order)))
        in_sentences = {source for name, sources in lists.items() if name != "further_sources" for source in sources}
        for name in further:
            if name in in_sentences:
                rule = "must be sources that no sentence rests on: leave it out"
                self._violations.append(Violation(facts_file, f"{place}.further_sources", rule, name))
        return {
            "sentences": [{"id": name, "text": text, "sources": sources} for name, (sources, text) in pairs.items()],
            "sources": list(dict.fromkeys(source for sources in lists.values() for source in sources)),
        }

    def convert(self, place: str, tree: YamlMapping, entity_type: type[Entity], facts_file: str) -> Iterator[Entity]:
        """Yield the entity, or report every field that does not fit its type."""
        violations = list(self._check(place, tree, entity_type, facts_file))
        # A concern's verdict is a code of the article, so the labels say which there are.
        verdict, verdicts = tree.get("effectiveness"), _mapping(self._labels).get("effectiveness")
        if not violations and verdict and verdict not in _mapping(verdicts):
            rule = f"must be one of {', '.join(_mapping(verdicts))}: the codes that have a label"
            violations.append(Violation(facts_file, f"{place}.effectiveness", rule, verdict))
        if not violations:
            compared_by = COMPARED_BY.get(entity_type)
            kind = tree[compared_by] if compared_by else type_name(entity_type)
            tree = self._with_labels(tree, entity_type, kind, violations)
        self._violations.extend(violations)
        if not violations:
            yield msgspec.convert(tree, entity_type)

    def _with_labels(
        self, tree: YamlMapping, struct: type[msgspec.Struct], kind: str, violations: list[Violation]
    ) -> YamlMapping:
        """Return a tree with a label added to each code; report labels that are missing."""
        labelled = dict(tree)
        for field, nested, _ in fields_of(struct):
            if not nested or not isinstance(tree.get(field.name), str | dict):
                continue
            if not issubclass(nested, Labelled):
                labelled[field.name] = self._with_labels(tree[field.name], nested, kind, violations)
                continue
            keys = [vocabulary(nested), *([kind] if nested is Comparison else []), tree[field.name]]
            label = self._labels
            for key in keys:
                label = _mapping(label).get(key)
            if not isinstance(label, str):
                violations.append(Violation(self.words_file, ".".join(["labels", *keys]), "is missing"))
            labelled[field.name] = {"code": tree[field.name], "label": label}
        return labelled

    def _check(self, place: str, tree: object, struct: type[msgspec.Struct], facts_file: str) -> Iterator[Violation]:
        # msgspec.convert would stop at the first error, and does not know the files.
        if not isinstance(tree, dict):
            yield Violation(facts_file, place, "must be a mapping of fields to values", shorten(tree))
            return
        fields = {field.name: (field, nested) for field, nested, _ in fields_of(struct)}
        for name in tree.keys() - fields.keys():
            yield Violation(self._file_of(name, facts_file), f"{place}.{name}", f"is no field of a {struct.__name__}")
        for name, (field, nested) in fields.items():
            file, field_place = self._file_of(name, facts_file), f"{place}.{name}"
            if name not in tree:
                if field.required:
                    yield Violation(file, field_place, "is missing")
            elif nested and not issubclass(nested, Labelled) and tree[name] is not None:
                yield from self._check(field_place, tree[name], nested, file)
            else:
                # In the files, a code has no label.
                field_type = _code_type(nested) if nested and issubclass(nested, Labelled) else field.type
                try:
                    msgspec.convert(tree[name], field_type)
                except msgspec.ValidationError as error:
                    yield Violation(file, field_place, *_explain(field_type, tree[name], error))

    def _file_of(self, field: str, facts_file: str) -> str:
        return self.words_file if field in TRANSLATED_FIELDS else facts_file


def _mapping(value: object) -> YamlMapping:
    return value if isinstance(value, dict) else {}


def vocabulary(struct: type[msgspec.Struct]) -> str:
    """Return the field of `Labels` with the labels of a vocabulary, for example `factor_kind` for `FactorKind`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", struct.__name__).lower()


def _code_type(labelled: type[msgspec.Struct]) -> object:
    return next(field.type for field, *_ in fields_of(labelled) if field.name == "code")


def _explain(field_type: object, value: object, error: msgspec.ValidationError) -> tuple[str, str]:
    """Return what a value of a type must be, and what was found."""
    allowed = [
        str(word) for part in _alternatives(field_type) if get_origin(part) is Literal for word in get_args(part)
    ]
    if allowed:
        return f"must be one of {', '.join(allowed)}", shorten(value)
    longest = next((meta.max_length for meta in getattr(field_type, "__metadata__", ()) if meta.max_length), None)
    if longest and isinstance(value, str) and len(value) > longest:
        return f"must have at most {longest} characters: shorten it", f"{len(value)} characters"
    return f"must fit: {str(error).split(' - at ')[0]}", shorten(value)
