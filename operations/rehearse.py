"""Rehearse a stage's whole life without AWS: deploy, publish, read, publish a change, roll back, delete.

AWS is played by ministack on 127.0.0.1, in an environment of its own because it pins another botocore. It makes the
translated stack's resources and runs the packaged function behind its gateway. What it does not play (gateway
responses, preflights, CloudFront's caching, throttling, permissions) the contract tests and docs/operating.md speak of.
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
from typing import TYPE_CHECKING, Any

import boto3
import click
import yaml

from operations.deploy import deploy, described, outputs, stack_name
from operations.environments import environment
from operations.lint import translated
from operations.package import ROOT, package
from operations.ports import free_port, listening

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STAGE = "staging"
BUCKET = "rehearsal"
ADDRESS = "operator@example.org"
HOME = ROOT / "build" / "rehearsal"
REQUIREMENTS = Path(__file__).with_name("ministack.txt")
PATIENCE = 120  # seconds for anything to happen
NOBODY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}


class RehearsalError(Exception):
    """Something did not happen as it would have to in the cloud."""


def stand_in() -> Path:
    """Give the stand-in's program, installed when it is first asked for."""
    return environment(HOME, REQUIREMENTS.read_text(encoding="utf-8")) / "ministack"


@contextmanager
def playing_aws() -> Iterator[str]:
    """Give the address of a stand-in for AWS that lives as long as it is needed."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {"PATH": os.environ["PATH"], "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), **NOBODY}
    with tempfile.TemporaryDirectory() as home, (ROOT / "build" / "rehearsal.log").open("w") as log:
        process = subprocess.Popen(
            [stand_in()],
            cwd=home,
            env=settings | {"HOME": home, "TMPDIR": home},
            stdout=log,
            stderr=log,
            start_new_session=True,  # the functions that it runs end with it
        )
        try:
            until("the stand-in listens", lambda: listening(port))
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(what: str, happens: Callable[[], bool]) -> None:
    """Wait until something happens, and say that it did; raise `RehearsalError` if it does not."""
    end = time.monotonic() + PATIENCE
    while not happens():
        if time.monotonic() > end:
            raise RehearsalError(f"it did not happen that {what}: build/rehearsal.log has the stand-in's side")
        time.sleep(0.5)
    click.echo(f"✓ {what}")


def read(url: str) -> tuple[int, Any]:
    """Give the status and the document at an address."""
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:  # noqa: S310 - loopback
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, None


def published(address: str, table: str, content: Path, *command: str) -> None:
    """Run an editor's command on the stack's table."""
    subprocess.run(
        [sys.executable, "-m", "editorial", *command, "--table", table, "--endpoint-url", address, "--yes"]
        + (["--content", str(content)] if command[0] == "publish" else []),
        cwd=ROOT,
        env=os.environ | NOBODY,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def changed(folder: Path) -> Path:
    """Give a copy of the content in which one name differs."""
    copy = Path(shutil.copytree(ROOT / "content", folder / "content"))
    words = copy / "words" / "en.yaml"
    before = words.read_text(encoding="utf-8")
    after = before.replace("name: Cellulite", "name: Cellulite (rehearsal)", 1)
    if after == before:
        raise RehearsalError("the content has no cellulite to rename")
    words.write_text(after, encoding="utf-8")
    return copy


def rehearse(address: str) -> None:
    """Go through a stage's life at a stand-in's address; raise `RehearsalError` where it goes otherwise."""
    session = boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the stand-in takes anything
        region_name=NOBODY["AWS_DEFAULT_REGION"],
    )
    cloudformation: CloudFormationClient = session.client("cloudformation", endpoint_url=address)
    s3 = session.client("s3", endpoint_url=address)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    folder = ROOT / "build" / STAGE
    archive = package(STAGE, folder)
    template = translated(folder / "sam.yaml")
    stack = stack_name(STAGE)
    made = deploy(cloudformation, s3, BUCKET, stack, template, archive, {"AlarmAddress": ADDRESS})
    click.echo(f"✓ {stack} is complete: {len(made)} outputs")
    api = f"{address}/restapis/{made['RestAPIId']}/api/_user_request_"
    until("a reader of an empty table is told to come again", lambda: read(f"{api}/v1/concerns")[0] == 503)  # noqa: PLR2004

    def names() -> list[str]:
        status, document = read(f"{api}/v1/concerns")
        return [one["name"] for one in document["data"]] if status == 200 else []  # noqa: PLR2004

    content = yaml.safe_load((ROOT / "content" / "words" / "en.yaml").read_text(encoding="utf-8"))
    first = [one["name"] for one in content["concerns"].values()]
    table = made["ContentTable"]
    published(address, table, ROOT / "content", "publish", "--kind", "evidence", "--note", "First edition")
    until("/v1/concerns gives what was published", lambda: names() == first)
    edition = read(f"{api}/v1/health")[1]["data"]["edition"]
    with tempfile.TemporaryDirectory() as temporary:
        published(address, table, changed(Path(temporary)), "publish", "--kind", "wording", "--note", "A new name")
    until("readers see a change that is published", lambda: "Cellulite (rehearsal)" in names())
    published(address, table, ROOT / "content", "rollback", edition, "--note", "Back again")
    until("readers see the roll back", lambda: names() == first)

    deploy(cloudformation, s3, BUCKET, stack, template, archive, {"RequestsPerSecond": "100"})
    kept = {it["ParameterKey"]: it["ParameterValue"] for it in (described(cloudformation, stack) or {})["Parameters"]}
    if (kept["RequestsPerSecond"], kept["AlarmAddress"]) != ("100", ADDRESS):
        raise RehearsalError(f"a second deployment made the parameters {kept}")
    until("a second deployment changes what it is told and keeps the rest", lambda: names() == first)

    cloudformation.delete_stack(StackName=stack)
    until("the stack is gone", lambda: outputs(cloudformation, stack) is None)
    tables = session.client("dynamodb", endpoint_url=address).list_tables()["TableNames"]
    if table not in tables:
        raise RehearsalError("the content went with the stack: it must be retained")
    click.echo("✓ the content is retained")


@click.command(help=__doc__)
def main() -> None:
    """Rehearse."""
    (ROOT / "build").mkdir(exist_ok=True)
    try:
        with playing_aws() as address:
            rehearse(address)
    except RehearsalError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
