"""Bring a packaged stage into the cloud: `make deploy STAGE=… BUCKET=…`.

The archive and the template go into a bucket under the names of their bytes, then CloudFormation changes the stack to
them and shows how far it is. What is there already is left alone; a change that fails is rolled back by CloudFormation.
"""

import json
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import click
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from operations.package import ROOT, STAGES, package

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

APPLICATION = "mesotherapy-evidence"
PAUSE = 3  # seconds between two looks at a stack that changes
MAY_CREATE = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


class DeploymentError(Exception):
    """A stack did not become what it was to become; the message says why, for the operator."""


def stack_name(stage: str) -> str:
    """Give the name of a stage's stack."""
    return f"{APPLICATION}-{stage}"


def upload(s3: "S3Client", bucket: str, body: bytes, kind: str) -> str:
    """Put bytes into a bucket under the name that they give themselves, and give that name."""
    key = f"{APPLICATION}/{sha256(body).hexdigest()}.{kind}"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return key


def located(template: Mapping[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """Give a template, SAM's or CloudFormation's, whose function's code is in a bucket."""
    function = template["Resources"]["APIHandler"]
    sam = function["Type"].startswith("AWS::Serverless")
    place = {"CodeUri": {"Bucket": bucket, "Key": key}} if sam else {"Code": {"S3Bucket": bucket, "S3Key": key}}
    moved = {**function, "Properties": {**function["Properties"], **place}}
    return {**template, "Resources": {**template["Resources"], "APIHandler": moved}}


def deploy(  # noqa: PLR0913, PLR0917 - what a deployment is made of
    cloudformation: "CloudFormationClient",
    s3: "S3Client",
    bucket: str,
    stack: str,
    template: Mapping[str, Any],
    archive: Path,
    parameters: Mapping[str, str],
) -> dict[str, str]:
    """Make a stack what a template says, and give its outputs; raise `DeploymentError` where it cannot be.

    A parameter that is not given keeps the value that the stack has.
    """
    code = upload(s3, bucket, archive.read_bytes(), "zip")
    key = upload(s3, bucket, json.dumps(located(template, bucket, code)).encode(), "json")
    known = outputs(cloudformation, stack)
    kept = (set(template.get("Parameters", {})) - set(parameters)) & parameters_of(cloudformation, stack)
    settings = {
        "StackName": stack,
        # Longer than the 51,200 bytes that a template may have in the request itself.
        "TemplateURL": f"{s3.meta.endpoint_url}/{bucket}/{key}",
        "Parameters": [
            *({"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()),
            *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)),
        ],
        "Capabilities": list(MAY_CREATE),
    }
    change: Any = cloudformation.create_stack if known is None else cloudformation.update_stack
    try:
        change(**settings)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return known or {}
        raise
    wait(cloudformation, stack)
    return outputs(cloudformation, stack) or {}


def wait(cloudformation: "CloudFormationClient", stack: str) -> None:
    """Wait until a stack is at rest, saying what happens; raise `DeploymentError` unless it is complete."""
    said = ""
    while True:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = found["StackStatus"]
        if status != said:
            click.echo(f"{stack}: {status}")
            said = status
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(PAUSE)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in reversed(events)
            if event.get("ResourceStatus", "").endswith("FAILED") and event.get("ResourceStatusReason")
        ]
        raise DeploymentError("\n".join([f"{stack} is {status}", *reasons]))


def outputs(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str] | None:
    """Give the outputs of a stack by name, or None where there is no such stack."""
    found = described(cloudformation, stack)
    return found and {it["OutputKey"]: it["OutputValue"] for it in found.get("Outputs", [])}


def parameters_of(cloudformation: "CloudFormationClient", stack: str) -> set[str]:
    """Give the names of the parameters that a stack has."""
    return {it["ParameterKey"] for it in (described(cloudformation, stack) or {}).get("Parameters", [])}


def described(cloudformation: "CloudFormationClient", stack: str) -> dict[str, Any] | None:
    """Give what CloudFormation says of a stack, or None where there is none."""
    try:
        return dict(cloudformation.describe_stacks(StackName=stack)["Stacks"][0])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


@click.command(help=__doc__)
@click.argument("stage", type=click.Choice(STAGES))
@click.option("--bucket", required=True, help="A bucket of yours in the stack's region, for the code.")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the stack, such as AlarmAddress."
)
def main(stage: str, bucket: str, given: tuple[str, ...]) -> None:
    """Package a stage and deploy it."""
    if not bucket:
        raise click.BadParameter("name a bucket of yours: make deploy STAGE=… BUCKET=…", param_hint="--bucket")
    folder = ROOT / "build" / stage
    archive = package(stage, folder)
    template = yaml.safe_load((folder / "sam.yaml").read_text(encoding="utf-8"))
    parameters = dict(one.split("=", 1) for one in given if "=" in one)
    unknown = [one for one in given if one.partition("=")[0] not in template["Parameters"] or "=" not in one]
    if unknown:
        known = ", ".join(template["Parameters"])
        raise click.BadParameter(f"{', '.join(unknown)}: use NAME=VALUE, with one of {known}", param_hint="--set")
    try:
        session = boto3.Session()
        made = deploy(
            session.client("cloudformation"),
            session.client("s3"),
            bucket,
            stack_name(stage),
            template,
            archive,
            parameters,
        )
    except (DeploymentError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error
    for name, value in made.items():
        click.echo(f"{name:14} {value}")
    click.echo(f"Next: make publish STAGE={stage} KIND=… NOTE=…")


if __name__ == "__main__":
    main()
