"""The rules for how sentences read, in the language that the content is written in. Their patterns are English.

What they must know about the topic, such as the names of bodies, is in the content (`wording_file.py`).
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from chalicelib.content.model import Article, Entity
from editorial.loading import LoadedContent, words_file
from editorial.places import (
    Finding,
    Passage,
    Rule,
    articles,
    passages,
    research_sentences,
    research_text,
    sources_in,
    texts,
    views,
    whole_texts,
)
from editorial.wording_file import CompanionWords

LANGUAGE = "en"

LONGEST_SENTENCE = 25  # words
LONGEST_TEXT = 90  # words; a text about research, all sentences together
# Flesch-Kincaid grades: the years at school that a reader needs.
HARDEST_LINE, HARDEST_TEXT = 8, 9
FEWEST_GRADED = 5  # words; “Readers disagree.” would have grade 8.8, as the formula counts averages
LONGEST_COPY = 8  # words of the article in a row

# Words that limit what the article says. Our text keeps them.
HEDGES = ("such as", "potential", "may", "can", "generally", "in rare cases", "limited", "some")
# Study types that report what others found, and the words that say so.
BULLETIN = ("drug bulletin",)
SECOND_HAND = {"drug-bulletin": BULLETIN, "press-report": ("the press", "reports", "reported")}

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twenty|a hundred|a thousand)"
CHANCE = re.compile(
    rf"\b{_NUMBER} (?:in|out of|of) (?:every )?{_NUMBER}\b(?! (?:people|women|men))"
    r"|\b(?:chance|odds|likelihood|probability|how likely)\b",
    re.IGNORECASE,
)
OURS = re.compile(r"\b(?:we|our)\b|\bthe research is about\b", re.IGNORECASE)
ABSENCE = re.compile(
    r"\bthere (?:is|are|was|were) no\b|\bnobody has\b|\bnever (?:been )?(?:tested|studied|shown)\b"
    r"|\bno (?:\w+ )?(?:study|studies|trials?|sources?|evidence|proof|rates?) (?:exists?|is|are|has|have)\b",
    re.IGNORECASE,
)
OWN_SEARCH = re.compile(r"\bwe found no\b", re.IGNORECASE)
LAW_TODAY = re.compile(
    r"\b(?:bans|forbids|prohibits|the law says"
    r"|(?:is|are) (?:\w+ )?(?:banned|forbidden|illegal|prohibited|against the law))\b",
    re.IGNORECASE,
)
BANNED = re.compile(r"\b(?:banned|forbade|prohibited)\b", re.IGNORECASE)
NO_CHANGE = re.compile(
    r"\bno (?:change|difference|effect|gain|gap)s?\b(?! on some)"
    r"|\bdid not (?:change|differ)\b(?! (?:clearly|significantly))",
    re.IGNORECASE,
)
NO_CONTROL = re.compile(
    r"\bno (?:control|untreated|placebo) group\b|\bwithout (?:a )?(?:control|placebo)|\buncontrolled\b", re.IGNORECASE
)
DESCRIBED = re.compile(r"\bdescri|\bnames\b", re.IGNORECASE)
REVIEWED = re.compile(r"\breviewed\b", re.IGNORECASE)
PEER_REVIEWED = re.compile(r"\bpeer-reviewed\b", re.IGNORECASE)  # a source may be
DENIAL = re.compile(r"\b(no|not)\b", re.IGNORECASE)
RESEARCH = re.compile(r"\b(?:research|stud(?:y|ies)|trials?|reviews?)\b", re.IGNORECASE)
THE_ARTICLE = re.compile(r"\bthe article\b", re.IGNORECASE)


def sentences_are_short(content: LoadedContent) -> Iterator[Finding]:
    """A sentence has at most 25 words: make two of it."""
    for file, passage in _passages(content):
        for sentence in split(passage.text):
            count = len(sentence.split())
            if count > LONGEST_SENTENCE:
                yield Finding(file, passage.place, f"{count} words: {sentence}")


def texts_are_short(content: LoadedContent) -> Iterator[Finding]:
    """The sentences about research have at most 90 words together: cut or merge some."""
    for file, passage in _whole_texts(content):
        count = len(passage.text.split())
        if passage.kind == "research text" and count > LONGEST_TEXT:
            yield Finding(file, passage.place, f"{count} words")


def texts_are_easy_to_read(content: LoadedContent) -> Iterator[Finding]:
    """A text has at most grade 9 and a line grade 8 (Flesch-Kincaid): use shorter words and sentences."""
    unavoidable = _any_of(content.wording.unavoidable)
    for file, passage in _whole_texts(content):
        if len(passage.text.split()) < FEWEST_GRADED:
            continue
        grade = reading_grade(unavoidable.sub("it", passage.text))
        if grade > (HARDEST_LINE if passage.kind.endswith("line") else HARDEST_TEXT):
            yield Finding(file, passage.place, f"grade {grade}")


def texts_are_our_own(content: LoadedContent) -> Iterator[Finding]:
    """A text has no nine words in a row of the article (article-close.yaml): say it in your own words."""
    copies = {run for close in content.close.values() for run in _runs(close)}
    for file, passage in _passages(content):
        if passage.kind != "article line":  # a line is too short to say it in other words
            for run in _runs(passage.text):
                if run in copies:
                    yield Finding(file, passage.place, " ".join(run))


def hedges_stay(content: LoadedContent) -> Iterator[Finding]:
    """What the article says with “can”, “may”, “some” or “such as”, our text says with that word too."""
    for file, passage in _passages(content):
        close = content.close.get(passage.place.removesuffix(".text"), "")
        for hedge in HEDGES:
            if passage.kind == "article text" and _has(close, [hedge]) and not _has(passage.text, [hedge]):
                yield Finding(file, passage.place, f"no “{hedge}”")


def chances_are_left_out(content: LoadedContent) -> Iterator[Finding]:
    """A statement gives no chance, as no source knows a patient's: give the count of one study, or leave it out."""
    for file, passage in _passages(content):
        match = CHANCE.search(passage.text)
        if match and passage.kind not in {"summary", "finding"}:
            yield Finding(file, passage.place, match.group())


def unsourced_sentences_are_ours(content: LoadedContent) -> Iterator[Finding]:
    """A sentence without a source speaks of us (“we found no …”, “our reading”): say so, or give its source."""
    for file, passage in _passages(content):
        if passage.kind == "research text" and not passage.sources and not OURS.search(passage.text):
            yield Finding(file, passage.place, passage.text)


def sourced_sentences_are_theirs(content: LoadedContent) -> Iterator[Finding]:
    """A sentence with a source does not speak of us: make our part a sentence without a source."""
    for file, passage in _passages(content):
        if passage.kind == "research text" and passage.sources and OURS.search(passage.text):
            yield Finding(file, passage.place, passage.text)


def absence_is_ours(content: LoadedContent) -> Iterator[Finding]:
    """What is absent is what we did not find: write “we found no …”, not “there is no …”."""
    for file, passage, sentence in _sentences(content):
        if passage.kind.startswith("research") and ABSENCE.search(sentence):
            yield Finding(file, passage.place, sentence)


def bodies_are_dated(content: LoadedContent) -> Iterator[Finding]:
    """What a body says has its year, as it may say something else today: add the year to the sentence."""
    for file, entities in _written_here(content):
        years = {name: source.year for name, source in sources_in(entities).items()}
        for passage in passages(entities):
            # A source without a year, such as an undated page, cannot date what it says.
            if passage.kind.startswith("research") and any(years.get(name) for name in passage.sources):
                for sentence in split(passage.text):
                    is_dated = YEAR.search(sentence) or OWN_SEARCH.search(sentence)
                    if _has(sentence, content.wording.bodies) and not is_dated and not _has(sentence, BULLETIN):
                        yield Finding(file, passage.place, sentence)


def law_is_in_the_past_tense(content: LoadedContent) -> Iterator[Finding]:
    """Write law in the past tense, with its year: “in 2011 … banned”, not “bans” or “is banned”."""
    for file, passage, sentence in _sentences(content):
        if LAW_TODAY.search(sentence) or (BANNED.search(sentence) and not YEAR.search(sentence)):
            yield Finding(file, passage.place, sentence)


def no_change_is_qualified(content: LoadedContent) -> Iterator[Finding]:
    """A study that saw no change does not show that there is none: write “no significant change”."""
    for file, passage in _passages(content):
        match = NO_CHANGE.search(passage.text)
        if match:
            yield Finding(file, passage.place, match.group())


def controls_are_described(content: LoadedContent) -> Iterator[Finding]:
    """A paper describes only some of its methods: write “no control group is described”."""
    for file, passage, sentence in _sentences(content):
        if NO_CONTROL.search(sentence) and not DESCRIBED.search(sentence):
            yield Finding(file, passage.place, sentence)


def ties_are_named(content: LoadedContent) -> Iterator[Finding]:
    """A text that rests on a source with a tie (its `funding`) names the tie: add a few words."""
    for file, entities in _written_here(content):
        sources = sources_in(entities)
        for place, view in views(entities):
            text, seen = research_text(view), set()
            for passage in research_sentences(place, view):
                for name in passage.sources:
                    funding = (name in sources and sources[name].funding) or ""
                    for tie, words in content.wording.ties.items():
                        if (name, tie) not in seen and tie in funding and not _has(text, words):
                            seen.add((name, tie))
                            yield Finding(file, f"{passage.place}.{name}", tie)


def second_hand_is_said(content: LoadedContent) -> Iterator[Finding]:
    """A sentence that rests only on second-hand sources says so (“a drug bulletin says”, “the press reports”)."""
    for file, entities in _written_here(content):
        sources = sources_in(entities)
        words = {
            name: content.wording.second_hand.get(name) or SECOND_HAND.get(source.study_type.code, ())
            for name, source in sources.items()
        }
        for place, view in views(entities):
            before: Passage | None = None
            for passage in research_sentences(place, view):
                needed = [words.get(name, ()) for name in passage.sources]
                # “It does not say …”, after a sentence on the same source.
                goes_on = before and passage.text.startswith("It ") and before.sources == passage.sources
                if (
                    needed
                    and all(needed)
                    and not goes_on
                    and not _has(passage.text, [w for each in needed for w in each])
                ):
                    yield Finding(file, passage.place, ", ".join(passage.sources))
                before = passage


def what_was_studied_is_named(content: LoadedContent) -> Iterator[Finding]:
    """A sentence names what its sources studied: different treatments must not be taken for one."""
    for file, entities in _written_here(content):
        sources = sources_in(entities)
        for place, view in views(entities):
            for passage in research_sentences(place, view):
                codes = {sources[name].study_subject.code for name in passage.sources if name in sources}
                named = content.wording.study_subjects.get(codes.pop()) if len(codes) == 1 else None
                if named and not _has(passage.text if named.within == "sentence" else research_text(view), named.words):
                    yield Finding(file, passage.place, f"none of {_listed(named.words)}")


def misleading_words_are_explained(content: LoadedContent) -> Iterator[Finding]:
    """Words that mislead alone (`never_alone` in wording.yaml) are explained: add one of the words that they need."""
    for never_alone in content.wording.never_alone:
        for file, place, text in _units(content, never_alone):
            if _has(text, never_alone.words) and not _has(text, never_alone.need):
                value = f"{_listed(never_alone.words)} without {_listed(never_alone.need)}"
                yield Finding(file, place, value)


def only_clinicians_review(content: LoadedContent) -> Iterator[Finding]:
    """“Reviewed” is left for a clinician's review (`clinical_review`): write “checked”."""
    written_here = (article for article, _ in articles(content) if _is_written_here(article))
    files = {words_file(article.language) for article in written_here if not article.clinical_review}
    for file, place, text in texts(content):
        said = PEER_REVIEWED.sub("", text) if place.startswith("sources.") else text
        is_denied = place == "headings.no_clinical_review" and DENIAL.search(text)
        if file in files and place != "headings.clinical_review" and not is_denied and REVIEWED.search(said):
            yield Finding(file, place, text)


def views_never_mix(content: LoadedContent) -> Iterator[Finding]:
    """The article's text does not speak of research, nor a text about research of the article: make two of it."""
    for file, passage in _passages(content):
        other = {"article text": RESEARCH, "research line": THE_ARTICLE, "research text": THE_ARTICLE}.get(passage.kind)
        match = other.search(passage.text) if other else None
        if match:
            yield Finding(file, passage.place, match.group())


RULES: tuple[Rule, ...] = (
    sentences_are_short,
    texts_are_short,
    texts_are_easy_to_read,
    texts_are_our_own,
    hedges_stay,
    chances_are_left_out,
    unsourced_sentences_are_ours,
    sourced_sentences_are_theirs,
    absence_is_ours,
    bodies_are_dated,
    law_is_in_the_past_tense,
    no_change_is_qualified,
    controls_are_described,
    ties_are_named,
    second_hand_is_said,
    what_was_studied_is_named,
    misleading_words_are_explained,
    only_clinicians_review,
    views_never_mix,
)


def split(text: str) -> list[str]:
    """Return the sentences of a text."""
    return SENTENCE_END.split(text.strip())


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of an English text."""
    return float(_textstat().flesch_kincaid_grade(text))


@cache
def _textstat() -> Any:  # noqa: ANN401 - the library has no types
    # Imported here, so that other commands start fast. It imports pkg_resources, which warns that it is deprecated.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        from textstat import textstat  # noqa: PLC0415
    return textstat


@cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of whole words in any case. Without phrases, it matches nothing."""
    words = "|".join(map(re.escape, phrases))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if phrases else r"(?!)", re.IGNORECASE)


def _has(text: str, phrases: Iterable[str]) -> bool:
    return bool(_any_of(tuple(phrases)).search(text))


def _listed(phrases: Iterable[str]) -> str:
    return ", ".join(f"“{phrase}”" for phrase in phrases)


def _runs(text: str) -> list[tuple[str, ...]]:
    """Return every run of words that is too long to be copied."""
    words = re.findall(r"[a-z']+", text.lower().replace("’", "'"))  # noqa: RUF001 - a typographic apostrophe
    return [tuple(words[start : start + LONGEST_COPY + 1]) for start in range(len(words) - LONGEST_COPY)]


def _is_written_here(article: Article) -> bool:
    return article.translation.code == "source" and article.language.partition("-")[0] == LANGUAGE


def _written_here(content: LoadedContent) -> Iterator[tuple[str, Sequence[Entity]]]:
    """Yield the file and the entities of the language that the content is written in, if that is English."""
    for article, entities in articles(content):
        if _is_written_here(article):
            yield words_file(article.language), entities


def _passages(content: LoadedContent) -> Iterator[tuple[str, Passage]]:
    return ((file, passage) for file, entities in _written_here(content) for passage in passages(entities))


def _whole_texts(content: LoadedContent) -> Iterator[tuple[str, Passage]]:
    return ((file, passage) for file, entities in _written_here(content) for passage in whole_texts(entities))


def _sentences(content: LoadedContent) -> Iterator[tuple[str, Passage, str]]:
    return ((file, passage, sentence) for file, passage in _passages(content) for sentence in split(passage.text))


def _units(content: LoadedContent, never_alone: CompanionWords) -> Iterator[tuple[str, str, str]]:
    """Yield file, place and text of what must hold the words together."""
    match never_alone.within:
        case "sentence":
            for file, passage, sentence in _sentences(content):
                yield file, passage.place, sentence
        case "text":
            for file, passage in _whole_texts(content):
                yield file, passage.place, passage.text
        case "view":
            for file, entities in _written_here(content):
                for place, view in views(entities):
                    yield file, place, f"{view.line} {research_text(view)}"
