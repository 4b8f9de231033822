"""Rehearse a stage's life without AWS, by the commands of docs/operating.md: `make rehearse`.

ministack plays AWS on 127.0.0.1: it transforms the SAM template, makes the stack's resources by a change set, and runs
the packaged function behind its gateway. It has no gateway responses, preflights, caching, throttling or permissions:
the contract tests and docs/operating.md say more about those.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import yaml

from operations.package import ROOT
from operations.ports import free_port, listening

STAGE = "staging"
STACK = f"mesotherapy-evidence-{STAGE}"
BUCKET = "rehearsal"
ADDRESS = "operator@example.org"
AWS = ROOT / "build" / "aws" / "bin" / "aws"
MINISTACK = ROOT / "build" / "ministack" / "bin" / "ministack"
LOG = ROOT / "build" / "rehearsal.log"
TIMEOUT = 120  # seconds for anything to happen
NOBODY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}


class RehearsalError(Exception):
    """Something did not happen as it would have to in the cloud."""


@contextmanager
def stand_in() -> Iterator[dict[str, str]]:
    """Run a stand-in for AWS, and yield the environment variables that lead an operator's commands to it.

    They are all that a command gets: nothing of the shell's own AWS configuration, or of the make around this.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as home, LOG.open("w") as log:
        environment = {"PATH": os.environ["PATH"], "HOME": home, **NOBODY}
        process = subprocess.Popen(
            [MINISTACK],
            cwd=home,
            env=environment | {"TMPDIR": home, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,  # the functions that it runs end with it
        )
        try:
            until("the stand-in listens", lambda: listening(port))
            yield environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(what: str, happens: Callable[[], bool]) -> None:
    """Wait until something happens, and print that it did; raise `RehearsalError` if it does not."""
    end = time.monotonic() + TIMEOUT
    while not happens():
        if time.monotonic() > end:
            raise RehearsalError(f"This did not happen: {what}. {LOG.relative_to(ROOT)} is the stand-in's log.")
        time.sleep(0.5)
    click.echo(f"✓ {what}")


def read(url: str) -> tuple[int, Any]:
    """Return the status and the document at a URL."""
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:  # noqa: S310 - loopback
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, None


def changed_content(folder: Path) -> Path:
    """Return a copy of the content, made in a folder, in which one name differs."""
    copy = Path(shutil.copytree(ROOT / "content", folder / "content"))
    words = copy / "words" / "en.yaml"
    before = words.read_text(encoding="utf-8")
    after = before.replace("name: Cellulite", "name: Cellulite (rehearsal)", 1)
    if after == before:
        raise RehearsalError("The content has no concern named Cellulite to rename.")
    words.write_text(after, encoding="utf-8")
    return copy


def rehearse(environment: dict[str, str]) -> None:
    """Go through a stage's life; raise `RehearsalError` or `CalledProcessError` where it goes otherwise."""

    def run(*command: str | Path, answer: str = "") -> str:
        pipe = subprocess.PIPE
        return subprocess.run(
            command, cwd=ROOT, env=environment, input=answer, stdout=pipe, text=True, check=True
        ).stdout

    def aws(*words: str) -> Any:  # noqa: ANN401 - any document of AWS's
        return json.loads(run(AWS, *words, "--output", "json") or "null")

    def deploy(parameters: str) -> tuple[dict[str, str], dict[str, str]]:
        run("make", "deploy", f"STAGE={STAGE}", f"BUCKET={BUCKET}", f"SET={parameters}")
        [stack] = aws("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"]
        return (
            {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]},
            {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]},
        )

    def edit(*command: str | Path) -> None:
        run(sys.executable, "-m", "editorial", *command, "--stage", STAGE, "--yes")

    def names() -> list[str]:
        status, document = read(f"{api}/v1/concerns")
        return [one["name"] for one in document["data"]] if status == 200 else []  # noqa: PLR2004

    run(AWS, "s3", "mb", f"s3://{BUCKET}")
    _, outputs = deploy(f"AlarmAddress={ADDRESS}")
    click.echo(f"✓ {STACK} is complete: {len(outputs)} outputs")
    api = f"{environment['AWS_ENDPOINT_URL']}/restapis/{outputs['RestAPIId']}/api/_user_request_"
    until("before the first edition, /v1/concerns answers 503", lambda: read(f"{api}/v1/concerns")[0] == 503)  # noqa: PLR2004

    content = yaml.safe_load((ROOT / "content" / "words" / "en.yaml").read_text(encoding="utf-8"))
    first = [one["name"] for one in content["concerns"].values()]
    run("make", "publish", f"STAGE={STAGE}", "KIND=evidence", "NOTE=First edition", answer="y\n")
    until("/v1/concerns answers with what was published", lambda: names() == first)
    edition = read(f"{api}/v1/health")[1]["data"]["edition"]
    with tempfile.TemporaryDirectory() as temporary:
        content_folder = changed_content(Path(temporary))
        edit("publish", "--kind", "wording", "--note", "A new name", "--content", content_folder)
    until("a change that is published is seen", lambda: "Cellulite (rehearsal)" in names())
    edit("rollback", edition, "--note", "Back again")
    until("the roll back is seen", lambda: names() == first)

    parameters, _ = deploy("RequestsPerSecond=100")
    if (parameters["RequestsPerSecond"], parameters["AlarmAddress"]) != ("100", ADDRESS):
        raise RehearsalError(f"After a second deployment, the parameters are {parameters}.")
    until("a second deployment changes one parameter and keeps the rest", lambda: names() == first)

    aws("cloudformation", "delete-stack", "--stack-name", STACK)
    until("the stack is gone", lambda: aws("cloudformation", "describe-stacks")["Stacks"] == [])
    if outputs["ContentTable"] not in aws("dynamodb", "list-tables")["TableNames"]:
        raise RehearsalError("The content was deleted with the stack: it must be kept.")
    click.echo("✓ the content is kept")


def main() -> None:
    """Rehearse."""
    try:
        with stand_in() as environment:
            rehearse(environment)
    except RehearsalError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.output}{error}")


if __name__ == "__main__":
    main()
