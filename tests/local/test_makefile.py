"""Neither make nor the shell expands what a user passes to make."""

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


TEMPLATE = (
    "Parameters:\n  AlarmAddress:\n    Type: String\n  RequestsPerSecond:\n    Type: Number\nResources:\n  Alarms:\n"
)
RECORDER = """#!{}
import json, sys
with open("commands", "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with our Makefile, and a Python and an AWS CLI that record their arguments."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in (".venv/bin/python", "build/aws/bin/aws"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text(RECORDER.format(sys.executable))
        program.chmod(0o755)
    (tmp_path / "operations").mkdir()
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        ".venv/.complete",
        "operations/aws.txt",
        "build/aws/complete",
    ):
        (tmp_path / name).touch()
    (tmp_path / "build" / "staging").mkdir()
    (tmp_path / "build" / "staging" / "sam.yaml").write_text(TEMPLATE)
    return tmp_path


def run_make(project: Path, *words: str, code: int = 0, **environment: str) -> list[list[str]]:
    """Run make, and return the arguments of each program that it starts."""
    # `make test` exports its own variables, which this make would take for its user's.
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES"}
    }
    make = shutil.which("make")
    assert make
    commands = project / "commands"
    commands.write_text("")
    result = subprocess.run([make, *words], cwd=project, env=inherited | environment, check=False, capture_output=True)
    assert result.returncode == code, result.stderr
    assert not (project / "made").exists()
    return [json.loads(line) for line in commands.read_text().splitlines()]


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES.keys())
def test_a_note_arrives_as_given(project: Path, note: str) -> None:
    expected = [["-m", "editorial", "publish", "--stage", "prod", "--kind", "safety", "--note", note]]
    assert run_make(project, "publish", "STAGE=prod", "KIND=safety", f"NOTE={note}") == expected
    assert run_make(project, "publish", STAGE="prod", KIND="safety", NOTE=note) == expected


@pytest.mark.parametrize("text", [note for note in NOTES.values() if "\n" not in note])
def test_names_arrive_as_given(project: Path, text: str) -> None:
    assert run_make(project, "publish", f"STAGE={text}", f"KIND={text}", "NOTE=n") == [
        ["-m", "editorial", "publish", "--stage", text, "--kind", text, "--note", "n"]
    ]
    assert run_make(project, "package", f"STAGE={text}") == [["-m", "operations.package", text]]


def cloudformation(stage: str, bucket: str, *parameters: str) -> list[list[str]]:
    """Return the AWS CLI's arguments in a deployment."""
    code = ["--s3-bucket", bucket, "--s3-prefix", "mesotherapy-evidence"]
    stack = ["--stack-name", f"mesotherapy-evidence-{stage}"]
    may_create = ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    sam, packaged = f"build/{stage}/sam.yaml", f"build/{stage}/packaged.yaml"
    package = ["package", "--template-file", sam, *code, "--output-template-file", packaged]
    deploy = ["deploy", "--template-file", packaged, *stack, *code, *may_create, "--no-fail-on-empty-changeset"]
    show = ["describe-stacks", *stack, "--query", "Stacks[0].Outputs[].[OutputKey, OutputValue]", "--output", "text"]
    return [["cloudformation", *words] for words in (package, [*deploy, *parameters], show)]


@pytest.mark.parametrize("text", [note for note in NOTES.values() if "\n" not in note])
def test_deployment_gets_its_arguments(project: Path, text: str) -> None:
    (project / "build" / text).mkdir()
    shutil.copy(project / "build" / "staging" / "sam.yaml", project / "build" / text)
    parameters = ["RequestsPerSecond=5", f"AlarmAddress={'_'.join(text.split())}"]  # SET is divided at spaces
    (project / parameters[1].replace("*", "x").replace("?", "x")).touch()  # a file that a pattern would find
    deployment = cloudformation(text, text, "--parameter-overrides", *parameters)
    assert run_make(project, "deploy", f"STAGE={text}", f"BUCKET={text}", f"SET={' '.join(parameters)}") == [
        ["-m", "operations.package", text],
        *deployment,
    ]


def test_defaults_of_publish_and_deploy(project: Path) -> None:
    publish = ["-m", "editorial", "publish", "--stage", "staging", "--kind", "", "--note", ""]
    assert run_make(project, "publish") == [publish]
    assert run_make(project, "deploy", code=2) == []
    package = ["-m", "operations.package", "staging"]
    assert run_make(project, "deploy", "BUCKET=b") == [package, *cloudformation("staging", "b")]


@pytest.mark.parametrize("name", ["AlarmAdress", "Alarms", "Alarm.ddress", "Type", "--role-arn", "-v", *NOTES.values()])
def test_unknown_parameters_are_refused(project: Path, name: str) -> None:
    parameters = f"SET=RequestsPerSecond=5 {name}=x"
    assert run_make(project, "deploy", "BUCKET=b", parameters, code=2) == [["-m", "operations.package", "staging"]]
