"""What a deployment asks of CloudFormation; its whole life is rehearsed by `make rehearse`."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.deploy import DeploymentError, deploy, stack_name

TEMPLATE = {
    "Parameters": {"Address": {"Type": "String"}, "Rate": {"Type": "Number"}, "New": {"Type": "String"}},
    "Resources": {"APIHandler": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./deployment.zip"}}},
}


class Bucket:
    """As much of S3 as a deployment uses."""

    meta = SimpleNamespace(endpoint_url="https://s3.example")

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - boto3's
        self.objects[f"{Bucket}/{Key}"] = Body


class Stacks:
    """As much of CloudFormation as a deployment uses; what it is asked for is there at once."""

    def __init__(self, becomes: str = "COMPLETE") -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._becomes = becomes

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if StackName not in self.stacks:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": f"{StackName} does not exist"}}, "x")
        return {"Stacks": [self.stacks[StackName]]}

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        failed = {"LogicalResourceId": "ContentTable", "ResourceStatus": "CREATE_FAILED"}
        return {"StackEvents": [failed | {"ResourceStatusReason": "no more tables"}]}

    def create_stack(self, **settings: Any) -> None:
        self._change("CREATE", settings)

    def update_stack(self, **settings: Any) -> None:
        if (
            self.asked
            and self.asked[-1][1]["TemplateURL"] == settings["TemplateURL"]
            and not any("ParameterValue" in one for one in settings["Parameters"])
        ):
            said = "No updates are to be performed."
            raise ClientError({"Error": {"Code": "ValidationError", "Message": said}}, "UpdateStack")
        self._change("UPDATE", settings)

    def _change(self, what: str, settings: dict[str, Any]) -> None:
        self.asked.append((what, settings))
        self.stacks[settings["StackName"]] = {
            "StackStatus": f"{what}_{self._becomes}",
            "Parameters": [{"ParameterKey": name} for name in ("Address", "Rate")],
            "Outputs": [{"OutputKey": "Url", "OutputValue": "https://api.example"}],
        }


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    file = tmp_path / "deployment.zip"
    file.write_bytes(b"code")
    return file


def deployed(stacks: Any, bucket: Any, archive: Path, **parameters: str) -> dict[str, str]:
    return deploy(stacks, bucket, "bucket", stack_name("staging"), TEMPLATE, archive, parameters)


def test_a_first_deployment_creates_the_stack_from_what_it_put_into_the_bucket(archive: Path) -> None:
    stacks, bucket = Stacks(), Bucket()
    assert deployed(stacks, bucket, archive, Address="a") == {"Url": "https://api.example"}
    [(what, settings)] = stacks.asked
    assert (what, settings["StackName"]) == ("CREATE", "mesotherapy-evidence-staging")
    assert settings["Parameters"] == [{"ParameterKey": "Address", "ParameterValue": "a"}]
    template = json.loads(bucket.objects[settings["TemplateURL"].removeprefix("https://s3.example/")])
    place = template["Resources"]["APIHandler"]["Properties"]["CodeUri"]
    assert bucket.objects[f"{place['Bucket']}/{place['Key']}"] == b"code"


def test_a_later_deployment_keeps_the_values_that_it_is_not_given_and_leaves_new_ones_to_their_defaults(
    archive: Path,
) -> None:
    stacks, bucket = Stacks(), Bucket()
    deployed(stacks, bucket, archive, Address="a")
    deployed(stacks, bucket, archive, Rate="5")
    assert stacks.asked[1][0] == "UPDATE"
    assert stacks.asked[1][1]["Parameters"] == [
        {"ParameterKey": "Rate", "ParameterValue": "5"},
        {"ParameterKey": "Address", "UsePreviousValue": True},
    ]


def test_deploying_the_same_again_changes_nothing(archive: Path) -> None:
    stacks, bucket = Stacks(), Bucket()
    deployed(stacks, bucket, archive)
    assert deployed(stacks, bucket, archive) == {"Url": "https://api.example"}
    assert len(stacks.asked) == 1


def test_a_deployment_that_fails_says_why(archive: Path) -> None:
    with pytest.raises(DeploymentError, match=r"ROLLBACK_COMPLETE\nContentTable: no more tables"):
        deployed(Stacks(becomes="ROLLBACK_COMPLETE"), Bucket(), archive)
