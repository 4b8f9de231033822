"""What the rules of wording must know about the article's topic: `content/wording.yaml`. None of it is published."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from chalicelib.content.model import Record, Slug, StudySubjectCode, Text
from editorial.violations import Violation
from editorial.yaml_files import YamlMapping, shorten

WORDING = "wording.yaml"

# Whole words, in any case.
Phrases = Annotated[tuple[Text, ...], Meta(min_length=1)]

# One sentence; one line, text, summary or finding; or the line and the text of a view of research together.
Within: TypeAlias = Literal["sentence", "text", "view"]


class RequiredWords(Record, frozen=True, kw_only=True):
    """Words, one of which the sentence or the text must contain."""

    words: Phrases
    within: Literal["sentence", "text"]


class CompanionWords(Record, frozen=True, kw_only=True):
    """Words that need one of other words near them."""

    words: Phrases
    need: Phrases
    within: Within


class Wording(Record, frozen=True, kw_only=True):
    """The topic's words, in the language that the content is written in."""

    unavoidable: tuple[Text, ...] = ()
    """Words that count as one syllable, because no plainer word says the same."""

    bodies: tuple[Text, ...] = ()
    """Names of bodies. What they say has a year."""

    study_subjects: dict[StudySubjectCode, RequiredWords] = msgspec.field(default_factory=dict)
    """How a text names what a source studied."""

    ties: dict[Text, Phrases] = msgspec.field(default_factory=dict)
    """Words in `funding` that mean a tie, and the words that name it in a text."""

    second_hand: dict[Slug, Phrases] = msgspec.field(default_factory=dict)
    """Sources that report what others found, and the words that say so. Study types that always do need no entry."""

    never_alone: tuple[CompanionWords, ...] = ()

    exceptions: dict[str, dict[str, Text]] = msgspec.field(default_factory=dict)
    """By rule and place: the reason why the rule may be broken there."""


def read_wording(tree: YamlMapping, violations: list[Violation]) -> Wording:
    """Return what a wording file holds; report the fields that do not fit, and leave them out."""
    fields = {field.name: field for field in msgspec.structs.fields(Wording)}
    fitting = {}
    for name, value in tree.items():
        if name not in fields:
            violations.append(Violation(WORDING, name, f"must be one of {', '.join(sorted(fields))}", shorten(value)))
            continue
        try:
            fitting[name] = msgspec.convert(value, fields[name].type)
        except msgspec.ValidationError as error:
            violations.append(Violation(WORDING, name, f"must fit: {error}", shorten(value)))
    return Wording(**fitting)
