"""What the documents say of commands is so."""

import re

from chalicelib.article import LISTED, Article, Literature
from editorial.cli import main
from tests.conftest import ROOT

EDITING = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")


def test_the_editors_guide_names_every_command_and_no_other() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \| (?!a reader|a verdict|the same|a language)", EDITING, re.MULTILINE)
    assert sorted(named) == sorted(main.commands)


def test_the_editors_guide_names_the_commands_that_print_json() -> None:
    printing = [name for name, command in main.commands.items() if any(it.name == "as_json" for it in command.params)]
    sentence = re.search(r"`--json` on (.+?) prints JSON", EDITING)
    assert sentence
    assert sorted(re.findall(r"`(\w+)`", sentence[1])) == sorted(printing)


def test_the_template_for_editors_names_every_field_that_they_write() -> None:
    template = (ROOT / "content" / "README.md").read_text(encoding="utf-8")
    for kind in (*LISTED, Article, Literature):
        for field in set(kind.__struct_fields__) - {"id", "language"}:
            assert re.search(rf"\b{field}\b", template), field
