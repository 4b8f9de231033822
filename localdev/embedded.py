"""The embedded DynamoDB of the development stage: moto in this process, filled from `content/` by the publisher."""

import os
from pathlib import Path

import boto3
from moto import mock_aws

from editorial.first_edition import publish_first_edition
from editorial.loading import load
from editorial.rules import validate

CONTENT = Path(__file__).parents[1] / "content"
NAME = "embedded-content"


def start() -> None:
    """Make the table in this process and publish the content into it; raise `InvalidContentError` if it breaks a rule.

    Whatever the developer's shell says about AWS is put aside for this process, so that nothing can go elsewhere. The
    edition is dated from the content, not from the clock: a server that is started again gives the same bytes.
    """
    content = validate(load(CONTENT))
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CHALICE_CLI_MODE"]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "CONTENT_TABLE": NAME,
    }
    mock_aws().start()
    publish_first_edition(boto3.client("dynamodb"), NAME, content)
