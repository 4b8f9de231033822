"""What the types of the model reject."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.content.editions import ChangeLogEntry
from chalicelib.content.model import Entity
from editorial.loading import load
from editorial.violations import InvalidContentError, Violation
from tests.support.characters import CHARACTERS


def patterns(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, part in schema.items():
            yield from [part] if name == "pattern" else patterns(part)
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from patterns(part)


TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)"
PATTERNS = sorted(set(patterns(msgspec.json.schema_components([Entity, ChangeLogEntry]))))


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=20)
@given(st.data())
def test_patterns_refuse_line_ends(pattern: str, data: st.DataObject) -> None:
    assert not data.draw(st.from_regex(pattern, alphabet=CHARACTERS)).endswith("\n")


def test_a_language_has_no_line_end(folder: Path) -> None:
    (folder / "words" / "en.yaml").rename(folder / "words" / "en\n.yaml")
    with pytest.raises(InvalidContentError) as raised:
        load(folder)
    assert raised.value.violations == [
        Violation("facts.yaml", "article.language", f"must fit: Expected `str` matching regex {TAG!r}", "en\n")
    ]
