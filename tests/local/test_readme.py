"""What the README shows is real, and links between documents work."""

import json
import re
import subprocess
from urllib.error import HTTPError
from urllib.request import urlopen

from operations.local_server import TIMEOUT
from tests.conftest import ROOT
from tests.local.conftest import Running

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_shown_replies_are_real(running: Running) -> None:
    shown = re.findall(r"\$ curl -s 'http://127\.0\.0\.1:8000(\S+)' \| jq \.\n(.+?)```", README, re.DOTALL)
    assert len(shown) == 3
    for path, reply in shown:
        try:
            body = urlopen(f"{running.address}{path}", timeout=TIMEOUT).read()  # noqa: S310 - an address of ours
        except HTTPError as error:
            with error:
                body = error.read()
        assert json.dumps(json.loads(body), indent=2, ensure_ascii=False) == reply.strip()


def test_tree_shows_every_room() -> None:
    """The tree names every file at the top and every module that is shipped, and nothing else."""
    tree = README.partition("## The tree\n\n```\n")[2].partition("```")[0]
    shown, folders = set(), [""]
    for line in tree.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth + 1 :] = [f"{folders[depth]}{name}"]
        shown.add(f"{folders[depth]}{name}")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S607 - git, wherever it is
    top = {f"{path.partition('/')[0]}{'/' if '/' in path else ''}" for path in listed.splitlines()}
    shipped = [path for path in listed.splitlines() if path.startswith("chalicelib/")]
    modules = {path for path in shipped if path.endswith(".py") and not path.endswith("__init__.py")}
    rooms = {path.rpartition("/")[0] + "/" for path in shipped}
    assert shown == top | modules | rooms


def test_links_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"
