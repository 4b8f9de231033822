"""The rules that a type cannot say, one function each; its docstring is the sentence an editor reads.

A rule gives a failure for everything that breaks it. It reads entities and nothing else.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from chalicelib.article import STATEMENTS, Article, Entity, Literature, Point, Source, Statement, literature_of
from editorial.content import FACTS, SOURCES, Content, Failure, UnfitError, place_of, words_file

SUMMARY_LENGTH = 160  # characters: what a small screen shows without scrolling
GENERAL = "general"  # what a source bears on when it is about mesotherapy as a whole

Rule = Callable[[Content], Iterator[Failure]]

PERCENTAGE = re.compile(r"[%％٪]|\bper ?cent\b|\bpercentage|\bpor ciento\b|\bpour ?cent\b|\bProzent\b", re.IGNORECASE)  # noqa: RUF001 - other scripts' percent signs
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def failures(content: Content) -> list[Failure]:
    """Give everything in the content that breaks a rule."""
    return [failure for rule in RULES for failure in rule(content)]


def checked(content: Content) -> Content:
    """Give the content as it is; raise `UnfitError` with everything in it that breaks a rule."""
    found = failures(content)
    if found:
        raise UnfitError(found)
    return content


def summaries_fit(content: Content) -> Iterator[Failure]:
    """A summary has at most 160 characters."""
    for file, place, field, text in _texts(content):
        if field == "summary" and len(text) > SUMMARY_LENGTH:
            yield _broken(summaries_fit, file, place, f"{len(text)} characters: {text}")


def texts_say_something(content: Content) -> Iterator[Failure]:
    """A text is not blank."""
    for file, place, _, text in _texts(content):
        if not text.strip():
            yield _broken(texts_say_something, file, place, repr(text))


def questions_ask(content: Content) -> Iterator[Failure]:
    """A question ends with a question mark: it asks, and claims nothing."""
    for file, place, field, text in _texts(content):
        if field in {"question", "questions"} and not text.rstrip().endswith(("?", "？", "؟", ";")):  # noqa: RUF001 - other scripts' question marks
            yield _broken(questions_ask, file, place, text)


def chances_are_not_printed(content: Content) -> Iterator[Failure]:
    """No percentage stands outside a source: the sources know no patient's chance."""
    for file, place, _, text in _texts(content):
        found = PERCENTAGE.search(text)
        if found and not place.startswith("sources."):
            yield _broken(chances_are_not_printed, file, place, found.group())


def figures_of_statements_are_found(content: Content) -> Iterator[Failure]:
    """A figure in a statement stands in the finding, the title or the year of a source cited there."""
    for language, entities in content.languages.items():
        bibliography = {source.id: source for source in _of(entities)}
        for place, statement in _statements(entities):
            texts = {f"{place}.{field}": text for field, text in _own_texts(statement)}
            cited: list[Source] = []
            yield from _strange_figures(figures_of_statements_are_found, words_file(language), texts, cited)
            if statement.literature:
                texts = {f"{place}.literature.text": statement.literature.text}
                cited = [bibliography[name] for name in statement.literature.sources if name in bibliography]
                yield from _strange_figures(figures_of_statements_are_found, words_file(language), texts, cited)


def figures_of_summaries_are_found(content: Content) -> Iterator[Failure]:
    """A figure in a source's summary stands in its finding."""
    for language, entities in content.languages.items():
        for source in _of(entities):
            texts = {f"{place_of(source)}.summary": source.summary}
            yield from _strange_figures(figures_of_summaries_are_found, words_file(language), texts, [source])


def cited_sources_exist(content: Content) -> Iterator[Failure]:
    """A source that is cited is in the bibliography."""
    for place, literature, known in _citations(content):
        for source in literature.sources:
            if source not in known:
                yield _broken(cited_sources_exist, FACTS, f"{place}.literature.sources", source)


def sources_are_cited_once(content: Content) -> Iterator[Failure]:
    """A statement cites a source once."""
    for place, literature, _ in _citations(content):
        for source, times in Counter(literature.sources).items():
            if times > 1:
                yield _broken(sources_are_cited_once, FACTS, f"{place}.literature.sources", source)


def sources_are_used(content: Content) -> Iterator[Failure]:
    """A source is cited by at least one statement, and by each entity that it bears on."""
    for entities in content.languages.values():
        cited = {name: said.sources for entity in entities for name, said in literature_of(entity).items()}
        everywhere = {source for sources in cited.values() for source in sources}
        for source in _of(entities):
            if source.id not in everywhere:
                yield _broken(sources_are_used, SOURCES, source.id, "cited nowhere")
            for subject in source.bears_on:
                if subject != GENERAL and source.id not in cited.get(subject, ()):
                    yield _broken(sources_are_used, SOURCES, f"{source.id}.bears_on", subject)


def sources_can_be_found(content: Content) -> Iterator[Failure]:
    """A source has a DOI, a PMID or an address, or else a journal or publisher and a year."""
    for entities in content.languages.values():
        for source in _of(entities):
            if not (source.doi or source.pmid or source.url or (source.journal_or_publisher and source.year)):
                yield _broken(sources_can_be_found, SOURCES, source.id, source.title)


def names_are_unique(content: Content) -> Iterator[Failure]:
    """An id names one entity only, whatever its kind, and is no statement's name: sources bear on it by that alone."""
    for entities in content.languages.values():
        ids = Counter(entity.id for entity in entities if not isinstance(entity, Article))
        for name, times in (ids + Counter((*STATEMENTS, GENERAL))).items():
            if times > 1 and name in ids:
                yield _broken(names_are_unique, FACTS, name, f"{times} times")


def the_next_review_is_later(content: Content) -> Iterator[Failure]:
    """The next review is after the last one."""
    for article in _articles(content):
        if article.next_review <= article.reviewed:
            yield _broken(the_next_review_is_later, FACTS, "next_review", article.next_review.isoformat())


def one_language_is_the_source(content: Content) -> Iterator[Failure]:
    """Exactly one language has the translation `source`; the others are translated from it."""
    sources = [article.language for article in _articles(content) if article.translation == "source"]
    if len(sources) != 1:
        yield _broken(one_language_is_the_source, "words", "translation", ", ".join(sources) or "none")


RULES: tuple[Rule, ...] = (
    summaries_fit,
    texts_say_something,
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


def _broken(rule: Rule, file: str, place: str, value: str) -> Failure:
    return Failure(file, place, (rule.__doc__ or "").rstrip("."), value)


def _of(entities: Iterable[Entity]) -> Iterator[Source]:
    return (entity for entity in entities if isinstance(entity, Source))


def _articles(content: Content) -> Iterator[Article]:
    return (entity for entities in content.languages.values() for entity in entities if isinstance(entity, Article))


def _statements(entities: Iterable[Entity]) -> Iterator[tuple[str, Statement | Point]]:
    for entity in entities:
        if isinstance(entity, Article):
            yield from ((f"article.{name}", getattr(entity, name)) for name in STATEMENTS)
        elif not isinstance(entity, Source):
            yield place_of(entity), entity


def _own_texts(statement: Statement | Point) -> list[tuple[str, str]]:
    texts = [("summary", statement.summary), ("text", statement.text)]
    return [*texts, ("name", statement.name)] if isinstance(statement, Point) else texts


def _citations(content: Content) -> Iterator[tuple[str, Literature, set[str]]]:
    for entities in content.languages.values():
        known = {source.id for source in _of(entities)}
        for entity in entities:
            for name, literature in literature_of(entity).items():
                place = f"article.{name}" if isinstance(entity, Article) else place_of(entity)
                yield place, literature, known


def _strange_figures(rule: Rule, file: str, texts: Mapping[str, str], sources: Iterable[Source]) -> Iterator[Failure]:
    known = {
        figure for source in sources for figure in FIGURE.findall(f"{source.finding} {source.title} {source.year}")
    }
    for place, text in texts.items():
        for figure in FIGURE.findall(text):
            if figure not in known:
                yield _broken(rule, file, place, figure)


def _texts(content: Content) -> Iterator[tuple[str, str, str, str]]:
    """Give every text in words: its file, its place, its field and itself."""
    for language, entities in content.languages.items():
        for place, field, text in _texts_of(entities):
            yield words_file(language), place, field, text


def _texts_of(entities: Iterable[Entity]) -> Iterator[tuple[str, str, str]]:
    for entity in entities:
        if isinstance(entity, Article):
            for field in ("question", "attribution", "disclaimer"):
                yield field, field, getattr(entity, field)
        elif isinstance(entity, Source):
            yield f"{place_of(entity)}.summary", "summary", entity.summary
            yield f"{place_of(entity)}.finding", "finding", entity.finding
    for place, statement in _statements(entities):
        for field, text in _own_texts(statement):
            yield f"{place}.{field}", field, text
        if statement.literature:
            yield f"{place}.literature.text", "text", statement.literature.text
        for question in getattr(statement, "questions", ()):
            yield f"{place}.questions", "questions", question
