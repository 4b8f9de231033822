"""What the README shows is real, and links between documents work."""

import json
import re
import subprocess
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.conftest import ROOT
from tests.local.conftest import START, Running

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_shown_replies_are_real(running: Running) -> None:
    shown = re.findall(r"\$ curl -s 'http://127\.0\.0\.1:8000(\S+)'\n(.+?)```", README, re.DOTALL)
    assert len(shown) == 3
    for path, reply in shown:
        try:
            body = urlopen(f"{running.address}{path}", timeout=START).read()  # noqa: S310 - an address of ours
        except HTTPError as error:
            with error:
                body = error.read()
        assert json.dumps(json.loads(body), indent=2, ensure_ascii=False) == reply.strip()


def test_shown_tree_is_real() -> None:
    tree = README.partition("## The tree\n\n```\n")[2].partition("```")[0]
    shown = {line.split()[0].rstrip("/") for line in tree.splitlines() if not line.startswith(" ")}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S607 - git, wherever it is
    assert shown == {path.partition("/")[0] for path in listed.splitlines()}


def test_shown_modules_are_real() -> None:
    shown = set(re.findall(r"^  (\w+\.py) ", README, re.MULTILINE))
    assert shown == {path.name for path in (ROOT / "chalicelib").glob("*.py")} - {"__init__.py"}


def test_links_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"
