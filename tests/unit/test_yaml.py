"""YAML that would hang or crash the check is rejected with a message; tests/long has any bytes."""

from pathlib import Path

import pytest

from editorial.loading import load
from editorial.rules import validate
from editorial.violations import InvalidContentError, Violation

LAUGHS = "a: &a [ha, ha]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

UNSAFE = {
    "billion laughs": (LAUGHS, 1, "must not use anchors or aliases: write the value again"),
    "an alias": ("a: *b\n", 1, "must not use anchors or aliases: write the value again"),
    "an anchor": ("a: &b 1\n", 1, "must not use anchors or aliases: write the value again"),
    "an anchor of a mapping": (
        "a: 1\nb: &b {c: d}\n",
        2,
        "must not use anchors or aliases: write the value again",
    ),
    "a merge key": ("a:\n  <<: {b: c}\n", 2, "must not use the merge key “<<”: write the fields again"),
    "a list as a key": ("a: 1\n? [b, c]\n: d\n", 2, "must have words as keys, not lists or mappings"),
    "a mapping as a key": ("{a: 1}: d\n", 1, "must have words as keys, not lists or mappings"),
    "an empty list as a key": ("a:\n  []: d\n", 2, "must have words as keys, not lists or mappings"),
    "a number as a key": (
        "a:\n  0x10: b\n",
        2,
        "must have words as keys; put a number, date or yes in quotes: 0x10",
    ),
    "yes as a key": (
        "a:\n  yes: b\n  true: c\n",
        2,
        "must have words as keys; put a number, date or yes in quotes: yes",
    ),
    "a tag": ("a: !!timestamp soon\n", 1, "must not use tags: write the value alone"),
    "a tag of a list": ("a: !!set [b]\n", 1, "must not use tags: write the value alone"),
    "deep lists": ("a: " + "[" * 100_000, 1, "must not be nested deeper than 10 levels"),
    "deep mappings": ("{a: " * 50_000, 1, "must not be nested deeper than 10 levels"),
    "deep sequences": ("- " * 50_000, 1, "must not be nested deeper than 10 levels"),
    "a date that is none": ("a: 1\nb: 2026-02-30\n", 2, "must be a date or a number that exists: 2026-02-30"),
    "a long number": (f"a: {'9' * 5000}\n", 1, f"must be a date or a number that exists: {'9' * 77}…"),
    "a number without digits": ("a: 0b_\n", 1, "must be a date or a number that exists: 0b_"),
}


def violations_in(folder: Path) -> list[Violation]:
    """Return the violations in a folder."""
    try:
        validate(load(folder))
    except InvalidContentError as error:
        return error.violations
    return []


@pytest.mark.parametrize("file", ["facts.yaml", "sources.yaml", "words/en.yaml", "wording.yaml", "article-close.yaml"])
@pytest.mark.parametrize(("text", "line", "rule"), UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_yaml_is_rejected(folder: Path, file: str, text: str, line: int, rule: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    assert [str(violation) for violation in violations_in(folder)] == [f"{file}:{line}: {rule}"]


def test_a_number_too_long_to_show_is_named(folder: Path) -> None:
    facts = folder / "facts.yaml"
    text = facts.read_text(encoding="utf-8")
    assert "\nchecked: 2026-11-24\n" in text
    facts.write_text(text.replace("\nchecked: 2026-11-24\n", f"\nchecked: 0x{'f' * 5000}\n"), encoding="utf-8")
    [violation] = violations_in(folder)
    assert (violation.place, violation.value) == ("article.checked", "a number of too many digits")
    assert facts.read_text(encoding="utf-8").splitlines()[(violation.line or 0) - 1].startswith("checked: 0xff")


def test_a_folder_is_not_a_file(folder: Path) -> None:
    (folder / "facts.yaml").unlink()
    (folder / "facts.yaml").mkdir()
    assert violations_in(folder) == [Violation("facts.yaml", "", "cannot be read: Is a directory")]
