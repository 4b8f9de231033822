"""Find what the rules read in the content: statements, views of research and texts, each with its file and place."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from chalicelib.content.model import (
    Article,
    Entity,
    Labelled,
    LiteratureView,
    NamedStatement,
    ReportedHarm,
    Sentence,
    Source,
    Statement,
    cited_texts,
)
from editorial.loading import FACTS, SOURCES, LoadedContent, fields_of, place_of, words_file
from editorial.violations import Violation


class Finding(NamedTuple):
    """What breaks a rule: its file and place, and the value found there."""

    file: str
    place: str
    value: str


# Yields everything that breaks it. The first line of its docstring is the message for editors.
Rule = Callable[[LoadedContent], Iterator[Finding]]

Kind = Literal["article line", "article text", "research line", "research text", "summary", "finding"]


class Passage(NamedTuple):
    """A text about the article or about research, and the ids of the sources that it rests on."""

    place: str
    kind: Kind
    text: str
    sources: tuple[str, ...] = ()


def check(rule: Rule, content: LoadedContent) -> Iterator[Violation]:
    """Yield each violation of a rule in the content, with the rule's message."""
    message = (rule.__doc__ or "").partition("\n")[0].rstrip(".")
    return (Violation(found.file, found.place, message, found.value) for found in rule(content))


def sources_in(entities: Iterable[Entity]) -> dict[str, Source]:
    """Return the bibliography by id."""
    return {entity.id: entity for entity in entities if isinstance(entity, Source)}


def articles(content: LoadedContent) -> Iterator[tuple[Article, tuple[Entity, ...]]]:
    """Yield the article of each language, with all entities of that language."""
    for entities in content.languages.values():
        yield from ((entity, entities) for entity in entities if isinstance(entity, Article))


def statements(entities: Iterable[Entity]) -> Iterator[tuple[str, Statement | NamedStatement]]:
    """Yield what the article says, with its place."""
    for place, value, _ in (part for entity in entities for part in _parts(entity)):
        if isinstance(value, Statement | NamedStatement):
            yield place, value


def views(entities: Iterable[Entity]) -> Iterator[tuple[str, LiteratureView | ReportedHarm]]:
    """Yield what research says, with its place."""
    for entity in entities:
        for name, view in cited_texts(entity).items():
            place = f"article.{name}" if isinstance(entity, Article) else place_of(entity)
            yield place if isinstance(view, ReportedHarm) else f"{place}.literature", view


def citations(entities: Iterable[Entity]) -> Iterator[tuple[str, str]]:
    """Yield the place of each sentence, or of the further sources, with each source cited there."""
    for place, view in views(entities):
        in_sentences = {source for sentence in view.sentences for source in sentence.sources}
        for sentence in view.sentences:
            yield from ((f"{place}.sentences.{sentence.id}", source) for source in sentence.sources)
        yield from ((f"{place}.further_sources", source) for source in view.sources if source not in in_sentences)


def passages(entities: Iterable[Entity]) -> Iterator[Passage]:
    """Yield each text about the article or about research as it is in the files; research sentence by sentence."""
    entities = tuple(entities)
    for place, statement in statements(entities):
        yield Passage(f"{place}.line", "article line", statement.line)
        yield Passage(f"{place}.text", "article text", statement.text)
    for place, view in views(entities):
        yield Passage(f"{place}.line", "research line", view.line, view.sources)
        yield from research_sentences(place, view)
    for source in sources_in(entities).values():
        yield Passage(f"{place_of(source)}.summary", "summary", source.summary, (source.id,))
        yield Passage(f"{place_of(source)}.finding", "finding", source.finding, (source.id,))


def research_sentences(place: str, view: LiteratureView | ReportedHarm) -> Iterator[Passage]:
    """Yield the sentences of a view, each with its own sources."""
    for sentence in view.sentences:
        yield Passage(f"{place}.sentences.{sentence.id}", "research text", sentence.text, sentence.sources)


def research_text(view: LiteratureView | ReportedHarm) -> str:
    """Return the sentences of a view as one text."""
    return " ".join(sentence.text for sentence in view.sentences)


def whole_texts(entities: Iterable[Entity]) -> Iterator[Passage]:
    """Yield each text about the article or about research as it is read; all sentences of a view are one text."""
    entities = tuple(entities)
    yield from (passage for passage in passages(entities) if passage.kind != "research text")
    for place, view in views(entities):
        yield Passage(f"{place}.sentences", "research text", research_text(view), view.sources)


def texts(content: LoadedContent) -> Iterator[tuple[str, str, str]]:
    """Yield the file, place and text of every string that editors write."""
    return ((file, place, text) for file, place, text, by_editors in all_strings(content) if by_editors)


def all_strings(content: LoadedContent) -> Iterator[tuple[str, str, str, bool]]:
    """Yield every string with its file and place, and whether editors write it."""
    for language, entities in content.languages.items():
        for entity in entities:
            facts = SOURCES if isinstance(entity, Source) else FACTS
            for part_place, part, part_by_editors in _parts(entity):
                for place, text, by_editors in strings(part, part_place, by_editors=part_by_editors):
                    if by_editors:
                        yield words_file(language), place, text, by_editors
                    else:
                        yield facts, place, text, by_editors


def strings(value: object, place: str, *, by_editors: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Yield every string in a value with its place, and whether editors write it: the types of fields decide that."""
    match value:
        case str():
            yield place, value, by_editors
        case Sentence():
            yield f"{place}.{value.id}", value.text, True
        case tuple():
            for member in value:
                yield from strings(member, place, by_editors=by_editors)
        case dict():
            for name, member in value.items():
                yield from strings((name, member), f"{place}.{name}", by_editors=by_editors)
        case Labelled():
            pass  # loading copied the label from `labels`, where it is checked
        case msgspec.Struct():
            for field, _, field_by_editors in fields_of(type(value)):
                yield from strings(getattr(value, field.name), f"{place}.{field.name}", by_editors=field_by_editors)


def _parts(entity: Entity) -> Iterator[tuple[str, object, bool]]:
    """Yield an article's fields, or any other entity as one part: its place, its value and whether editors write it."""
    if isinstance(entity, Article):
        for field, _, by_editors in fields_of(type(entity)):
            value = getattr(entity, field.name)
            yield f"article.{field.name}" if isinstance(value, Statement) else field.name, value, by_editors
    else:
        yield place_of(entity), entity, False
