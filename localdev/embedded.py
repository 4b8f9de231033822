"""The embedded DynamoDB of the development stage: moto in this process, filled from `content/` by the publisher."""

import os
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

from chalicelib.content.model import Article
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent, load
from editorial.publishing import Author, Publisher, read_pointer
from editorial.rules import validate
from editorial.writer import Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

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
    fill(boto3.client("dynamodb"), NAME, content)


def fill(client: "DynamoDBClient", name: str, content: LoadedContent) -> None:
    """Create a table and publish the content into it."""
    table, writer = Table(client, name), Writer(client, name)
    writer.create()
    reviewed = max(
        entity.reviewed for entities in content.languages.values() for entity in entities if isinstance(entity, Article)
    )
    reason = Author("First edition", "localdev", datetime.combine(reviewed, time(), UTC))
    Publisher(table, writer, reason).publish(draft(content.languages), "evidence", read_pointer(table))
