"""What a user gives to make arrives as it was given: neither make nor the shell expands it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTES = {
    "backticks": "see `touch made`",
    "a command": "$(touch made) $$(touch made)",
    "a function of make": "$(shell touch made)",
    "a price": "costs $5, ${HOME} and $HOME",
    "quotes": """it's "quoted" \\ twice""",
    "an end": '"; touch made; echo "',
    "a comment": "# one; two & three | four > five * ?",
    "two lines": "one\ntwo",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with our Makefile, and a Python that writes down its arguments."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f"#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open('arguments.json', 'w'))\n")
    python.chmod(0o755)
    for name in ("requirements.txt", "requirements-dev.txt", ".venv/.complete"):
        (tmp_path / name).touch()
    return tmp_path


def made(project: Path, *words: str, **environment: str) -> list[str]:
    """Run make, and return the arguments of the program that it started."""
    # Without what a make around the tests gave: its variables would be ours.
    ours = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES"}}
    make = shutil.which("make")
    assert make
    subprocess.run([make, *words], cwd=project, env=ours | environment, check=True, capture_output=True)
    arguments: list[str] = json.loads((project / "arguments.json").read_text())
    assert not (project / "made").exists()
    return arguments


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES.keys())
def test_a_note_arrives_as_given(project: Path, note: str) -> None:
    expected = ["-m", "editorial", "publish", "--stage", "prod", "--kind", "safety", "--note", note]
    assert made(project, "publish", "STAGE=prod", "KIND=safety", f"NOTE={note}") == expected
    assert made(project, "publish", STAGE="prod", KIND="safety", NOTE=note) == expected


@pytest.mark.parametrize("text", [note for note in NOTES.values() if "\n" not in note])
def test_names_arrive_as_given(project: Path, text: str) -> None:
    assert made(project, "publish", f"STAGE={text}", f"KIND={text}", "NOTE=n") == [
        *("-m", "editorial", "publish", "--stage", text, "--kind", text, "--note", "n")
    ]
    assert made(project, "package", f"STAGE={text}") == ["-m", "operations.package", text]
    parameters = [word for one in text.split() for word in ("--set", one)]
    assert made(project, "deploy", f"BUCKET={text}", f"SET={text}") == [
        *("-m", "operations.deploy", "staging", "--bucket", text, *parameters)
    ]


def test_nothing_is_given(project: Path) -> None:
    publish = ["-m", "editorial", "publish", "--stage", "staging", "--kind", "", "--note", ""]
    assert made(project, "publish") == publish
    assert made(project, "deploy") == ["-m", "operations.deploy", "staging", "--bucket", ""]
