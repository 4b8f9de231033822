"""What the README says is so."""

import json
import re
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.conftest import ROOT
from tests.local.conftest import START, local_server

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_replies_in_the_readme_are_the_real_ones(tmp_path: Path) -> None:
    shown = re.findall(r"\$ curl -s 'http://127\.0\.0\.1:8000(\S+)'\n(.+?)```", README, re.DOTALL)
    assert len(shown) == 3
    with (tmp_path / "log").open("w") as log, local_server("--no-autoreload", log=log) as address:
        for path, reply in shown:
            try:
                body = urlopen(f"{address}{path}", timeout=START).read()  # noqa: S310 - an address of ours
            except HTTPError as error:
                with error:
                    body = error.read()
            assert json.dumps(json.loads(body), indent=2, ensure_ascii=False) == reply.strip()


def test_the_tree_in_the_readme_is_the_real_one() -> None:
    tree = README.partition("## The tree\n\n```\n")[2].partition("```")[0]
    shown = {line.split()[0].rstrip("/") for line in tree.splitlines() if not line.startswith(" ")}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S607 - git, wherever it is
    assert shown == {path.partition("/")[0] for path in listed.splitlines()}


def test_the_modules_in_the_readme_are_the_real_ones() -> None:
    shown = set(re.findall(r"^  (\w+\.py) ", README, re.MULTILINE))
    assert shown == {path.name for path in (ROOT / "chalicelib").glob("*.py")} - {"__init__.py"}


def test_links_between_documents_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"
