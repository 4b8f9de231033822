"""The editor's commands find the table of a stage's stack; moto stands in for CloudFormation and DynamoDB."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from editorial.cli import main

KEY = {"pk": "HASH", "sk": "RANGE"}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in KEY],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in KEY.items()],
    },
}


@pytest.fixture
def stacks(environment: None) -> Iterator[Any]:  # noqa: ARG001 - for its effect
    """CloudFormation with the stack of the stage `staging`."""
    with mock_aws():
        client = boto3.client("cloudformation")
        template = {"Resources": {"Content": TABLE}, "Outputs": {"ContentTable": {"Value": {"Ref": "Content"}}}}
        client.create_stack(StackName="mesotherapy-evidence-staging", TemplateBody=json.dumps(template))
        yield client


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, words, env=environment)


@pytest.mark.usefixtures("stacks")
def test_stage_names_its_table() -> None:
    publish = ("publish", "--kind", "evidence", "--note", "First edition", "--by", "ada", "--yes")
    assert run(*publish, "--stage", "staging").exit_code == 0
    [name] = boto3.client("dynamodb").list_tables()["TableNames"]
    history = run("history", "--table", name)
    assert "ada: First edition" in history.output
    # An option overrides the environment.
    assert run("history", "--stage", "staging", CONTENT_TABLE="another").output == history.output


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize("stage", ["production", ""])
def test_missing_stack_is_named(stage: str) -> None:
    result = run("history", "--stage", stage, CONTENT_TABLE="another")
    assert (result.exit_code, result.stderr) == (
        1,
        f"There is no stack mesotherapy-evidence-{stage} in eu-central-1. Check the region, or deploy the stage:"
        f" make deploy STAGE={stage} BUCKET=…\n",
    )


def test_stack_without_a_table_is_named(stacks: Any) -> None:
    template = {"Resources": {"Content": TABLE}}
    stacks.update_stack(StackName="mesotherapy-evidence-staging", TemplateBody=json.dumps(template))
    result = run("history", "--stage", "staging")
    assert (result.exit_code, result.stderr) == (
        1,
        "The stack mesotherapy-evidence-staging has no output ContentTable: it is UPDATE_COMPLETE.\n",
    )


@pytest.mark.usefixtures("environment")
def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = run("history", "--stage", "staging")
    assert (result.exit_code, result.stderr) == (1, "You must specify a region.\n")


@pytest.mark.usefixtures("environment")
def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = run("history", "--stage", "staging")
    assert (result.exit_code, result.stderr) == (1, "Unable to locate credentials\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stage", "staging", "--table", "content"), "Error: give either --stage or --table.\n"),
        ((), "Error: give --table (or CONTENT_TABLE) or --stage.\n"),
    ],
)
@pytest.mark.usefixtures("environment")
def test_one_table_is_named(words: tuple[str, ...], message: str) -> None:
    result = run("history", *words)
    assert (result.exit_code, result.stderr.rpartition("\n\n")[2]) == (2, message)
