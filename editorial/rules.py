"""The rules that a type cannot say, one function each; its docstring is the sentence an editor reads.

A rule gives a failure for everything that breaks it. It reads entities and nothing else.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec

from chalicelib.content.model import (
    ARTICLE_STATEMENTS,
    Article,
    Entity,
    LiteratureView,
    NamedStatement,
    Source,
    Statement,
    literature_by_statement,
)
from editorial.loading import (
    FACTS,
    SOURCES,
    InvalidContentError,
    LoadedContent,
    Violation,
    place_of,
    words_file,
    written,
)

SUMMARY_LENGTH = 160  # characters: what a small screen shows without scrolling
GENERAL = "general"  # what a source bears on when it is about mesotherapy as a whole

Rule = Callable[[LoadedContent], Iterator[Violation]]

PERCENTAGE = re.compile(r"[%％٪]|\bper ?cent\b|\bpercentage|\bpor ciento\b|\bpour ?cent\b|\bProzent\b", re.IGNORECASE)  # noqa: RUF001 - other scripts' percent signs
# Not seen, and needed: long names break at soft hyphens, and some scripts join and part their letters with the others.
JOINERS = "\u00ad\u200c\u200d"
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def failures(content: LoadedContent) -> list[Violation]:
    """Give everything in the content that breaks a rule."""
    return [failure for rule in RULES for failure in rule(content)]


def validate(content: LoadedContent) -> LoadedContent:
    """Give the content as it is; raise `InvalidContentError` with everything in it that breaks a rule."""
    found = failures(content)
    if found:
        raise InvalidContentError(found)
    return content


def blank(text: str) -> bool:
    """Return whether a text shows nothing."""
    return not any(character.isprintable() and character != " " for character in text)


def invisible(text: str) -> list[str]:
    """Return the characters that a screen does not show, except spaces and joiners.

    They are of the Unicode categories Cc, Cf, Cn, Co, Cs, Zl and Zp. A terminal obeys some of them; others change the
    order in which the text around them is shown.
    """
    return [
        character
        for character in text
        if not character.isprintable() and character not in JOINERS and unicodedata.category(character) != "Zs"
    ]


def codes(characters: Iterable[str]) -> str:
    """Return the code points of characters, for example `U+001B U+202E`."""
    return " ".join(f"U+{ord(character):04X}" for character in characters)


def summaries_fit(content: LoadedContent) -> Iterator[Violation]:
    """A summary has at most 160 characters."""
    for file, place, text in _texts(content):
        if place.endswith(".summary") and len(text) > SUMMARY_LENGTH:
            yield _broken(summaries_fit, file, place, f"{len(text)} characters: {text}")


def texts_say_something(content: LoadedContent) -> Iterator[Violation]:
    """A text is not blank."""
    for file, place, text, _ in _all_strings(content):
        if blank(text):
            yield _broken(texts_say_something, file, place, repr(text))


def characters_are_seen(content: LoadedContent) -> Iterator[Violation]:
    """A text holds no control, bidirectional or other invisible character."""
    for file, place, text, _ in _all_strings(content):
        found = invisible(text)
        if found:
            yield _broken(characters_are_seen, file, place, codes(found))


def questions_ask(content: LoadedContent) -> Iterator[Violation]:
    """A question ends with a question mark: it asks, and claims nothing."""
    for file, place, text in _texts(content):
        if place.rpartition(".")[2] in {"question", "questions"} and not text.rstrip().endswith(("?", "？", "؟", ";")):  # noqa: RUF001 - other scripts' question marks
            yield _broken(questions_ask, file, place, text)


def chances_are_not_printed(content: LoadedContent) -> Iterator[Violation]:
    """No percentage stands outside a source: the sources know no patient's chance."""
    for file, place, text in _texts(content):
        found = PERCENTAGE.search(text)
        if found and not place.startswith("sources."):
            yield _broken(chances_are_not_printed, file, place, found.group())


def figures_of_statements_are_found(content: LoadedContent) -> Iterator[Violation]:
    """A figure in a statement stands in the finding, the title or the year of a source cited there."""
    for language, entities in content.languages.items():
        bibliography = {source.id: source for source in _of(entities)}
        for place, statement in _statements(entities):
            names = statement.literature.sources if statement.literature else ()
            cited = [bibliography[name] for name in names if name in bibliography]
            for at, text, ours in _strings(statement, place):
                beside = cited if at.startswith(f"{place}.literature.") else []
                if ours:
                    yield from _strange_figures(figures_of_statements_are_found, words_file(language), at, text, beside)


def figures_of_summaries_are_found(content: LoadedContent) -> Iterator[Violation]:
    """A figure in a source's summary stands in its finding."""
    for language, entities in content.languages.items():
        for source in _of(entities):
            for at, text, ours in _strings(source, place_of(source)):
                if ours and not at.endswith(".finding"):
                    file = words_file(language)
                    yield from _strange_figures(figures_of_summaries_are_found, file, at, text, [source])


def cited_sources_exist(content: LoadedContent) -> Iterator[Violation]:
    """A source that is cited is in the bibliography."""
    for place, literature, known in _citations(content):
        for source in literature.sources:
            if source not in known:
                yield _broken(cited_sources_exist, FACTS, f"{place}.literature.sources", source)


def sources_are_cited_once(content: LoadedContent) -> Iterator[Violation]:
    """A statement cites a source once."""
    for place, literature, _ in _citations(content):
        for source, times in Counter(literature.sources).items():
            if times > 1:
                yield _broken(sources_are_cited_once, FACTS, f"{place}.literature.sources", source)


def sources_are_used(content: LoadedContent) -> Iterator[Violation]:
    """A source is cited by at least one statement, and by each entity that it bears on."""
    for entities in content.languages.values():
        cited = {name: said.sources for entity in entities for name, said in literature_by_statement(entity).items()}
        everywhere = {source for sources in cited.values() for source in sources}
        for source in _of(entities):
            if source.id not in everywhere:
                yield _broken(sources_are_used, SOURCES, source.id, "cited nowhere")
            for subject in source.bears_on:
                if subject != GENERAL and source.id not in cited.get(subject, ()):
                    yield _broken(sources_are_used, SOURCES, f"{source.id}.bears_on", subject)


def sources_can_be_found(content: LoadedContent) -> Iterator[Violation]:
    """A source has a DOI, a PMID or an address, or else a journal or publisher and a year."""
    for entities in content.languages.values():
        for source in _of(entities):
            if not (source.doi or source.pmid or source.url or (source.journal_or_publisher and source.year)):
                yield _broken(sources_can_be_found, SOURCES, source.id, source.title)


def names_are_unique(content: LoadedContent) -> Iterator[Violation]:
    """An id names one entity only, whatever its kind, and is no statement's name: sources bear on it by that alone."""
    for entities in content.languages.values():
        ids = Counter(entity.id for entity in entities if not isinstance(entity, Article))
        for name, times in (ids + Counter((*ARTICLE_STATEMENTS, GENERAL))).items():
            if times > 1 and name in ids:
                yield _broken(names_are_unique, FACTS, name, f"{times} times")


def the_next_review_is_later(content: LoadedContent) -> Iterator[Violation]:
    """The next review is after the last one."""
    for article in _articles(content):
        if article.next_review <= article.reviewed:
            yield _broken(the_next_review_is_later, FACTS, "next_review", article.next_review.isoformat())


def one_language_is_the_source(content: LoadedContent) -> Iterator[Violation]:
    """Exactly one language has the translation `source`; the others are translated from it."""
    sources = [article.language for article in _articles(content) if article.translation == "source"]
    if len(sources) != 1:
        yield _broken(one_language_is_the_source, "words", "translation", ", ".join(sources) or "none")


RULES: tuple[Rule, ...] = (
    summaries_fit,
    texts_say_something,
    characters_are_seen,
    questions_ask,
    chances_are_not_printed,
    figures_of_statements_are_found,
    figures_of_summaries_are_found,
    cited_sources_exist,
    sources_are_cited_once,
    sources_are_used,
    sources_can_be_found,
    names_are_unique,
    the_next_review_is_later,
    one_language_is_the_source,
)


def _broken(rule: Rule, file: str, place: str, value: str) -> Violation:
    return Violation(file, place, (rule.__doc__ or "").rstrip("."), value)


def _of(entities: Iterable[Entity]) -> Iterator[Source]:
    return (entity for entity in entities if isinstance(entity, Source))


def _articles(content: LoadedContent) -> Iterator[Article]:
    return (entity for entities in content.languages.values() for entity in entities if isinstance(entity, Article))


def _statements(entities: Iterable[Entity]) -> Iterator[tuple[str, Statement | NamedStatement]]:
    for place, value, _ in (part for entity in entities for part in _parts(entity)):
        if isinstance(value, Statement | NamedStatement):
            yield place, value


def _citations(content: LoadedContent) -> Iterator[tuple[str, LiteratureView, set[str]]]:
    for entities in content.languages.values():
        known = {source.id for source in _of(entities)}
        for entity in entities:
            for name, literature in literature_by_statement(entity).items():
                place = f"article.{name}" if isinstance(entity, Article) else place_of(entity)
                yield place, literature, known


def _strange_figures(rule: Rule, file: str, place: str, text: str, sources: Iterable[Source]) -> Iterator[Violation]:
    known = {
        figure for source in sources for figure in FIGURE.findall(f"{source.finding} {source.title} {source.year}")
    }
    for figure in FIGURE.findall(text):
        if figure not in known:
            yield _broken(rule, file, place, figure)


def _texts(content: LoadedContent) -> Iterator[tuple[str, str, str]]:
    """Yield the file, place and text of every string that editors write."""
    return ((file, place, text) for file, place, text, ours in _all_strings(content) if ours)


def _all_strings(content: LoadedContent) -> Iterator[tuple[str, str, str, bool]]:
    """Yield every string with its file and place, and whether editors write it."""
    for language, entities in content.languages.items():
        for entity in entities:
            facts = SOURCES if isinstance(entity, Source) else FACTS
            for part, value, of_editors in _parts(entity):
                for place, text, ours in _strings(value, part, ours=of_editors):
                    if ours:
                        yield words_file(language), place, text, ours
                    else:
                        yield facts, place.removeprefix("sources."), text, ours


def _parts(entity: Entity) -> Iterator[tuple[str, object, bool]]:
    """Yield what has a place of its own in the files, with it: an article's fields, any other entity."""
    if isinstance(entity, Article):
        for name, ours in _fields(type(entity)):
            value = getattr(entity, name)
            yield f"article.{name}" if isinstance(value, Statement) else name, value, ours
    else:
        yield place_of(entity), entity, False


def _strings(value: object, place: str, *, ours: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Yield every string in a value with its place, and whether editors write it: the types of fields say that."""
    match value:
        case str():
            yield place, value, ours
        case tuple():
            for one in value:
                yield from _strings(one, place, ours=ours)
        case dict():
            for name, one in value.items():
                yield from _strings((name, one), f"{place}.{name}", ours=ours)
        case msgspec.Struct():
            for name, of_editors in _fields(type(value)):
                yield from _strings(getattr(value, name), f"{place}.{name}", ours=of_editors)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    return tuple((field.name, written(field.type)) for field in msgspec.structs.fields(kind))
