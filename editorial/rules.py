"""The rules for content that types cannot express, one function each.

A rule yields a violation for everything that breaks it. The first line of its docstring is the message for editors.
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
    Concern,
    Entity,
    LiteratureView,
    NamedStatement,
    ReportedHarm,
    Source,
    Statement,
    cited_texts,
)
from editorial.loading import (
    FACTS,
    SOURCES,
    InvalidContentError,
    LoadedContent,
    Violation,
    is_editorial_text,
    place_of,
    words_file,
)

# In `bears_on`, what is no statement: the subject in general, and harms that the article does not name.
TOPICS = ("general", "other-harms")

Rule = Callable[[LoadedContent], Iterator[Violation]]

PERCENTAGE = re.compile(r"[%％٪]|\bper ?cent\b|\bpercentage|\bpor ciento\b|\bpour ?cent\b|\bProzent\b", re.IGNORECASE)  # noqa: RUF001 - other scripts' percent signs
# Invisible but needed: soft hyphens break long names, and some scripts join or separate letters with the other two.
ALLOWED_INVISIBLE = "\u00ad\u200c\u200d"
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WRITTEN_NUMBERS = {word: 10 + number for number, word in enumerate(TEENS)} | {
    word: 10 * number for number, word in enumerate(TENS, start=2)
}
WRITTEN = re.compile(rf"\b({'|'.join(WRITTEN_NUMBERS)})(?:-({'|'.join(UNITS)}))?\b", re.IGNORECASE)


def violations(content: LoadedContent) -> list[Violation]:
    """Return every violation of a rule in the content."""
    return [violation for rule in RULES for violation in rule(content)]


def validate(content: LoadedContent) -> LoadedContent:
    """Return the content unchanged if it breaks no rule.

    Raises:
        InvalidContentError: It breaks rules; the error lists every violation.

    """
    broken = violations(content)
    if broken:
        raise InvalidContentError(broken)
    return content


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return not any(character.isprintable() and character != " " for character in text)


def invisible_characters(text: str) -> list[str]:
    """Return the invisible characters in a text, except spaces, soft hyphens and joiners.

    Their Unicode categories are Cc, Cf, Cn, Co, Cs, Zl and Zp. Terminals obey some of them, and others change the
    order in which the surrounding text is shown.
    """
    return [
        character
        for character in text
        if not character.isprintable()
        and character not in ALLOWED_INVISIBLE
        and unicodedata.category(character) != "Zs"
    ]


def code_points(characters: Iterable[str]) -> str:
    """Return the code points of characters, for example `U+001B U+202E`."""
    return " ".join(f"U+{ord(character):04X}" for character in characters)


def texts_say_something(content: LoadedContent) -> Iterator[Violation]:
    """A text is not blank."""
    for file, place, text, _ in _all_strings(content):
        if is_blank(text):
            yield _violation(texts_say_something, file, place, repr(text))


def characters_are_seen(content: LoadedContent) -> Iterator[Violation]:
    """A text holds no control, bidirectional or other invisible character."""
    for file, place, text, _ in _all_strings(content):
        invisible = invisible_characters(text)
        if invisible:
            yield _violation(characters_are_seen, file, place, code_points(invisible))


def questions_ask(content: LoadedContent) -> Iterator[Violation]:
    """A question ends with a question mark: it asks, and claims nothing."""
    for file, place, text in _texts(content):
        if place.rpartition(".")[2] in {"question", "questions"} and not text.rstrip().endswith(("?", "？", "؟", ";")):  # noqa: RUF001 - other scripts' question marks
            yield _violation(questions_ask, file, place, text)


def chances_are_not_printed(content: LoadedContent) -> Iterator[Violation]:
    """No percentage stands outside a source: the sources know no patient's chance."""
    for file, place, text in _texts(content):
        match = PERCENTAGE.search(text)
        if match and not place.startswith("sources."):
            yield _violation(chances_are_not_printed, file, place, match.group())


def figures_of_statements_are_found(content: LoadedContent) -> Iterator[Violation]:
    """A figure in a statement stands in the finding, the title or the year of a source cited there."""
    for language, entities in content.languages.items():
        bibliography = {source.id: source for source in _sources(entities)}
        for place, statement in _statements(entities):
            names = statement.literature.sources if statement.literature else ()
            cited = [bibliography[name] for name in names if name in bibliography]
            for text_place, text, by_editors in _strings(statement, place):
                sources = cited if text_place.startswith(f"{place}.literature.") else []
                if by_editors:
                    yield from _figures_not_in(
                        figures_of_statements_are_found, words_file(language), text_place, text, sources
                    )


def figures_of_summaries_are_found(content: LoadedContent) -> Iterator[Violation]:
    """A figure in a source's summary stands in its finding."""
    for language, entities in content.languages.items():
        for source in _sources(entities):
            for text_place, text, by_editors in _strings(source, place_of(source)):
                if by_editors and not text_place.endswith(".finding"):
                    file = words_file(language)
                    yield from _figures_not_in(figures_of_summaries_are_found, file, text_place, text, [source])


def cited_sources_exist(content: LoadedContent) -> Iterator[Violation]:
    """A source that is cited is in the bibliography."""
    for place, literature, known in _citations(content):
        for source in literature.sources:
            if source not in known:
                yield _violation(cited_sources_exist, FACTS, f"{place}.literature.sources", source)


def sources_are_cited_once(content: LoadedContent) -> Iterator[Violation]:
    """A statement cites a source once."""
    for place, literature, _ in _citations(content):
        for source, times in Counter(literature.sources).items():
            if times > 1:
                yield _violation(sources_are_cited_once, FACTS, f"{place}.literature.sources", source)


def sources_are_used(content: LoadedContent) -> Iterator[Violation]:
    """A source is cited by at least one statement, and by each entity that it bears on."""
    for entities in content.languages.values():
        cited = {name: literature.sources for entity in entities for name, literature in cited_texts(entity).items()}
        cited_anywhere = {source for sources in cited.values() for source in sources}
        for source in _sources(entities):
            if source.id not in cited_anywhere:
                yield _violation(sources_are_used, SOURCES, source.id, "cited nowhere")
            for subject in source.bears_on:
                if subject not in TOPICS and source.id not in cited.get(subject, ()):
                    yield _violation(sources_are_used, SOURCES, f"{source.id}.bears_on", subject)


def sources_can_be_found(content: LoadedContent) -> Iterator[Violation]:
    """A source has a DOI, a PMID or an address, or else a journal or publisher and a year."""
    for entities in content.languages.values():
        for source in _sources(entities):
            if not (source.doi or source.pmid or source.url or (source.journal_or_publisher and source.year)):
                yield _violation(sources_can_be_found, SOURCES, source.id, source.title)


def names_are_unique(content: LoadedContent) -> Iterator[Violation]:
    """An id is unique among all entities, and names no statement of the article, nor `general` or `other-harms`."""
    for entities in content.languages.values():
        ids = Counter(entity.id for entity in entities if not isinstance(entity, Article))
        for name, times in (ids + Counter((*ARTICLE_STATEMENTS, *TOPICS))).items():
            if times > 1 and name in ids:
                yield _violation(names_are_unique, FACTS, name, f"{times} times")


def the_next_check_is_later(content: LoadedContent) -> Iterator[Violation]:
    """The next check is after the last one."""
    for article in _articles(content):
        if article.next_check <= article.checked:
            yield _violation(the_next_check_is_later, FACTS, "next_check", article.next_check.isoformat())


def paragraphs_are_the_articles(content: LoadedContent) -> Iterator[Violation]:
    """A paragraph is one that the article has: there are `paragraph_count`."""
    for article, entities in _with_articles(content):
        for place, statement in _statements(entities):
            for paragraph in statement.paragraphs:
                if paragraph > article.paragraph_count:
                    yield _violation(paragraphs_are_the_articles, FACTS, f"{place}.paragraphs", str(paragraph))


def effectiveness_is_the_articles(content: LoadedContent) -> Iterator[Violation]:
    """A concern's effectiveness is one of the article's `effectiveness_values`."""
    for article, entities in _with_articles(content):
        rule = f"must be one of {', '.join(article.effectiveness_values)}"
        for entity in entities:
            if isinstance(entity, Concern) and entity.effectiveness.code not in article.effectiveness_values:
                yield Violation(FACTS, f"{place_of(entity)}.effectiveness", rule, entity.effectiveness.code)


def effectiveness_is_labelled(content: LoadedContent) -> Iterator[Violation]:
    """Each of the article's `effectiveness_values` stands there once and has a label, and nothing else has."""
    for article, _ in _with_articles(content):
        labels = article.labels.effectiveness
        if sorted(article.effectiveness_values) != sorted(labels):
            place = "labels.effectiveness"
            yield _violation(effectiveness_is_labelled, words_file(article.language), place, ", ".join(labels))


def one_language_is_the_source(content: LoadedContent) -> Iterator[Violation]:
    """Exactly one language has the translation `source`; the others are translated from it."""
    sources = [article.language for article in _articles(content) if article.translation.code == "source"]
    if len(sources) != 1:
        yield _violation(one_language_is_the_source, "words", "translation", ", ".join(sources) or "none")


RULES: tuple[Rule, ...] = (
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
    the_next_check_is_later,
    paragraphs_are_the_articles,
    effectiveness_is_the_articles,
    effectiveness_is_labelled,
    one_language_is_the_source,
)


def _violation(rule: Rule, file: str, place: str, value: str) -> Violation:
    return Violation(file, place, (rule.__doc__ or "").rstrip("."), value)


def _sources(entities: Iterable[Entity]) -> Iterator[Source]:
    return (entity for entity in entities if isinstance(entity, Source))


def _articles(content: LoadedContent) -> Iterator[Article]:
    return (article for article, _ in _with_articles(content))


def _with_articles(content: LoadedContent) -> Iterator[tuple[Article, tuple[Entity, ...]]]:
    """Yield the article of each language, with all entities of that language."""
    for entities in content.languages.values():
        yield from ((entity, entities) for entity in entities if isinstance(entity, Article))


def _statements(entities: Iterable[Entity]) -> Iterator[tuple[str, Statement | NamedStatement]]:
    for place, value, _ in (part for entity in entities for part in _parts(entity)):
        if isinstance(value, Statement | NamedStatement):
            yield place, value


def _citations(content: LoadedContent) -> Iterator[tuple[str, LiteratureView | ReportedHarm, set[str]]]:
    for entities in content.languages.values():
        known = {source.id for source in _sources(entities)}
        for entity in entities:
            for name, literature in cited_texts(entity).items():
                place = f"article.{name}" if isinstance(entity, Article) else place_of(entity)
                yield place, literature, known


def figures(text: str) -> set[str]:
    """Return the numbers in a text, in digits: those written so, and English words from ten to ninety-nine."""
    written = (
        WRITTEN_NUMBERS[tens.lower()] + (UNITS.index(unit.lower()) + 1 if unit else 0)
        for tens, unit in WRITTEN.findall(text)
    )
    return {*FIGURE.findall(text), *map(str, written)}


def _figures_not_in(rule: Rule, file: str, place: str, text: str, sources: Iterable[Source]) -> Iterator[Violation]:
    known = {
        figure
        for source in sources
        for figure in figures(f"{source.finding} {source.summary} {source.title} {source.year}")
    }
    for figure in sorted(figures(text) - known):
        yield _violation(rule, file, place, figure)


def _texts(content: LoadedContent) -> Iterator[tuple[str, str, str]]:
    """Yield the file, place and text of every string written by editors."""
    return ((file, place, text) for file, place, text, by_editors in _all_strings(content) if by_editors)


def _all_strings(content: LoadedContent) -> Iterator[tuple[str, str, str, bool]]:
    """Yield every string with its file and place, and whether editors write it."""
    for language, entities in content.languages.items():
        for entity in entities:
            facts = SOURCES if isinstance(entity, Source) else FACTS
            for part_place, part, part_by_editors in _parts(entity):
                for place, text, by_editors in _strings(part, part_place, by_editors=part_by_editors):
                    if by_editors:
                        yield words_file(language), place, text, by_editors
                    else:
                        yield facts, place.removeprefix("sources."), text, by_editors


def _parts(entity: Entity) -> Iterator[tuple[str, object, bool]]:
    """Yield an article's fields, or any other entity as one part: its place, its value and whether editors write it."""
    if isinstance(entity, Article):
        for name, by_editors in _fields(type(entity)):
            value = getattr(entity, name)
            yield f"article.{name}" if isinstance(value, Statement) else name, value, by_editors
    else:
        yield place_of(entity), entity, False


def _strings(value: object, place: str, *, by_editors: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Yield every string in a value with its place, and whether editors write it: the types of fields decide that."""
    match value:
        case str():
            yield place, value, by_editors
        case tuple():
            for member in value:
                yield from _strings(member, place, by_editors=by_editors)
        case dict():
            for name, member in value.items():
                yield from _strings((name, member), f"{place}.{name}", by_editors=by_editors)
        case msgspec.Struct():
            for name, field_by_editors in _fields(type(value)):
                yield from _strings(getattr(value, name), f"{place}.{name}", by_editors=field_by_editors)


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    return tuple((field.name, is_editorial_text(field.type)) for field in msgspec.structs.fields(struct))
