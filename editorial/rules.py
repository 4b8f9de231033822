"""The rules for content that types cannot express, one function each: how the parts of the content fit together.

A rule yields what breaks it. The first line of its docstring is the message for editors.
How sentences read is in `wording_rules.py`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import get_args

from msgspec import structs

from chalicelib.content.model import (
    ARTICLE_STATEMENTS,
    GENERAL,
    OTHER_HARMS,
    Article,
    ComparisonCode,
    Headings,
    Labels,
    ReportedHarm,
    SeriousnessCode,
    Source,
    cited_texts,
    type_name,
)
from chalicelib.documents.lists import LISTS
from editorial import wording_rules
from editorial.figures import figures
from editorial.loading import (
    CLOSE,
    FACTS,
    SOURCES,
    LoadedContent,
    place_of,
    words_file,
)
from editorial.places import (
    Finding,
    Rule,
    all_strings,
    articles,
    check,
    citations,
    passages,
    sources_in,
    statements,
    strings,
    texts,
    views,
)
from editorial.violations import InvalidContentError, Violation, located_in
from editorial.wording_file import WORDING

# In `bears_on`, what is no statement: the subject in general, and harms that the article does not name.

PERCENTAGE = re.compile(r"[%％٪‰]|\bper ?cent\b|\bpercentage|\bpor ciento\b|\bpour ?cent\b|\bProzent\b", re.IGNORECASE)  # noqa: RUF001 - other scripts' percent signs
# Invisible but needed: soft hyphens break long names, and some scripts join or separate letters with the other two.
ALLOWED_INVISIBLE = "\u00ad\u200c\u200d"

SHORTEST_COMPARISON = 3  # words

MONTHS = 12
# By heading, what pages fill in.
PLACEHOLDERS = {
    field.name: tuple(f"{{{name}}}" for name in (meta.extra or {}).get("placeholders", ()))
    for field in structs.fields(Headings)
    for meta in getattr(field.type, "__metadata__", ())
}


def violations(content: LoadedContent) -> list[Violation]:
    """Return every violation of a rule in the content, except where the editors allow one, and needless exceptions."""
    exceptable = [replace(each, exception=rule.__name__) for rule in EXCEPTABLE_RULES for each in check(rule, content)]
    exceptions = content.wording.exceptions
    broken = [
        *(each for rule in RULES for each in check(rule, content)),
        *(each for each in exceptable if each.place not in exceptions.get(each.exception, ())),
        *_needless_exceptions(content, {(each.exception, each.place) for each in exceptable}),
    ]
    return [located_in(each, content.lines) for each in broken]


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


def texts_say_something(content: LoadedContent) -> Iterator[Finding]:
    """A text is not blank."""
    for file, place, text, _ in all_strings(content):
        if is_blank(text):
            yield Finding(file, place, repr(text))


def characters_are_seen(content: LoadedContent) -> Iterator[Finding]:
    """A text holds no control, bidirectional or other invisible character."""
    for file, place, text, _ in all_strings(content):
        invisible = invisible_characters(text)
        if invisible:
            yield Finding(file, place, code_points(invisible))


def questions_ask(content: LoadedContent) -> Iterator[Finding]:
    """A question ends with a question mark: it asks, and claims nothing."""
    for file, place, text in texts(content):
        if place.rpartition(".")[2] in {"question", "questions"} and not text.rstrip().endswith(("?", "？", "؟", ";")):  # noqa: RUF001 - other scripts' question marks
            yield Finding(file, place, text)


def percentages_are_left_out(content: LoadedContent) -> Iterator[Finding]:
    """No text has a percentage, as readers take it for their own chance: give the count, or leave it out."""
    for file, place, text in texts(content):
        match = PERCENTAGE.search(text)
        if match:
            yield Finding(file, place, match.group())


def figures_of_statements_are_found(content: LoadedContent) -> Iterator[Finding]:
    """A figure is in the title, year, finding or summary of a source of the sentence."""
    for language, entities in content.languages.items():
        known = sources_in(entities)
        sources = {passage.place: passage.sources for passage in passages(entities)}
        harms = ((place, view) for place, view in views(entities) if isinstance(view, ReportedHarm))
        labels = (("labels", entity.labels) for entity in entities if isinstance(entity, Article))
        for place, part in (*statements(entities), *harms, *labels):
            for text_place, text, by_editors in strings(part, place):
                if by_editors:
                    cited = [known[name] for name in sources.get(text_place, ()) if name in known]
                    for figure in sorted(figures(text) - _figures_of(cited)):
                        file = words_file(language)
                        yield Finding(file, text_place, figure)


def figures_of_summaries_are_found(content: LoadedContent) -> Iterator[Finding]:
    """A figure in a source's summary is also in its finding, or is its year."""
    for language, entities in content.languages.items():
        for source in sources_in(entities).values():
            known = figures(f"{source.finding} {source.year}")
            for place, text, by_editors in strings(source, place_of(source)):
                if by_editors and not place.endswith(".finding"):
                    for figure in sorted(figures(text) - known):
                        yield Finding(words_file(language), place, figure)


def cited_sources_exist(content: LoadedContent) -> Iterator[Finding]:
    """A source that is cited is in the bibliography: add it to sources.yaml, or correct its id."""
    for entities in content.languages.values():
        known = sources_in(entities)
        for place, name in citations(entities):
            if name not in known:
                yield Finding(FACTS, place, name)


def sources_are_cited_once(content: LoadedContent) -> Iterator[Finding]:
    """A sentence cites a source once."""
    for entities in content.languages.values():
        for (place, name), times in Counter(citations(entities)).items():
            if times > 1:
                yield Finding(FACTS, place, name)


def sources_are_used(content: LoadedContent) -> Iterator[Finding]:
    """A source is cited somewhere, and by each entity that it bears on, unless it was retracted."""
    for entities in content.languages.values():
        cited: dict[str, set[str]] = {}
        for subject, view in (text for entity in entities for text in cited_texts(entity).items()):
            cited.setdefault(subject, set()).update(view.sources)
            if isinstance(view, ReportedHarm):
                cited.setdefault(OTHER_HARMS, set()).update(view.sources)
        cited[GENERAL] = {source for sources in cited.values() for source in sources}
        for source in sources_in(entities).values():
            if source.status and source.status.code == "retracted":
                continue  # it stays in the list, so that people learn of it
            if source.id not in cited[GENERAL]:
                yield Finding(SOURCES, place_of(source), "cited nowhere")
            for subject in source.bears_on:
                if subject != GENERAL and source.id not in cited.get(subject, ()):
                    yield Finding(SOURCES, f"{place_of(source)}.bears_on", subject)


def sources_can_be_found(content: LoadedContent) -> Iterator[Finding]:
    """A source has a DOI, a PMID or an address, or else a journal or publisher and a year."""
    for entities in content.languages.values():
        for source in sources_in(entities).values():
            if not (source.doi or source.pmid or source.url or (source.journal_or_publisher and source.year)):
                yield Finding(SOURCES, place_of(source), source.title)


def a_status_has_its_day(content: LoadedContent) -> Iterator[Finding]:
    """A source has both `status` and `status_checked`, the day on which somebody looked, or neither."""
    for entities in content.languages.values():
        for source in sources_in(entities).values():
            if (source.status is None) != (source.status_checked is None):
                found = "status" if source.status else "status_checked"
                yield Finding(SOURCES, f"{place_of(source)}.{found}", f"{found} alone")


def names_are_unique(content: LoadedContent) -> Iterator[Finding]:
    """An id is unique among all entities, and names no statement of the article, nor `general` or `other-harms`."""
    for entities in content.languages.values():
        sections = Counter(entity.id for entity in entities if not isinstance(entity, Article))
        taken = {*ARTICLE_STATEMENTS, GENERAL, OTHER_HARMS}
        for entity in entities:
            if not isinstance(entity, Article) and (sections[entity.id] > 1 or entity.id in taken):
                file = SOURCES if isinstance(entity, Source) else FACTS
                yield Finding(file, place_of(entity), entity.id)


def the_next_check_is_later(content: LoadedContent) -> Iterator[Finding]:
    """The next check is after the last one."""
    for article, _ in articles(content):
        if article.next_check <= article.checked:
            yield Finding(FACTS, "next_check", article.next_check.isoformat())


def reviews_are_of_this_content(content: LoadedContent) -> Iterator[Finding]:
    """A clinical review is not older than the last check: set it to null, or have the content reviewed again."""
    for article, _ in articles(content):
        review = article.clinical_review
        if review and not article.checked <= review.date < article.next_check:
            yield Finding(FACTS, "clinical_review", review.date.isoformat())


def paragraphs_are_the_articles(content: LoadedContent) -> Iterator[Finding]:
    """A paragraph is one that the article has: there are `paragraph_count`."""
    for article, entities in articles(content):
        for place, statement in statements(entities):
            for paragraph in statement.paragraphs:
                if paragraph > article.paragraph_count:
                    yield Finding(FACTS, f"{place}.paragraphs", str(paragraph))


def effectiveness_is_labelled(content: LoadedContent) -> Iterator[Finding]:
    """Each of the article's `effectiveness_values` is listed once and has a label; there are no other labels."""
    for article, _ in articles(content):
        labels = article.labels.effectiveness
        if sorted(article.effectiveness_values) != sorted(labels):
            place = "labels.effectiveness"
            yield Finding(words_file(article.language), place, ", ".join(labels))


def codes_have_labels(content: LoadedContent) -> Iterator[Finding]:
    """Each code has a label; each kind of statement has one for each comparison."""
    for article, _ in articles(content):
        file = words_file(article.language)
        for place, code in _lacking_labels(article):
            yield Finding(file, place, f"none for {code}")
        for kind in article.labels.comparison.keys() - _kinds_compared(article):
            yield Finding(file, f"labels.comparison.{kind}", "no kind of statement")


def headings_have_their_placeholders(content: LoadedContent) -> Iterator[Finding]:
    """Each of the `headings` has the placeholders that the pages fill in, and `months` has twelve."""
    for article, _ in articles(content):
        file = words_file(article.language)
        for name, placeholders in PLACEHOLDERS.items():
            text = getattr(article.headings, name)
            if not all(text.count(placeholder) == 1 for placeholder in placeholders):
                yield Finding(file, f"headings.{name}", " ".join(placeholders))
        if len(article.headings.months.split(",")) != MONTHS:
            yield Finding(file, "headings.months", article.headings.months)


def comparisons_say_something(content: LoadedContent) -> Iterator[Finding]:
    """A comparison's label has three words or more: apps show it alone, as the sentence on what research says."""
    for article, _ in articles(content):
        for kind, labels in article.labels.comparison.items():
            for code, label in labels.items():
                if len(label.split()) < SHORTEST_COMPARISON:
                    place = f"labels.comparison.{kind}.{code}"
                    yield Finding(words_file(article.language), place, label)


def one_language_is_the_source(content: LoadedContent) -> Iterator[Finding]:
    """Exactly one language has the translation `source`; the others are translated from it."""
    sources = [article.language for article, _ in articles(content) if article.translation.code == "source"]
    if len(sources) != 1:
        yield Finding("words", "translation", ", ".join(sources) or "none")


def statements_have_the_articles_words(content: LoadedContent) -> Iterator[Finding]:
    """Each statement has an entry in article-close.yaml, if there is one, and each entry a statement."""
    for entities in content.languages.values():
        places = {place for place, _ in statements(entities)} if content.close else set()
        for place in places - content.close.keys():
            yield Finding(CLOSE, place, "no entry")
        for place in content.close.keys() - places:
            yield Finding(CLOSE, place, "no statement")


def second_hand_sources_exist(content: LoadedContent) -> Iterator[Finding]:
    """A source that is listed as second-hand is in the bibliography."""
    for entities in content.languages.values():
        for name in content.wording.second_hand.keys() - sources_in(entities).keys():
            yield Finding(WORDING, f"second_hand.{name}", name)


def retracted_sources_are_not_cited(content: LoadedContent) -> Iterator[Finding]:
    """No sentence rests on a retracted source: take it out, or list an exception with its reason."""
    for entities in content.languages.values():
        known = sources_in(entities)
        for place, name in citations(entities):
            status = known[name].status if name in known else None
            if status and status.code == "retracted":
                yield Finding(FACTS, f"{place}.{name}", name)


RULES: tuple[Rule, ...] = (
    texts_say_something,
    characters_are_seen,
    questions_ask,
    percentages_are_left_out,
    figures_of_statements_are_found,
    figures_of_summaries_are_found,
    cited_sources_exist,
    sources_are_cited_once,
    sources_are_used,
    sources_can_be_found,
    a_status_has_its_day,
    names_are_unique,
    the_next_check_is_later,
    reviews_are_of_this_content,
    paragraphs_are_the_articles,
    effectiveness_is_labelled,
    codes_have_labels,
    headings_have_their_placeholders,
    comparisons_say_something,
    one_language_is_the_source,
    statements_have_the_articles_words,
    second_hand_sources_exist,
)
# The rules that content/wording.yaml may list exceptions to.
EXCEPTABLE_RULES: tuple[Rule, ...] = (retracted_sources_are_not_cited, *wording_rules.RULES)


def _needless_exceptions(content: LoadedContent, needed: set[tuple[str, str]]) -> Iterator[Violation]:
    names = sorted(rule.__name__ for rule in EXCEPTABLE_RULES)
    for name, places in content.wording.exceptions.items():
        if name not in names:
            yield Violation(WORDING, f"exceptions.{name}", f"must be one of {', '.join(names)}")
            continue
        for place in places:
            if (name, place) not in needed:
                rule = "An exception is needed: nothing breaks this rule there, so take it out"
                yield Violation(WORDING, f"exceptions.{name}.{place}", rule)


def _figures_of(sources: Iterable[Source]) -> set[str]:
    return figures(" ".join(f"{source.title} {source.year} {source.finding} {source.summary}" for source in sources))


def _lacking_labels(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the place of each vocabulary, with each of its codes that has no label."""
    for field in structs.fields(Labels):
        if field.name not in {"effectiveness", "short", "comparison"}:
            codes = get_args(get_args(field.type)[0])
            labels = getattr(article.labels, field.name)
            yield from ((f"labels.{field.name}", code) for code in codes if code not in labels)
    in_tables = (*article.effectiveness_values, *get_args(SeriousnessCode), "safety")
    yield from (("labels.short", code) for code in in_tables if code not in article.labels.short)
    for kind in sorted(_kinds_compared(article)):
        labels = article.labels.comparison.get(kind, {})
        yield from ((f"labels.comparison.{kind}", code) for code in get_args(ComparisonCode) if code not in labels)


def _kinds_compared(article: Article) -> set[str]:
    """Return the kinds of statement that a comparison has labels for, as `editorial.loading` looks them up."""
    kinds = {type_name(Article)}
    for resource in LISTS:
        if resource.compared_by:
            kinds.update(resource.vocabulary or article.effectiveness_values)
        elif "literature" in resource.entity.__struct_fields__:
            kinds.add(type_name(resource.entity))
    return kinds
