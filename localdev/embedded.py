"""The embedded DynamoDB of the stage `dev`: moto in this process, with `content/` published into it."""

import os
from pathlib import Path

import boto3
from moto import mock_aws

from editorial.first_edition import publish_first_edition
from editorial.loading import LoadedContent, load
from editorial.rules import validate

CONTENT = Path(__file__).parents[1] / "content"
TABLE_NAME = "embedded-content"


def start() -> LoadedContent:
    """Start DynamoDB in this process, create the table and publish the content into it. Return the content.

    Removes the developer's `AWS_…` variables from this process, so that no request can reach AWS.

    Raises:
        InvalidContentError: The content breaks a rule.

    """
    content = validate(load(CONTENT))
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CHALICE_CLI_MODE"]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "CONTENT_TABLE": TABLE_NAME,
    }
    mock_aws().start()
    publish_first_edition(boto3.client("dynamodb"), TABLE_NAME, content)
    return content
