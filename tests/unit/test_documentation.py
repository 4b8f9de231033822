"""What the documents say of commands is so."""

import re
from base64 import b64encode
from hashlib import sha384

import yaml

from chalicelib.content.model import Article, LiteratureView
from chalicelib.documents.lists import LISTS
from editorial.cli import main
from tests.conftest import ROOT

EMBEDDING = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
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
    for kind in (*(resource.entity for resource in LISTS), Article, LiteratureView):
        for field in set(kind.__struct_fields__) - {"id", "language"}:
            assert re.search(rf"\b{field}\b", template), field


def test_the_integrity_of_the_script_in_the_guide_is_that_of_the_file() -> None:
    digest = sha384((ROOT / "chalicelib" / "web" / "static" / "embed.js").read_bytes()).digest()
    # Its first version never changes: if this fails, serve the changed file as a version of its own.
    assert f'integrity="sha384-{b64encode(digest).decode()}"' in EMBEDDING


def test_the_guide_to_embedding_names_every_property_and_part_of_a_card() -> None:
    templates = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "chalicelib" / "documents" / "templates").iterdir()
    )
    for name in {*re.findall(r"--evidence-\w+", templates), *re.findall(r'part="(\w+)"', templates)}:
        assert f"`{name}`" in EMBEDDING or f"::part({name})" in EMBEDDING, name


def test_is_cited_by_its_name_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith(f"# {citation['title']}\n")
    assert licence.startswith(f"{citation['license']} License\n")
    assert [author["name"] for author in citation["authors"]] == re.findall(r"\(c\) \d+ (.+)", licence)


def test_decisions_say_their_status_and_date() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "decisions").glob("*.md")}
    unsaid = [
        name
        for name, page in pages.items()
        if not re.match(r"# .+\n\nStatus: (accepted|superseded by \[.+\]\(.+\)), \d{4}-\d\d-\d\d\n", page)
    ]
    assert pages
    assert unsaid == []
