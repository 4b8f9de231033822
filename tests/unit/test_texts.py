"""The rules for texts reach every text of the model: each string that accepts any words, found by trying."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import structs

from chalicelib.content.model import (
    ARTICLE_STATEMENTS,
    Article,
    Entity,
    NamedStatement,
    Record,
    Risk,
    Slug,
    Source,
    Text,
    cited_texts,
    type_name,
)
from editorial import rules
from editorial.loading import LoadedContent, place_of
from editorial.places import Finding, Rule

WORDS = "At most 77 % of readers"
QUOTED = {"title", "authors", "journal_or_publisher", "citation"}  # copied from the source, or made of it


class Step(Record, frozen=True, kw_only=True):
    say: Text


class Advised(Risk, frozen=True, kw_only=True, tag_field="type", tag="risk"):
    """A risk with texts that no rule knows by name."""

    advice: Text
    warnings: tuple[Text, ...] | None = None
    by_skin: dict[Slug, Text]
    step: Step


def variants(tree: Any, words: str, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the place of each string, with a copy of the tree in which it is `words`."""
    if isinstance(tree, str):
        yield place, words
    elif isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            if key == "label":  # copied from the article's `labels`
                continue
            inner = f"{place}.{key}" if isinstance(tree, dict) else place
            if place.endswith(".sentences"):  # in the files, a sentence is a text under its id
                inner = f"{place}.{value['id']}" if isinstance(tree, list) else inner
            for variant_place, variant in variants(value, words, inner):
                yield (
                    variant_place,
                    {**tree, key: variant} if isinstance(tree, dict) else [*tree[:key], variant, *tree[key + 1 :]],
                )


def with_words(entity: Entity, words: str) -> Iterator[tuple[str, Entity]]:
    """Yield the place of each text, with a copy of the entity in which it is `words`."""
    for place, tree in variants(msgspec.to_builtins(entity), words):
        try:
            yield place, msgspec.convert(tree, type(entity))
        except msgspec.ValidationError:  # an id, a date, a word of a vocabulary
            continue


def broken_rules(content: LoadedContent, entity: Entity, *checked: Rule) -> set[tuple[str, Rule]]:
    """Return the places of violations, and the rules, in this entity and the sources that it cites."""
    cited = {source for text in cited_texts(entity).values() for source in text.sources}
    sources = (other for other in content.languages["en"] if isinstance(other, Source) and other.id in cited)
    changed = LoadedContent({"en": (entity, *sources)})
    return {(violation.place, rule) for rule in checked for violation in rule(changed)}


def place_in_file(entity: Entity, place: str) -> str:
    """Return the place of a field in its file, as violations name it."""
    place = re.sub(r"(\.sentences\.[^.]+)\.text$", r"\1", place)
    if not isinstance(entity, Article):
        return place_of(entity) + place
    return f"article{place}" if place.split(".")[1] in ARTICLE_STATEMENTS else place.lstrip(".")


@pytest.fixture(scope="session")
def examples(content: LoadedContent) -> dict[str, Entity]:
    """An entity of each type, with literature if its type has that; and a risk with texts that no rule names."""
    found = {
        type_name(type(entity)): entity
        for entity in content.languages["en"]
        if not isinstance(entity, NamedStatement) or entity.literature
    }
    risk = structs.asdict(found["risk"])
    new = Advised(**risk, advice="Ask.", warnings=("Wait.", "Ask."), by_skin={"dry": "Ask."}, step=Step(say="Ask."))
    return {**found, "a risk with new texts": new}


KINDS = [
    "article",
    "concern",
    "benefit",
    "limitation",
    "risk",
    "decision-factor",
    "reported-harm",
    "source",
    "a risk with new texts",
]


@pytest.mark.parametrize("kind", KINDS)
def test_rules_reach_every_text(content: LoadedContent, examples: dict[str, Entity], kind: str) -> None:
    percentage, figure = rules.percentages_are_left_out, rules.figures_of_statements_are_found
    of_source = rules.figures_of_summaries_are_found
    entity, reached = examples[kind], set()
    for place, variant in with_words(entity, WORDS):
        field = place.split(".")[1]
        expected = {figure, percentage}
        if isinstance(entity, Source):
            expected = (
                set() if field in QUOTED else {percentage, of_source} - ({of_source} if field == "finding" else set())
            )
        elif isinstance(entity, Article) and place_in_file(entity, place).split(".")[0] != "article":
            expected = {percentage, figure} if field == "labels" else {percentage}
        broken = broken_rules(content, variant, percentage, figure, of_source)
        found = {rule for broken_place, rule in broken if broken_place == place_in_file(entity, place)}
        assert (place, found) == (place, expected)
        reached.add(field)
    assert reached


@pytest.mark.parametrize("blank", [" ", "\u00ad\u200d\u00a0"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_blank(content: LoadedContent, examples: dict[str, Entity], kind: str, blank: str) -> None:
    entity = examples[kind]
    for place, variant in with_words(entity, blank):
        rule = rules.texts_say_something
        assert (place_in_file(entity, place), rule) in broken_rules(content, variant, rule)


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_hides_characters(content: LoadedContent, examples: dict[str, Entity], kind: str) -> None:
    entity = examples[kind]
    for place, variant in with_words(entity, "a\x1b[Jb"):
        rule = rules.characters_are_seen
        assert (place_in_file(entity, place), rule) in broken_rules(content, variant, rule)


HIDDEN = (
    "\0\t\n\r\x1b\x7f\x85\x9b\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069"
    "\ue000\ufeff\ud800\U000e0041\uffff"
)
NEEDED = "\u00a0\u00ad\u200c\u200d\u202f\u3000é漢אب👩"  # spaces, soft hyphen, joiners, and what is seen


@pytest.mark.parametrize("character", HIDDEN, ids=ascii)
def test_hidden_characters_are_named(content: LoadedContent, character: str) -> None:
    place, entity = next(with_words(next(e for e in content.languages["en"] if isinstance(e, Risk)), f"a{character}b"))
    found = list(rules.characters_are_seen(LoadedContent({"en": (entity,)})))
    assert Finding("words/en.yaml", f"risks.bruising{place}", f"U+{ord(character):04X}") in found


@pytest.mark.parametrize("character", NEEDED, ids=ascii)
def test_needed_characters_pass(content: LoadedContent, character: str) -> None:
    _, entity = next(with_words(next(e for e in content.languages["en"] if isinstance(e, Risk)), f"a{character}b"))
    assert list(rules.characters_are_seen(LoadedContent({"en": (entity,)}))) == []
