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

from chalicelib.settings import APPLICATION
from operations.package import FAKE_AWS, ROOT
from operations.ports import free_port, listening

STAGE = "staging"
STACK = f"{APPLICATION}-{STAGE}"
BUCKET = "rehearsal"
ADDRESS = "operator@example.org"
AWS = ROOT / "build" / "aws" / "bin" / "aws"
MINISTACK = ROOT / "build" / "ministack" / "bin" / "ministack"
LOG = ROOT / "build" / "rehearsal.log"
TIMEOUT = 120  # seconds to wait for one event


class RehearsalError(Exception):
    """The stack did not behave as it must in the cloud."""


@contextmanager
def stand_in() -> Iterator[dict[str, str]]:
    """Run a stand-in for AWS, and yield the environment for commands that use it.

    It has nothing of the shell's, whose AWS configuration or variables for make could change what a command does.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as home, LOG.open("w") as log:
        environment = {"PATH": os.environ["PATH"], "HOME": home, **FAKE_AWS}
        process = subprocess.Popen(
            [MINISTACK],
            cwd=home,
            env=environment | {"TMPDIR": home, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,  # ends the processes of its Lambda functions with it
        )
        try:
            wait_until("the stand-in listens", lambda: listening(port))
            yield environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(event: str, has_happened: Callable[[], bool]) -> None:
    """Wait for an event, and print it; raise `RehearsalError` after `TIMEOUT`."""
    end = time.monotonic() + TIMEOUT
    while not has_happened():
        if time.monotonic() > end:
            raise RehearsalError(f"Not after {TIMEOUT} s: {event}. See {LOG.relative_to(ROOT)}, the stand-in's log.")
        time.sleep(0.5)
    click.echo(f"✓ {event}")


def get(url: str) -> tuple[int, Any]:
    """Return the status and the document at a URL."""
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:  # noqa: S310 - loopback
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, None


def rehearse(environment: dict[str, str]) -> None:
    """Deploy, publish, read, roll back, deploy again and delete.

    Raises: `CalledProcessError` if a command fails, `RehearsalError` if its effect is missing.
    """

    def run(*command: str | Path, stdin: str = "") -> str:
        return subprocess.run(
            command, cwd=ROOT, env=environment, input=stdin, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def aws(*words: str) -> Any:  # noqa: ANN401 - each command has a reply of its own
        return json.loads(run(AWS, *words, "--output", "json") or "null")

    def deploy(parameters: str) -> tuple[dict[str, str], dict[str, str]]:
        run("make", "deploy", f"STAGE={STAGE}", f"BUCKET={BUCKET}", f"SET={parameters}")
        [stack] = aws("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"]
        return (
            {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]},
            {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        )

    def editorial(*command: str | Path) -> None:
        run(sys.executable, "-m", "editorial", *command, "--stage", STAGE, "--yes")

    def concern_names() -> list[str]:
        status, document = get(f"{api}/v1/concerns")
        return [concern["name"] for concern in document["data"]] if status == 200 else []  # noqa: PLR2004

    run(AWS, "s3", "mb", f"s3://{BUCKET}")
    _, outputs = deploy(f"AlarmAddress={ADDRESS}")
    click.echo(f"✓ {STACK} is complete: {len(outputs)} outputs")
    api = f"{environment['AWS_ENDPOINT_URL']}/restapis/{outputs['RestAPIId']}/api/_user_request_"
    wait_until("before the first edition, /v1/concerns answers 503", lambda: get(f"{api}/v1/concerns")[0] == 503)  # noqa: PLR2004

    words = yaml.safe_load((ROOT / "content" / "words" / "en.yaml").read_text(encoding="utf-8"))
    concerns = list(words["concerns"].values())
    first_names = [concern["name"] for concern in concerns]
    run("make", "publish", f"STAGE={STAGE}", "KIND=evidence", "NOTE=First edition", stdin="y\n")
    wait_until("/v1/concerns answers with what was published", lambda: concern_names() == first_names)
    edition = get(f"{api}/v1/health")[1]["data"]["edition"]
    with tempfile.TemporaryDirectory() as temporary:
        changed = Path(shutil.copytree(ROOT / "content", Path(temporary) / "content"))
        concerns[0]["name"] = "Rehearsal"
        (changed / "words" / "en.yaml").write_text(yaml.safe_dump(words, sort_keys=False), encoding="utf-8")
        editorial("publish", "--kind", "wording", "--note", "A new name", "--content", changed)
    wait_until("/v1/concerns answers with a published change", lambda: "Rehearsal" in concern_names())
    editorial("rollback", edition, "--note", "Back again")
    wait_until("/v1/concerns answers with the first edition after a rollback", lambda: concern_names() == first_names)

    parameters, _ = deploy("RequestsPerSecond=100")
    if (parameters["RequestsPerSecond"], parameters["AlarmAddress"]) != ("100", ADDRESS):
        raise RehearsalError(f"After a second deployment, the parameters are {parameters}.")
    wait_until("a second deployment changes one parameter and keeps the rest", lambda: concern_names() == first_names)

    aws("cloudformation", "delete-stack", "--stack-name", STACK)
    wait_until("the stack is gone", lambda: aws("cloudformation", "describe-stacks")["Stacks"] == [])
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
