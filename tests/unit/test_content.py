"""Invalid content is reported by file, place, rule and value, every violation at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from editorial.loading import InvalidContentError, load
from editorial.rules import validate

Edit = Callable[[Path], None]


def replace(file: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def append(file: str, text: str) -> Edit:
    def edit(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as end:
            end.write(text)

    return edit


def write(file: str, data: bytes) -> Edit:
    def edit(folder: Path) -> None:
        (folder / file).write_bytes(data)

    return edit


def violations_in(folder: Path) -> list[str]:
    with pytest.raises(InvalidContentError) as raised:
        validate(load(folder))
    return [str(violation) for violation in raised.value.violations]


BAD = {
    "an unknown field": (
        replace("facts.yaml", "    effectiveness: eff", "    colour: blue\n    effectiveness: eff"),
        "facts.yaml: concerns.cellulite.colour: is no field of a Concern",
    ),
    "an unknown section": (
        append("facts.yaml", "verdicts: {}\n"),
        "facts.yaml: verdicts: must be one of article, benefits, concerns, decision_factors, effectiveness_values,"
        " limitations, next_review, paragraph_count, reviewed, risks, sources",
    ),
    "a missing translation": (
        replace("words/en.yaml", "    summary: How well it works depends on which treatment is used.\n", ""),
        "words/en.yaml: decision_factors.treatment-used.summary: is missing",
    ),
    "an entity without words": (
        replace("facts.yaml", "risks:\n", "risks:\n  burning: {seriousness: side-effect, paragraphs: [6]}\n"),
        "words/en.yaml: risks.burning: is missing: facts.yaml has it",
    ),
    "words without an entity": (
        replace("words/en.yaml", "benefits:\n", "benefits:\n  cheap: {name: Cheap}\n"),
        "words/en.yaml: benefits.cheap: is not known: facts.yaml does not have it",
    ),
    "an unknown source": (
        replace("facts.yaml", "sources: [konda-2013]", "sources: [konda-2013, nobody-1999]"),
        "facts.yaml: benefits.minimally-invasive.literature.sources: A source that is cited is in the bibliography"
        " (found: nobody-1999)",
    ),
    "a source cited twice": (
        replace("facts.yaml", "sources: [konda-2013]", "sources: [konda-2013, konda-2013]"),
        "facts.yaml: benefits.minimally-invasive.literature.sources: A statement cites a source once"
        " (found: konda-2013)",
    ),
    "a source that nothing rests on": (
        replace("facts.yaml", "sources: [palmer-2006, mammucari-2025]", "sources: [palmer-2006]"),
        "sources.yaml: mammucari-2025.bears_on: A source is cited by at least one statement, and by each entity that it"
        " bears on (found: bruising)",
    ),
    "an over-long summary": (
        replace("words/en.yaml", "summary: Results vary with the physiology", f"summary: {'Much ' * 30} physiology"),
        "words/en.yaml: decision_factors.individual-physiology.summary: A summary has at most 160 characters"
        f" (found: 180 characters: {'Much ' * 30} physiology of the individual.)",
    ),
    "a word that is not of the vocabulary": (
        replace("facts.yaml", "effectiveness: limited-evidence", "effectiveness: proven"),
        "facts.yaml: concerns.hair-loss.effectiveness: must be one of effective-in-some-cases, limited-evidence"
        " (found: proven)",
    ),
    "a paragraph that the article does not have": (
        replace("facts.yaml", "paragraphs: [3]", "paragraphs: [8]"),
        "facts.yaml: benefits.minimally-invasive.paragraphs: A paragraph is one that the article has: there are"
        " `paragraph_count` (found: 8)",
    ),
    "an effectiveness without a label": (
        replace("words/en.yaml", "    limited-evidence: Limited evidence\n", ""),
        "words/en.yaml: labels.effectiveness_labels: Each of the article's `effectiveness_values` stands there once and"
        " has a label, and nothing else has (found: effective-in-some-cases)",
    ),
    "a statement without its paragraph": (
        replace("facts.yaml", "    paragraphs: [3]\n", ""),
        "facts.yaml: benefits.minimally-invasive.paragraphs: is missing",
    ),
    "a file that is not a mapping": (
        write("words/en.yaml", b"- a\n- b\n"),
        "words/en.yaml: must be a mapping of names to values (found: ['a', 'b'])",
    ),
    "a section that is not a mapping": (
        replace("facts.yaml", "limitations:\n  not-a-miracle-cure:\n    paragraphs: [5]", "limitations: [5]"),
        "facts.yaml: limitations: must be a mapping of ids to fields (found: [5])",
    ),
    "an empty file": (
        write("facts.yaml", b""),
        "facts.yaml: must be a mapping of names to values (found: None)",
    ),
    "a file that is not YAML": (
        write("sources.yaml", b"a: [1\n"),
        "sources.yaml: line 2: did not find expected ',' or ']'",
    ),
    "a file that is not UTF-8": (write("facts.yaml", b"\xff"), "facts.yaml: must be UTF-8"),
    "a duplicate id": (
        replace("facts.yaml", "  swelling:\n", "  bruising:\n"),
        "facts.yaml: line 100: “bruising” is given twice",
    ),
    "an id of two kinds": (
        lambda folder: [
            edit(folder)
            for edit in (
                replace("facts.yaml", "risks:\n", "risks:\n  wrinkles: {seriousness: side-effect, paragraphs: [6]}\n"),
                replace("words/en.yaml", "risks:\n", "risks:\n  wrinkles: {name: W, summary: W, text: W}\n"),
            )
        ],
        "facts.yaml: wrinkles: An id is unique among all entities, and is neither the name of an article's statement"
        " nor `general` (found: 2 times)",
    ),
    "an id that is no slug": (
        lambda folder: [
            edit(folder)
            for edit in (
                replace("facts.yaml", "not-a-miracle-cure:", "Not a cure:"),
                replace("words/en.yaml", "not-a-miracle-cure:", "Not a cure:"),
            )
        ],
        "facts.yaml: limitations.Not a cure.id: must fit: Expected `str` matching regex"
        r" '^[a-z0-9]+(-[a-z0-9]+)*$(?!\\n)' (found: Not a cure)",
    ),
    "a fact among the words": (
        replace("words/en.yaml", "    name: Bruising\n", "    name: Bruising\n    seriousness: side-effect\n"),
        "words/en.yaml: risks.bruising.seriousness: belongs in facts.yaml (found: side-effect)",
    ),
    "words among the facts": (
        replace("facts.yaml", "  bruising:\n", "  bruising:\n    name: Bruise\n"),
        "facts.yaml: risks.bruising.name: belongs in words/en.yaml (found: Bruise)",
    ),
    "a percentage in a risk's text": (
        replace("words/en.yaml", "The article names bruising", "In 5 per cent, the article names bruising"),
        "words/en.yaml: risks.bruising.text: No percentage stands outside a source: the sources know no patient's"
        " chance (found: per cent)",
    ),
    "a figure that no cited source has": (
        replace("words/en.yaml", "One review pooled 423 patients", "One review pooled 424 patients"),
        "words/en.yaml: risks.infection.literature.text: A figure in a statement stands in the finding, the title or"
        " the year of a source cited there (found: 424)",
    ),
    "a figure in what the article says": (
        replace("words/en.yaml", "The article names swelling", "In 9 cases the article names swelling"),
        "words/en.yaml: risks.swelling.text: A figure in a statement stands in the finding, the title or the year of a"
        " source cited there (found: 9)",
    ),
    "a figure in a source's summary that its finding lacks": (
        replace("words/en.yaml", "49 men: mesotherapy", "48 men: mesotherapy"),
        "words/en.yaml: sources.gajjar-2019.summary: A figure in a source's summary stands in its finding (found: 48)",
    ),
    "a question that claims": (
        replace("words/en.yaml", "What happens if I decide against it?", "It will pass."),
        "words/en.yaml: decision_factors.weigh-benefits-and-risks.questions: A question ends with a question mark: it"
        " asks, and claims nothing (found: It will pass.)",
    ),
    "a blank text": (
        replace("words/en.yaml", "name: Bruising", 'name: " "'),
        "words/en.yaml: risks.bruising.name: A text is not blank (found: ' ')",
    ),
    "an escape sequence": (
        replace("words/en.yaml", "name: Bruising", 'name: "Bruising\\e[A\\e[J"'),
        "words/en.yaml: risks.bruising.name: A text holds no control, bidirectional or other invisible character"
        " (found: U+001B U+001B)",
    ),
    "an escape sequence in a fact": (
        replace("sources.yaml", "doi: 10.1080/14764170500430234", 'doi: "10.1080/1\\u202E2"'),
        "sources.yaml: cellulite-injectables-2005.doi: A text holds no control, bidirectional or other invisible"
        " character (found: U+202E)",
    ),
    "a review in the past of the last one": (
        replace("facts.yaml", "next_review: 2027", "next_review: 2025"),
        "facts.yaml: next_review: The next review is after the last one (found: 2025-11-22)",
    ),
    "a source that cannot be found": (
        replace("sources.yaml", "  journal_or_publisher: Journal of Cosmetic and Laser Therapy\n", ""),
        "sources.yaml: sylwia-2017: A source has a DOI, a PMID or an address, or else a journal or publisher and a year"
        " (found: Efficacy of intradermal mesotherapy in cellulite reduction - Conventional and high-frequency"
        " ultrasound monitoring results)",
    ),
    "no language": (
        lambda folder: (folder / "words" / "en.yaml").unlink(),
        "words: must hold a file of words for at least one language",
    ),
    "no source language": (
        replace("words/en.yaml", "translation: source", "translation: reviewed"),
        "words: translation: Exactly one language has the translation `source`; the others are translated from it"
        " (found: none)",
    ),
}


@pytest.mark.parametrize(("edit", "message"), BAD.values(), ids=BAD.keys())
def test_violations_are_reported(folder: Path, edit: Edit, message: str) -> None:
    edit(folder)
    assert message in violations_in(folder)


def test_incomplete_languages_are_rejected(folder: Path) -> None:
    """A language that lacks one text is not offered at all."""
    spanish = yaml.safe_load((folder / "words" / "en.yaml").read_text(encoding="utf-8"))
    spanish["translation"] = "unreviewed"
    del spanish["sources"]["konda-2013"]
    (folder / "words" / "es.yaml").write_text(yaml.safe_dump(spanish, allow_unicode=True), encoding="utf-8")
    assert violations_in(folder) == ["words/es.yaml: sources.konda-2013: is missing: sources.yaml has it"]


def test_a_language_is_one_file(folder: Path) -> None:
    spanish = (folder / "words" / "en.yaml").read_text(encoding="utf-8")
    (folder / "words" / "es.yaml").write_text(spanish.replace("translation: source", "translation: reviewed"))
    languages = validate(load(folder)).languages
    assert sorted(languages) == ["en", "es"]
    assert len(languages["es"]) == len(languages["en"])


def test_all_violations_are_reported(folder: Path) -> None:
    for old, new in (
        ("seriousness: rare-serious", "seriousness: deadly"),
        ("paragraphs: [3]", "paragraphs: 3"),
    ):
        replace("facts.yaml", old, new)(folder)
    replace("sources.yaml", "year: 2005", "year: long ago")(folder)
    replace("words/en.yaml", "    name: Swelling\n", "")(folder)
    assert violations_in(folder) == [
        "facts.yaml: benefits.minimally-invasive.paragraphs: must fit: Expected `array`, got `int` (found: 3)",
        "facts.yaml: risks.scarring.seriousness: must be one of side-effect, rare-serious (found: deadly)",
        "sources.yaml: cellulite-injectables-2005.year: must fit: Expected `int | null`, got `str` (found: long ago)",
        "words/en.yaml: risks.swelling.name: is missing",
    ]


def test_the_shipped_content_is_valid(folder: Path) -> None:
    assert set(validate(load(folder)).languages) == {words.stem for words in (folder / "words").iterdir()}
