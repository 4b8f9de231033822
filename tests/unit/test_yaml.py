"""YAML that would hang or crash the check is rejected with a message; tests/long has any bytes."""

from pathlib import Path

import pytest

from editorial.loading import InvalidContentError, Violation, load
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
    "a number as a key": (
        "a:\n  0x10: b\n",
        "line 2",
        "must have words as keys; put a number, date or yes in quotes: 0x10",
    ),
    "yes as a key": (
        "a:\n  yes: b\n  true: c\n",
        "line 2",
        "must have words as keys; put a number, date or yes in quotes: yes",
    ),
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


def test_a_number_too_long_to_show_is_named(folder: Path) -> None:
    facts = folder / "facts.yaml"
    facts.write_text(
        facts.read_text(encoding="utf-8").replace("reviewed: 2026-11-22", f"reviewed: 0x{'f' * 5000}"), encoding="utf-8"
    )
    [violation] = violations_in(folder)
    assert (violation.place, violation.value) == ("article.reviewed", "a number of too many digits")


def test_a_folder_is_not_a_file(folder: Path) -> None:
    (folder / "facts.yaml").unlink()
    (folder / "facts.yaml").mkdir()
    assert violations_in(folder) == [Violation("facts.yaml", "", "cannot be read: Is a directory")]
