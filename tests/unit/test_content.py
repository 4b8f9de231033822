"""Invalid content is reported by file, line, place, rule and value, every violation at once.

Most faults are planted into the parsed files of the shipped content, so that these are read once.
"""

import copy
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from editorial import rules, wording_rules
from editorial.figures import TEENS, TENS, UNITS, figures
from editorial.loading import CLOSE, FACTS, SOURCES, LoadedContent, load, merge, read
from editorial.places import Rule, all_strings, check
from editorial.rules import validate
from editorial.violations import InvalidContentError, Violation, located_in
from editorial.wording_file import WORDING, Wording, read_wording

ROOT = Path(__file__).parents[2]
WORDS = "words/en.yaml"
FILES, LINES = read(ROOT / "content")

Trees = dict[str, dict[str, Any]]
Plant = Callable[[Trees], object]


def put(file: str, place: str, value: Any) -> Plant:
    """Set a field, or change it by a function."""

    def plant(trees: Trees) -> None:
        *path, name = place.split(".")
        mapping: dict[str, Any] = trees[file]
        for key in path:
            mapping = mapping[key]
        mapping[name] = value(mapping[name]) if callable(value) else value

    return plant


def drop(file: str, place: str) -> Plant:
    def plant(trees: Trees) -> None:
        *path, name = place.split(".")
        mapping: dict[str, Any] = trees[file]
        for key in path:
            mapping = mapping[key]
        del mapping[name]

    return plant


def both(*plants: Plant) -> Plant:
    return lambda trees: [plant(trees) for plant in plants]


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def followed_by(more: str) -> Callable[[str], str]:
    return lambda text: f"{text} {more}"


def violations_after(plant: Plant, rule: Rule | None = None) -> list[Violation]:
    """Return the violations in the shipped content after a fault is planted: of one rule, or of all."""
    trees = copy.deepcopy(FILES)
    plant(trees)
    try:
        content = merge(trees, LINES)
        if rule:
            return [located_in(violation, LINES) for violation in check(rule, content)]
        validate(content)
    except InvalidContentError as error:
        return error.violations
    return []


def message(rule: Rule) -> str:
    return (rule.__doc__ or "").partition("\n")[0].rstrip(".")


class Fault(NamedTuple):
    plant: Plant
    file: str
    place: str
    rule: Rule | str
    found: str = ""


A = "concerns.cellulite.literature"
SAFETY = "article.safety.literature.sentences"
HAIR = "concerns.hair-loss.literature"
WRINKLES = "concerns.wrinkles.literature.sentences"
BRUISING = "risks.bruising.literature.sentences"
SKILL = "decision_factors.practitioner-skill.literature.sentences"

NO_DRUG = replaced("drug dutasteride", "substance dutasteride")

FAULTS = {
    # How sentences read
    "a line of 171 characters": Fault(
        put(WORDS, f"{A}.line", "And so it goes on. " * 9),
        WORDS,
        f"{A}.line",
        "must have at most 160 characters: shorten it",
        "171 characters",
    ),
    "a sentence of 26 words": Fault(
        put(WORDS, "risks.bruising.text", followed_by(f"It is {'on ' * 23}now.")),
        WORDS,
        "risks.bruising.text",
        wording_rules.sentences_are_short,
        f"26 words: It is {'on ' * 23}now.",
    ),
    "a research text of 93 words": Fault(
        put(WORDS, f"{SAFETY}.drug-bulletin-says", followed_by("It is so.")),
        WORDS,
        SAFETY,
        wording_rules.texts_are_short,
        "93 words",
    ),
    "a text that is hard to read": Fault(
        put(
            WORDS,
            "benefits.customisable.text",
            "Customisation potentially facilitates individualised dermatological"
            " administration, targeting specifically desired characteristics.",
        ),
        WORDS,
        "benefits.customisable.text",
        wording_rules.texts_are_easy_to_read,
        "grade 37.9",
    ),
    "a line that is hard to read": Fault(
        put(WORDS, f"{A}.line", "Evidence is predominantly insufficient and contradictory."),
        WORDS,
        f"{A}.line",
        wording_rules.texts_are_easy_to_read,
        "grade 24.5",
    ),
    "nine words of the article in a row": Fault(
        put(WORDS, "benefits.customisable.text", followed_by("It can be customised to the specific needs of all.")),
        WORDS,
        "benefits.customisable.text",
        wording_rules.texts_are_our_own,
        "it can be customised to the specific needs of",
    ),
    "a lost “may”": Fault(
        put(WORDS, "risks.scarring.text", replaced("may occur", "does occur")),
        WORDS,
        "risks.scarring.text",
        wording_rules.hedges_stay,
        "no “may”",
    ),
    "a closed “such as”": Fault(
        put(WORDS, "article.conclusion.text", replaced("such as", "namely")),
        WORDS,
        "article.conclusion.text",
        wording_rules.hedges_stay,
        "no “such as”",
    ),
    "a chance": Fault(
        put(WORDS, "risks.infection.literature.line", "One in ten gets it."),
        WORDS,
        "risks.infection.literature.line",
        wording_rules.chances_are_left_out,
        "One in ten",
    ),
    "a claim without a source": Fault(
        put(WORDS, f"{BRUISING}.we-found-no", "The rate is low."),
        WORDS,
        f"{BRUISING}.we-found-no",
        wording_rules.unsourced_sentences_are_ours,
        "The rate is low.",
    ),
    "our search with a source behind it": Fault(
        put(WORDS, f"{BRUISING}.french-drug-bulletin", "We found that a drug bulletin lists bruises."),
        WORDS,
        f"{BRUISING}.french-drug-bulletin",
        wording_rules.sourced_sentences_are_theirs,
        "We found that a drug bulletin lists bruises.",
    ),
    "an absence that is not ours": Fault(
        put(WORDS, f"{A}.sentences.we-could-not", "There is no such trial, as we see it."),
        WORDS,
        f"{A}.sentences.we-could-not",
        wording_rules.absence_is_ours,
        "There is no such trial, as we see it.",
    ),
    "a trial that does not exist": Fault(
        put(WORDS, f"{A}.line", "Weak and mixed. No controlled trial exists."),
        WORDS,
        f"{A}.line",
        wording_rules.absence_is_ours,
        "No controlled trial exists.",
    ),
    "a body without its year": Fault(
        put(WORDS, f"{SAFETY}.france-health-authority", "France's health authority named a danger of infection."),
        WORDS,
        f"{SAFETY}.france-health-authority",
        wording_rules.bodies_are_dated,
        "France's health authority named a danger of infection.",
    ),
    "today's law": Fault(
        put(WORDS, f"{SAFETY}.2011-france-banned", "In France, mixes for destroying fat cells are banned."),
        WORDS,
        f"{SAFETY}.2011-france-banned",
        wording_rules.law_is_in_the_past_tense,
        "In France, mixes for destroying fat cells are banned.",
    ),
    "a law without its year": Fault(
        put(WORDS, f"{SAFETY}.2011-france-banned", "France banned mixes for destroying fat cells."),
        WORDS,
        f"{SAFETY}.2011-france-banned",
        wording_rules.law_is_in_the_past_tense,
        "France banned mixes for destroying fat cells.",
    ),
    "a ban on all of it": Fault(
        put(WORDS, f"{SAFETY}.2011-france-banned", "In 2011 France banned fat-reducing mixes."),
        WORDS,
        f"{SAFETY}.2011-france-banned",
        wording_rules.misleading_words_are_explained,
        "“banned”, “bans” without “destroying fat”, “destroy fat”",
    ),
    "no change": Fault(
        put(WORDS, f"{WRINKLES}.two-saw-no", "Two saw no change."),
        WORDS,
        f"{WRINKLES}.two-saw-no",
        wording_rules.no_change_is_qualified,
        "no change",
    ),
    "no control group": Fault(
        put(WORDS, f"{WRINKLES}.none-four-describes", "They had no control group."),
        WORDS,
        f"{WRINKLES}.none-four-describes",
        wording_rules.controls_are_described,
        "They had no control group.",
    ),
    "a maker that is not named": Fault(
        put(WORDS, f"{WRINKLES}.both-trials-tied", "Both are small."),
        WORDS,
        f"{WRINKLES}.30-people-hyaluronic.duteil-2023",
        wording_rules.ties_are_named,
        "maker",
    ),
    "second hand as first hand": Fault(
        put(
            WORDS,
            "risks.allergic-reaction.literature.sentences.french-drug-bulletin",
            "France's health authority (2014) recorded a fatal allergic shock.",
        ),
        WORDS,
        "risks.allergic-reaction.literature.sentences.french-drug-bulletin",
        wording_rules.second_hand_is_said,
        "prescrire-2015",
    ),
    "a harm of another treatment": Fault(
        put(WORDS, f"{BRUISING}.uk-doctors-reported", "UK doctors reported bruising, most often mild."),
        WORDS,
        f"{BRUISING}.uk-doctors-reported",
        wording_rules.what_was_studied_is_named,
        "none of “fat-dissolving”, “destroying fat”, “fat-reducing”, “that ban”",
    ),
    "half of what a study found": Fault(
        put(WORDS, f"{HAIR}.sentences.unnamed-mix-did", "An unnamed mix was no better than minoxidil."),
        WORDS,
        f"{HAIR}.sentences",
        wording_rules.misleading_words_are_explained,
        "“no better than minoxidil” without “most measures”",
    ),
    "a drug that is not called one": Fault(
        both(
            put(WORDS, f"{HAIR}.line", NO_DRUG),
            put(WORDS, f"{HAIR}.sentences.drug-dutasteride-did", NO_DRUG),
        ),
        WORDS,
        HAIR,
        wording_rules.misleading_words_are_explained,
        "“dutasteride” without “drug”, “drugs”, “medicine”, “medicines”",
    ),
    "a review by nobody": Fault(
        put(WORDS, "attribution", "From the reviewed article, on {date}."),
        WORDS,
        "attribution",
        wording_rules.only_clinicians_review,
        "From the reviewed article, on 2026-11-24.",
    ),
    "a heading that claims a review": Fault(
        put(WORDS, "headings.no_clinical_review", "A doctor has reviewed this page."),
        WORDS,
        "headings.no_clinical_review",
        wording_rules.only_clinicians_review,
        "A doctor has reviewed this page.",
    ),
    "a page that calls itself peer-reviewed": Fault(
        put(WORDS, "attribution", "From a peer-reviewed page, on {date}."),
        WORDS,
        "attribution",
        wording_rules.only_clinicians_review,
        "From a peer-reviewed page, on 2026-11-24.",
    ),
    "a review of older content": Fault(
        put(FACTS, "clinical_review", {"name": "A", "qualification": "B", "date": date(2019, 1, 1)}),
        FACTS,
        "clinical_review",
        rules.reviews_are_of_this_content,
        "2019-01-01",
    ),
    "both views in one sentence": Fault(
        put(WORDS, f"{BRUISING}.french-drug-bulletin", "As the article says, a drug bulletin lists bruises."),
        WORDS,
        f"{BRUISING}.french-drug-bulletin",
        wording_rules.views_never_mix,
        "the article",
    ),
    "research in the article's text": Fault(
        put(WORDS, "risks.swelling.text", followed_by("A study agrees.")),
        WORDS,
        "risks.swelling.text",
        wording_rules.views_never_mix,
        "study",
    ),
    # Figures and chances
    "a percentage": Fault(
        put(WORDS, "risks.infection.text", followed_by("It hits 15 per cent.")),
        WORDS,
        "risks.infection.text",
        rules.percentages_are_left_out,
        "per cent",
    ),
    "a percentage of a source": Fault(
        put(WORDS, "sources.park-2008.finding", followed_by("It fell by 3%.")),
        WORDS,
        "sources.park-2008.finding",
        rules.percentages_are_left_out,
        "%",
    ),
    "a figure that the sentence's source lacks": Fault(
        put(WORDS, f"{A}.sentences.cellulite-milder-treatment", replaced("21", "210")),
        WORDS,
        f"{A}.sentences.cellulite-milder-treatment",
        rules.figures_of_statements_are_found,
        "210",
    ),
    "a figure of another sentence's source": Fault(
        put(WORDS, f"{A}.sentences.2005-review-found", replaced("2005", "2015")),
        WORDS,
        f"{A}.sentences.2005-review-found",
        rules.figures_of_statements_are_found,
        "2015",
    ),
    "a figure in words": Fault(
        put(WORDS, f"{SKILL}.fourteen-patients-unlicensed", replaced("Fourteen", "Forty")),
        WORDS,
        f"{SKILL}.fourteen-patients-unlicensed",
        rules.figures_of_statements_are_found,
        "40",
    ),
    "a figure in what the article says": Fault(
        put(WORDS, "risks.swelling.line", "It can cause swelling in 12 cases."),
        WORDS,
        "risks.swelling.line",
        rules.figures_of_statements_are_found,
        "12",
    ),
    "a figure in a label": Fault(
        put(WORDS, "labels.comparison.risk.agrees", "Three of 12 studies agree"),
        WORDS,
        "labels.comparison.risk.agrees",
        rules.figures_of_statements_are_found,
        "12",
    ),
    "a figure of a reported harm": Fault(
        put(WORDS, "reported_harms.effects-on-sperm.line", replaced("541", "542")),
        WORDS,
        "reported_harms.effects-on-sperm.line",
        rules.figures_of_statements_are_found,
        "542",
    ),
    "a figure in a summary that its finding lacks": Fault(
        put(WORDS, "sources.gajjar-2019.summary", replaced("49", "48")),
        WORDS,
        "sources.gajjar-2019.summary",
        rules.figures_of_summaries_are_found,
        "48",
    ),
    # Labels
    "a bare label": Fault(
        put(WORDS, "labels.comparison.risk.agrees", "Agrees"),
        WORDS,
        "labels.comparison.risk.agrees",
        rules.comparisons_say_something,
        "Agrees",
    ),
    "a code that the model lacks": Fault(
        put(FACTS, "risks.scarring.literature.comparison", "more-serious"),
        FACTS,
        "risks.scarring.literature.comparison",
        "must be one of agrees, needs-qualification, less-favourable, different-question",
        "more-serious",
    ),
    "a code in use without a label": Fault(
        drop(WORDS, "labels.comparison.risk.agrees"),
        WORDS,
        "labels.comparison.risk.agrees",
        "is missing",
    ),
    "a code without a label": Fault(
        drop(WORDS, "labels.study_type.survey"),
        WORDS,
        "labels.study_type.survey",
        "is missing",
    ),
    "a verdict without a short label": Fault(
        drop(WORDS, "labels.short.limited-evidence"),
        WORDS,
        "labels.short",
        rules.codes_have_labels,
        "none for limited-evidence",
    ),
    "a heading without its placeholder": Fault(
        put(WORDS, "headings.many_sources", "Many sources"),
        WORDS,
        "headings.many_sources",
        rules.headings_have_their_placeholders,
        "{count}",
    ),
    "a year without a month": Fault(
        put(WORDS, "headings.months", "January, February"),
        WORDS,
        "headings.months",
        rules.headings_have_their_placeholders,
        "January, February",
    ),
    "an unused code without a label": Fault(
        drop(WORDS, "labels.status.retracted"),
        WORDS,
        "labels.status",
        rules.codes_have_labels,
        "none for retracted",
    ),
    "an unused comparison without a label": Fault(
        drop(WORDS, "labels.comparison.limitation.different-question"),
        WORDS,
        "labels.comparison.limitation",
        rules.codes_have_labels,
        "none for different-question",
    ),
    "labels of no kind": Fault(
        put(WORDS, "labels.comparison.verdict", {"agrees": "It is the same"}),
        WORDS,
        "labels.comparison.verdict",
        rules.codes_have_labels,
        "no kind of statement",
    ),
    "an effectiveness without a label": Fault(
        put(FACTS, "effectiveness_values", ["effective-in-some-cases", "limited-evidence", "proven"]),
        WORDS,
        "labels.effectiveness",
        rules.effectiveness_is_labelled,
        "effective-in-some-cases, limited-evidence",
    ),
    # Sentences and sources
    "a sentence without an entry in facts.yaml": Fault(
        put(WORDS, f"{BRUISING}.more", "One more."),
        WORDS,
        f"{BRUISING}.more",
        "is not known: facts.yaml does not have it",
    ),
    "sentences in another order": Fault(
        put(WORDS, BRUISING, lambda sentences: dict(reversed(sentences.items()))),
        WORDS,
        BRUISING,
        "must be in the order of facts.yaml:"
        " expert-statement-lists, french-drug-bulletin, uk-doctors-reported, we-found-no",
        "we-found-no, uk-doctors-reported, french-drug-bulletin, expert-statement-lists",
    ),
    "sources that are no list": Fault(
        put(FACTS, f"{BRUISING}.we-found-no", "palmer-2006"),
        FACTS,
        f"{BRUISING}.we-found-no",
        "must be a list of ids of sources",
        "palmer-2006",
    ),
    "a mistyped source": Fault(
        put(FACTS, f"{BRUISING}.uk-doctors-reported", ["palmer-2007"]),
        FACTS,
        f"{BRUISING}.uk-doctors-reported",
        rules.cited_sources_exist,
        "palmer-2007",
    ),
    "a source cited twice": Fault(
        put(FACTS, f"{BRUISING}.uk-doctors-reported", ["palmer-2006", "palmer-2006"]),
        FACTS,
        f"{BRUISING}.uk-doctors-reported",
        rules.sources_are_cited_once,
        "palmer-2006",
    ),
    "a further source that a sentence rests on": Fault(
        put(FACTS, f"{A}.further_sources", ["salti-2008", "pc-clarification-2006", "park-2008"]),
        FACTS,
        f"{A}.further_sources",
        "must be sources that no sentence rests on: leave it out",
        "park-2008",
    ),
    "a source that bears on a statement is dropped": Fault(
        put(FACTS, "risks.swelling.literature.sentences.another-large-swollen", ["palmer-2006"]),
        SOURCES,
        "sources.cordoba-2017.bears_on",
        rules.sources_are_used,
        "swelling",
    ),
    "a source that nothing rests on": Fault(
        put(FACTS, f"{BRUISING}.expert-statement-lists", ["palmer-2006"]),
        SOURCES,
        "sources.mammucari-2025",
        rules.sources_are_used,
        "cited nowhere",
    ),
    "a retracted source in use": Fault(
        both(
            put(SOURCES, "savoia-2013.status", "retracted"),
            put(SOURCES, "savoia-2013.status_checked", FILES[FACTS]["checked"]),
        ),
        FACTS,
        f"{WRINKLES}.two-studies-saw.savoia-2013",
        rules.retracted_sources_are_not_cited,
        "savoia-2013",
    ),
    "a status without its day": Fault(
        put(SOURCES, "savoia-2013.status", "ok"),
        SOURCES,
        "sources.savoia-2013.status",
        rules.a_status_has_its_day,
        "status alone",
    ),
    "a source that cannot be found": Fault(
        drop(SOURCES, "sylwia-2017.year"),
        SOURCES,
        "sources.sylwia-2017",
        rules.sources_can_be_found,
        "Efficacy of intradermal mesotherapy in cellulite reduction - Conventional and high-frequency ultrasound"
        " monitoring results",
    ),
    # Files and fields
    "a seriousness of a reported harm": Fault(
        put(FACTS, "reported_harms.dying-skin.seriousness", "rare-serious"),
        FACTS,
        "reported_harms.dying-skin.seriousness",
        "is no field of a ReportedHarm",
    ),
    "the next check on the day of the last": Fault(
        put(FACTS, "next_check", FILES[FACTS]["checked"]),
        FACTS,
        "next_check",
        rules.the_next_check_is_later,
        "2026-11-24",
    ),
    "an attribution without its day": Fault(
        put(WORDS, "attribution", "From an article."),
        WORDS,
        "attribution",
        "must have {date} once: the day on which the content was checked",
        "From an article.",
    ),
    "an unknown field": Fault(
        put(FACTS, "concerns.cellulite.colour", "blue"), FACTS, "concerns.cellulite.colour", "is no field of a Concern"
    ),
    "an unknown field next to sentences": Fault(
        put(FACTS, f"{A}.typo", {"a": 1}), FACTS, f"{A}.typo", "is no field of a LiteratureView"
    ),
    "an unknown field of a reported harm": Fault(
        put(FACTS, "reported_harms.dying-skin.extra", {"x": "y"}),
        FACTS,
        "reported_harms.dying-skin.extra",
        "is no field of a ReportedHarm",
    ),
    "all sources of a view": Fault(
        put(FACTS, f"{A}.sources", ["park-2008"]), FACTS, f"{A}.sources", "is computed: leave it out"
    ),
    "a citation": Fault(
        put(SOURCES, "park-2008.citation", "Park, 2008."),
        SOURCES,
        "sources.park-2008.citation",
        "is computed: leave it out",
    ),
    "an id among the fields": Fault(
        put(WORDS, "risks.bruising.id", {"a": "bruise"}), WORDS, "risks.bruising.id", "is computed: leave it out"
    ),
    "an unknown section": Fault(
        put(FACTS, "verdicts", {}),
        FACTS,
        "verdicts",
        "must be one of article, benefits, checked, clinical_review, concerns, decision_factors, effectiveness_values,"
        " limitations, next_check, paragraph_count, reported_harms, risks, sources",
    ),
    "sources among the facts": Fault(put(FACTS, "sources", {}), FACTS, "sources", "belongs in sources.yaml"),
    "a missing translation": Fault(drop(WORDS, "risks.bruising.line"), WORDS, "risks.bruising.line", "is missing"),
    "an entity without words": Fault(
        drop(WORDS, "risks.bruising"), WORDS, "risks.bruising", "is missing: facts.yaml has it"
    ),
    "words without an entity": Fault(
        put(WORDS, "benefits.cheap", {"name": "Cheap"}),
        WORDS,
        "benefits.cheap",
        "is not known: facts.yaml does not have it",
    ),
    "a mistyped effectiveness": Fault(
        put(FACTS, "concerns.hair-loss.effectiveness", "limited"),
        FACTS,
        "concerns.hair-loss.effectiveness",
        "must be one of effective-in-some-cases, limited-evidence: the codes that have a label",
        "limited",
    ),
    "an effectiveness that the article does not give": Fault(
        put(FACTS, "effectiveness_values", ["effective-in-some-cases"]),
        WORDS,
        "labels.effectiveness",
        rules.effectiveness_is_labelled,
        "effective-in-some-cases, limited-evidence",
    ),
    "a paragraph that the article does not have": Fault(
        put(FACTS, "risks.bruising.paragraphs", [8]),
        FACTS,
        "risks.bruising.paragraphs",
        rules.paragraphs_are_the_articles,
        "8",
    ),
    "a statement without its paragraph": Fault(
        drop(FACTS, "risks.bruising.paragraphs"), FACTS, "risks.bruising.paragraphs", "is missing"
    ),
    "a section that is not a mapping": Fault(
        put(FACTS, "limitations", [5]), FACTS, "limitations", "must be a mapping of ids to fields", "[5]"
    ),
    "an id of two kinds": Fault(
        both(
            put(FACTS, "risks.wrinkles", {"seriousness": "side-effect", "paragraphs": [6]}),
            put(WORDS, "risks.wrinkles", {"name": "W", "line": "W", "text": "W"}),
        ),
        FACTS,
        "concerns.wrinkles",
        rules.names_are_unique,
        "wrinkles",
    ),
    "an id that is no slug": Fault(
        both(
            put(FACTS, "limitations", lambda entries: {"Not a cure": entries["not-a-miracle-cure"]}),
            put(WORDS, "limitations", lambda entries: {"Not a cure": entries["not-a-miracle-cure"]}),
        ),
        FACTS,
        "limitations.Not a cure.id",
        r"must fit: Expected `str` matching regex '^[a-z0-9]+(-[a-z0-9]+)*$(?!\\n)'",
        "Not a cure",
    ),
    "a fact among the words": Fault(
        put(WORDS, "risks.bruising.seriousness", "side-effect"),
        WORDS,
        "risks.bruising.seriousness",
        "belongs in facts.yaml",
        "side-effect",
    ),
    "words among the facts": Fault(
        put(FACTS, "risks.bruising.name", "Bruise"), FACTS, "risks.bruising.name", "belongs in words/en.yaml", "Bruise"
    ),
    "a question that claims": Fault(
        put(WORDS, "decision_factors.product-quality.questions", ["It will pass."]),
        WORDS,
        "decision_factors.product-quality.questions",
        rules.questions_ask,
        "It will pass.",
    ),
    "a blank text": Fault(
        put(WORDS, f"{BRUISING}.we-found-no", " "), WORDS, f"{BRUISING}.we-found-no", rules.texts_say_something, "' '"
    ),
    "an escape sequence": Fault(
        put(WORDS, "risks.bruising.name", "Bruising\x1b[A\x1b[J"),
        WORDS,
        "risks.bruising.name",
        rules.characters_are_seen,
        "U+001B U+001B",
    ),
    "an escape sequence in a fact": Fault(
        put(SOURCES, "cellulite-injectables-2005.doi", "10.1080/1\u202e2"),
        SOURCES,
        "sources.cellulite-injectables-2005.doi",
        rules.characters_are_seen,
        "U+202E",
    ),
    "no source language": Fault(
        put(WORDS, "translation", "checked"), "words", "translation", rules.one_language_is_the_source, "none"
    ),
    # What the rules need
    "a statement without the article's words": Fault(
        drop(CLOSE, "risks.bruising"), CLOSE, "risks.bruising", rules.statements_have_the_articles_words, "no entry"
    ),
    "words of the article without a statement": Fault(
        put(CLOSE, "risks.burning", "It burns."),
        CLOSE,
        "risks.burning",
        rules.statements_have_the_articles_words,
        "no statement",
    ),
    "words of the article that are no text": Fault(
        put(CLOSE, "risks.bruising", 5), CLOSE, "risks.bruising", "must be a text", "5"
    ),
    "a section of the article's words that is no mapping": Fault(
        put(CLOSE, "risks", "None."), CLOSE, "risks", "must be a mapping of ids to texts", "None."
    ),
    "an unknown field of wording": Fault(
        put(WORDING, "colours", ["blue"]),
        WORDING,
        "colours",
        "must be one of bodies, exceptions, never_alone, second_hand, study_subjects, ties, unavoidable",
        "['blue']",
    ),
    "a field of wording that does not fit": Fault(
        put(WORDING, "bodies", "FDA"), WORDING, "bodies", "must fit: Expected `array`, got `str`", "FDA"
    ),
    "a second-hand source that is not in the bibliography": Fault(
        put(WORDING, "second_hand.nobody-1999", ["a letter"]),
        WORDING,
        "second_hand.nobody-1999",
        rules.second_hand_sources_exist,
        "nobody-1999",
    ),
    "an exception that nothing needs": Fault(
        put(WORDING, "exceptions.bodies_are_dated", lambda places: places | {"risks.bruising": "No reason."}),
        WORDING,
        "exceptions.bodies_are_dated.risks.bruising",
        "An exception is needed: nothing breaks this rule there, so take it out",
    ),
    "an exception that a corrected text needs no more": Fault(
        put(
            WORDS,
            f"{A}.sentences.mesotherapy-society-panel",
            "A mesotherapy society's panel said in 2011 that it works.",
        ),
        WORDING,
        f"exceptions.bodies_are_dated.{A}.sentences.mesotherapy-society-panel",
        "An exception is needed: nothing breaks this rule there, so take it out",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_reported(name: str) -> None:
    """Each fault is named with its rule, and with the line on which the file has its place or what is around it."""
    fault = FAULTS[name]
    rule = fault.rule if isinstance(fault.rule, str) else message(fault.rule)
    found = violations_after(fault.plant, None if isinstance(fault.rule, str) else fault.rule)
    violation = next((each for each in found if each == Violation(fault.file, fault.place, rule, fault.found)), None)
    assert violation, "\n".join(map(str, found))
    if fault.file == SOURCES or fault.place.split(".")[0] in LINES.get(fault.file, ()):
        key = key_at(fault.file, violation.line)
        assert key in fault.place
        assert str(violation).startswith(f"{fault.file}:{violation.line}: {fault.place}: {rule}")


def key_at(file: str, line: int | None) -> str:
    assert line
    return (ROOT / "content" / file).read_text(encoding="utf-8").splitlines()[line - 1].strip().partition(":")[0]


def test_shipped_content_breaks_no_rule(content: LoadedContent) -> None:
    assert rules.violations(content) == []
    assert (set(content.languages), len(content.close), content.wording.bodies != ()) == ({"en"}, 25, True)


@pytest.mark.parametrize("label", ["12 studies agree", "It is 5 per cent", "It\u202e is the same", " "])
def test_a_bad_label_is_reported_once(label: str) -> None:
    """At the label, not at each of the codes that loading gives it to."""
    used_often = put(WORDS, "labels.study_type.randomized-controlled-trial", label)
    rules_broken = [violation.rule for violation in violations_after(used_often)]
    assert len(rules_broken) == len(set(rules_broken)) > 0
    assert {violation.place for violation in violations_after(used_often)} == {
        "labels.study_type.randomized-controlled-trial"
    }


def test_each_rule_has_a_planted_fault() -> None:
    assert {*rules.RULES, *rules.EXCEPTABLE_RULES} - {fault.rule for fault in FAULTS.values()} == set()


def test_exceptions_are_what_is_needed(content: LoadedContent) -> None:
    """Without the exceptions, exactly the places that they name break the rules."""
    excepted = {(name, place) for name, places in content.wording.exceptions.items() for place in places}
    broken = {(rule.__name__, violation.place) for rule in rules.EXCEPTABLE_RULES for violation in rule(content)}
    assert broken == excepted


def test_a_retracted_source_may_be_explained() -> None:
    retract = FAULTS["a retracted source in use"].plant
    places = [violation.place for violation in violations_after(retract)]
    assert len(places) > 1
    explained = put(
        WORDING, "exceptions.retracted_sources_are_not_cited", dict.fromkeys(places, "Kept: the text says so.")
    )
    assert violations_after(both(retract, explained)) == []


@pytest.mark.parametrize("status", ["ok", "corrected", "concern"])
def test_other_statuses_block_nothing(status: str) -> None:
    checked = put(SOURCES, "savoia-2013.status_checked", FILES[FACTS]["checked"])
    assert violations_after(both(put(SOURCES, "savoia-2013.status", status), checked)) == []


def test_violations_name_their_exception() -> None:
    """An editor copies rule and place from the message."""
    [violation] = violations_after(FAULTS["a body without its year"].plant)
    assert str(violation).endswith("(found: France's health authority named a danger of infection.) [bodies_are_dated]")


def test_structure_has_no_exceptions() -> None:
    plant = put(WORDING, "exceptions.texts_say_something", {"risks.bruising.name": "It may be blank."})
    [violation] = violations_after(plant)
    assert violation.place == "exceptions.texts_say_something"
    assert violation.rule.startswith("must be one of absence_is_ours, bodies_are_dated")


def test_a_clinical_review_may_be_named() -> None:
    review = {"name": "A. Doctor", "qualification": "Dermatologist", "date": FILES[FACTS]["checked"]}
    named = put(WORDS, "attribution", "Reviewed by a doctor. Compared with research on {date}.")
    assert violations_after(both(put(FACTS, "clinical_review", review), named)) == []


def test_translations_are_not_held_to_english() -> None:
    """What another language says is not read as English, but its figures and its structure are checked."""
    spanish = copy.deepcopy(FILES[WORDS]) | {"translation": "unchecked", "attribution": "Not reviewed: {date}."}
    spanish["risks"]["bruising"]["text"] = f"{'Palabra ' * 30}sin una sola frase corta 12."
    found = violations_after(add_file("words/es.yaml", spanish))
    assert [(each.file, each.place, each.rule) for each in found] == [
        ("words/es.yaml", "risks.bruising.text", message(rules.figures_of_statements_are_found))
    ]


def add_file(file: str, tree: dict[str, Any]) -> Plant:
    return lambda trees: trees.update({file: tree})


def test_incomplete_languages_are_rejected() -> None:
    """A language that lacks one text is not offered at all."""
    spanish = copy.deepcopy(FILES[WORDS]) | {"translation": "unchecked"}
    del spanish["sources"]["konda-2013"]
    found = violations_after(add_file("words/es.yaml", spanish))
    assert found == [Violation("words/es.yaml", "sources.konda-2013", "is missing: sources.yaml has it")]


def test_another_article_needs_no_wording_file() -> None:
    """An invented article on an invented treatment breaks no rule: nothing in code is about this topic."""
    sleep = ROOT / "tests" / "articles" / "sleep"
    assert not (sleep / WORDING).exists()
    assert not (sleep / CLOSE).exists()
    validate(load(sleep))


def test_the_guide_names_rules_and_fields() -> None:
    guide = (ROOT / "content" / "README.md").read_text(encoding="utf-8")
    rows = guide.partition("## The rules of wording")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {rule.__name__ for rule in rules.EXCEPTABLE_RULES}
    example = yaml.safe_load(guide.partition("## wording.yaml")[2].partition("```yaml")[2].partition("```")[0])
    violations: list[Violation] = []
    read_wording(example, violations)
    assert (set(example), violations) == (set(Wording.__struct_fields__), [])


# Places and lines


def test_every_text_has_its_line(content: LoadedContent) -> None:
    """The line of a place is the one of its last key."""
    for file, place, _, by_editors in all_strings(content):
        if by_editors:
            line = located_in(Violation(file, place, ""), LINES).line
            assert key_at(file, line).strip("'\"") == place.rpartition(".")[2], place


def test_violations_are_in_the_order_of_the_file(folder: Path) -> None:
    for file, old, new in (
        (FACTS, "seriousness: rare-serious", "seriousness: deadly"),
        (FACTS, "paragraphs: [3]", "paragraphs: 3"),
        (SOURCES, "year: 2005", "year: long ago"),
        (WORDS, "    name: Swelling\n", ""),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(replaced(old, new)(text) if old.endswith("\n") else text.replace(old, new, 1))
    lines = {file: (folder / file).read_text().splitlines() for file in (FACTS, SOURCES, WORDS)}
    with pytest.raises(InvalidContentError) as raised:
        load(folder)
    assert [str(each) for each in raised.value.violations] == [
        f"facts.yaml:{lines[FACTS].index('    paragraphs: 3') + 1}: benefits.minimally-invasive.paragraphs:"
        " must fit: Expected `array`, got `int` (found: 3)",
        f"facts.yaml:{lines[FACTS].index('    seriousness: deadly') + 1}: risks.scarring.seriousness:"
        " must be one of side-effect, rare-serious (found: deadly)",
        f"sources.yaml:{lines[SOURCES].index('  year: long ago') + 1}: sources.cellulite-injectables-2005.year:"
        " must fit: Expected `int | null`, got `str` (found: long ago)",
        f"words/en.yaml:{lines[WORDS].index('  swelling:') + 1}: risks.swelling.name: is missing",
    ]


UNREADABLE = {
    "a file that is not a mapping": (
        WORDS,
        b"- a\n- b\n",
        "words/en.yaml: must be a mapping of names to values (found: ['a', 'b'])",
    ),
    "an empty file": (FACTS, b"", "facts.yaml: must be a mapping of names to values (found: None)"),
    "a file that is not YAML": (SOURCES, b"a: [1\n", "sources.yaml:2: did not find expected ',' or ']'"),
    "a file that is not UTF-8": (CLOSE, b"\xff", "article-close.yaml: must be UTF-8"),
    "a duplicate id": (WORDING, b"ties: {}\nties: {}\n", "wording.yaml:2: “ties” is given twice"),
}


@pytest.mark.parametrize(("file", "data", "expected"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_files_are_reported(folder: Path, file: str, data: bytes, expected: str) -> None:
    (folder / file).write_bytes(data)
    with pytest.raises(InvalidContentError) as raised:
        load(folder)
    assert str(raised.value) == expected


def test_content_without_a_language_is_rejected(folder: Path) -> None:
    (folder / WORDS).unlink()
    with pytest.raises(InvalidContentError, match="words: must hold a file of words for at least one language"):
        load(folder)


# Rules as properties

WORD = st.sampled_from(["we", "saw", "skin", "glow", "it", "is", "mild", "often"])
CLOSE_WORDS = re.findall(r"[a-z']+", FILES[CLOSE]["article"]["safety"].lower())


@given(st.lists(WORD, min_size=1, max_size=40))
def test_sentences_of_at_most_25_words_pass(words: list[str]) -> None:
    text = f"It is so. {' '.join(words)}. Is it?"
    assert any(len(sentence.split()) > 25 for sentence in wording_rules.split(text)) == (len(words) > 25)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, len(CLOSE_WORDS) - 12), st.integers(1, 12), st.lists(WORD, max_size=5), st.lists(WORD, max_size=5)
)
def test_copies_are_found_wherever_they_stand(start: int, length: int, before: list[str], after: list[str]) -> None:
    """Nine words of the article are found in any text; fewer, in none. Commas, stops and capitals do not hide them."""
    copied = ", ".join(word.capitalize() for word in CLOSE_WORDS[start : start + length])
    plant = put(WORDS, "article.variation.text", f"{' '.join(before)}. xx. {copied}. xx. {' '.join(after)}")
    assert bool(violations_after(plant, wording_rules.texts_are_our_own)) == (length >= 9)


@given(st.integers(10, 99))
def test_numbers_in_words_are_figures(number: int) -> None:
    ten, unit = divmod(number, 10)
    word = TEENS[unit] if ten == 1 else TENS[ten - 2] + (f"-{UNITS[unit - 1]}" if unit else "")
    assert figures(f"{word.capitalize()} people") == {str(number)}


def test_digits_of_any_script_are_figures() -> None:
    assert figures("١٢ people, १.५ ml and 12 days") == {"12", "1.5"}


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 10_000))
def test_figures_come_from_the_sentences_own_sources(number: int) -> None:
    plant = put(WORDS, f"{A}.sentences.20-women-girth", f"Girth did not differ clearly in {number} women.")
    known = figures(" ".join(str(FILES[SOURCES]["park-2008"][name]) for name in ("title", "year"))) | figures(
        " ".join(FILES[WORDS]["sources"]["park-2008"][name] for name in ("finding", "summary"))
    )
    found = [violation.value for violation in violations_after(plant, rules.figures_of_statements_are_found)]
    assert found == ([] if str(number) in known else [str(number)])


@pytest.mark.parametrize("name", ["absence_is_ours", "views_never_mix", "only_clinicians_review"])
def test_patterns_are_of_whole_words(name: str) -> None:
    """Words that only look like those of a rule break none."""
    harmless = {
        "absence_is_ours": "We found no study. Nobody was hurt.",
        "views_never_mix": "The articles of that law are old.",
        "only_clinicians_review": "A reviewer previewed it.",
    }
    plant = put(WORDS, f"{BRUISING}.we-found-no", harmless[name])
    assert violations_after(plant, next(rule for rule in wording_rules.RULES if rule.__name__ == name)) == []
