"""Whatever bytes the content files hold, the editor gets a message that explains what is wrong."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.documents.lists import LISTS
from editorial.loading import TRANSLATED_FIELDS, InvalidContentError, Violation, load
from editorial.rules import validate

LAUGHS = "a: &a [ha, ha]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

UNSAFE = {
    "billion laughs": (LAUGHS, "line 1", "must not use anchors or aliases: write the value again"),
    "an alias": ("a: *b\n", "line 1", "must not use anchors or aliases: write the value again"),
    "an anchor": ("a: &b 1\n", "line 1", "must not use anchors or aliases: write the value again"),
    "an anchor of a mapping": (
        "a: 1\nb: &b {c: d}\n",
        "line 2",
        "must not use anchors or aliases: write the value again",
    ),
    "a merge key": ("a:\n  <<: {b: c}\n", "line 2", "must not use the merge key “<<”: write the fields again"),
    "a list as a key": ("a: 1\n? [b, c]\n: d\n", "line 2", "must have words as keys, not lists or mappings"),
    "a mapping as a key": ("{a: 1}: d\n", "line 1", "must have words as keys, not lists or mappings"),
    "an empty list as a key": ("a:\n  []: d\n", "line 2", "must have words as keys, not lists or mappings"),
    "a tag": ("a: !!timestamp soon\n", "line 1", "must not use tags: write the value alone"),
    "a tag of a list": ("a: !!set [b]\n", "line 1", "must not use tags: write the value alone"),
    "deep lists": ("a: " + "[" * 100_000, "line 1", "must not be nested deeper than 10 levels"),
    "deep mappings": ("{a: " * 50_000, "line 1", "must not be nested deeper than 10 levels"),
    "deep sequences": ("- " * 50_000, "line 1", "must not be nested deeper than 10 levels"),
    "a date that is none": ("a: 1\nb: 2026-02-30\n", "line 2", "must be a date or a number that exists: 2026-02-30"),
    "a long number": (f"a: {'9' * 5000}\n", "line 1", f"must be a date or a number that exists: {'9' * 77}…"),
    "a number without digits": ("a: 0b_\n", "line 1", "must be a date or a number that exists: 0b_"),
}


def violations_in(folder: Path) -> list[Violation]:
    """Return the violations in a folder."""
    try:
        validate(load(folder))
    except InvalidContentError as error:
        return error.violations
    return []


@pytest.mark.parametrize("file", ["facts.yaml", "sources.yaml", "words/en.yaml"])
@pytest.mark.parametrize(("text", "place", "rule"), UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_yaml_is_rejected(folder: Path, file: str, text: str, place: str, rule: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    assert violations_in(folder) == [Violation(file, place, rule)]


def test_a_folder_is_not_a_file(folder: Path) -> None:
    (folder / "facts.yaml").unlink()
    (folder / "facts.yaml").mkdir()
    assert violations_in(folder) == [Violation("facts.yaml", "", "cannot be read: Is a directory")]


KEYS = st.sampled_from(
    [
        *(resource.section for resource in LISTS),
        *TRANSLATED_FIELDS,
        "article",
        "safety",
        "literature",
        "sources",
        "paragraphs",
        "a-b",
    ]
)
# The same characters as those that UTF-8 can encode, the default, which Hypothesis finds by encoding all 1.1 million.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary() | st.dates() | st.datetimes()
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | LEAVES, inner, max_size=4), max_leaves=12
)
PIECES = (
    *(
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "? ",
        "- ",
        "\n",
        "  ",
        "|",
        ">",
        "'",
        '"',
        "#",
        "%",
        "\\e",
        "\x1b",
        "\u202e",
        "\0",
    ),
    *("&a ", "*a", "<<: ", "!!set ", "!!timestamp ", "!!int ", "!a ", "---\n", "..."),
    *("a", "b: ", "~", "1", "0b_", "1:2", ".nan", "2026-02-30", "concerns:\n  ", "article: {", "é"),
)
YAML = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
FILES = (
    st.binary()
    | YAML.map(str.encode)
    | TREES.map(lambda tree: yaml.safe_dump(tree).encode())
    | st.dictionaries(KEYS, TREES, max_size=6).map(lambda tree: yaml.safe_dump(tree).encode())
)


@settings(max_examples=300, deadline=None)
@given(FILES, FILES, FILES)
def test_any_bytes_are_explained(
    tmp_path_factory: pytest.TempPathFactory, facts: bytes, sources: bytes, words: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-bytes"  # one for all examples: making and removing 300 takes seconds
    (folder / "words").mkdir(parents=True, exist_ok=True)
    for file, data in (("facts.yaml", facts), ("sources.yaml", sources), ("words/en.yaml", words)):
        (folder / file).write_bytes(data)
    assert violations_in(folder)
