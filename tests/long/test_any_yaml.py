"""Whatever bytes the content files hold, the editor gets a message that explains what is wrong."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.documents.lists import LISTS
from editorial.loading import TRANSLATED_FIELDS
from tests.support.characters import CHARACTERS
from tests.unit.test_yaml import violations_in

KEYS = st.sampled_from(
    [
        *(resource.section for resource in LISTS),
        *TRANSLATED_FIELDS,
        "article",
        "safety",
        "literature",
        "sentences",
        "further_sources",
        "clinical_review",
        "comparison",
        "sources",
        "paragraphs",
        "a-b",
    ]
)
TEXT = st.text(CHARACTERS)
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
