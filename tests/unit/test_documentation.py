"""The documentation is true."""

import ast
import re
from base64 import b64encode
from hashlib import sha384

import yaml

from chalicelib.content.model import Article, LiteratureView
from chalicelib.documents.lists import LISTS
from chalicelib.settings import APPLICATION
from chalicelib.web.endpoints import static_file
from chalicelib.web.problems import PROBLEM_TYPES
from editorial.cli import main
from tests.conftest import ROOT

EMBEDDING = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
HACKING = (ROOT / "HACKING.md").read_text(encoding="utf-8")
HTTP = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
EDITING = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")


def test_glossary_names_exist_in_code() -> None:
    glossary = HACKING.partition("## Glossary\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| (`[^|]+`) \|$", glossary, re.MULTILINE)
    assert len(rows) == len(glossary.strip().splitlines()) - 4  # the sentence, a blank line, and the head of the table
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named - _defined() == set()


def test_map_names_exist_in_code() -> None:
    """The files and functions on the path of a request and of a change exist."""
    steps = HACKING.partition("## Read aloud: one request\n")[2].partition("\n## Local and Lambda")[0]
    files = re.findall(r"`([\w/]+\.(?:py|yaml))`", steps)
    functions = set(re.findall(r"`(?:\w+\.)?(\w+)\(\)`", steps))
    assert len(files) >= 20
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert functions - _defined() == set()


def _defined() -> set[str]:
    """Return the names of all classes, functions and module constants of the API and the editors' program."""
    names = set()
    for path in (ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "editorial").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_guide_names_every_command() -> None:
    section = EDITING.partition("## Publish\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert sorted(named) == sorted(main.commands)


def test_guide_names_commands_with_json() -> None:
    printing = [name for name, command in main.commands.items() if any(it.name == "as_json" for it in command.params)]
    sentence = re.search(r"`--json` on (.+?) prints JSON", EDITING)
    assert sentence
    assert sorted(re.findall(r"`(\w+)`", sentence[1])) == sorted(printing)


def test_http_names_every_problem() -> None:
    section = HTTP.partition("## Problems\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `(.+)` \| (\d+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert shown == [(kind.type.partition("#")[2], str(kind.status), kind.title, kind.advice) for kind in PROBLEM_TYPES]


def test_template_names_every_field() -> None:
    template = (ROOT / "content" / "README.md").read_text(encoding="utf-8")
    for kind in (*(resource.entity for resource in LISTS), Article, LiteratureView):
        for field in set(kind.__struct_fields__) - {"id", "language"}:
            assert re.search(rf"\b{field}\b", template), field


def test_integrity_is_the_scripts() -> None:
    digest = sha384(static_file("embed.js", APPLICATION).body.encode()).digest()
    # Its first version never changes: if this fails, serve the changed file as a version of its own.
    assert f'integrity="sha384-{b64encode(digest).decode()}"' in EMBEDDING


def test_guide_names_properties_and_parts() -> None:
    templates = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "chalicelib" / "documents" / "templates").iterdir()
    )
    for name in {*re.findall(r"--evidence-\w+", templates), *re.findall(r'part="(\w+)"', templates)}:
        assert f"`{name}`" in EMBEDDING or f"::part({name})" in EMBEDDING, name


def test_citation_has_name_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith(f"# {citation['title']}\n")
    assert licence.startswith(f"{citation['license']} License\n")
    assert [author["name"] for author in citation["authors"]] == re.findall(r"\(c\) \d+ (.+)", licence)


def test_decisions_have_status_and_date() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "decisions").glob("*.md")}
    unsaid = [
        name
        for name, page in pages.items()
        if not re.match(r"# .+\n\nStatus: (accepted|superseded by \[.+\]\(.+\)), \d{4}-\d\d-\d\d\n", page)
    ]
    assert pages
    assert unsaid == []
