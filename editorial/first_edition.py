"""The first edition of a new table: for the embedded DynamoDB and other stand-ins, which begin empty."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from chalicelib.content.model import Article
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher
from editorial.writer import Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def publish_first_edition(client: "DynamoDBClient", table_name: str, content: LoadedContent) -> None:
    """Create a table and publish the content into it, dated by the content's check and not by the clock.

    So every server that starts with the same content serves the same bytes.
    """
    table, writer = Table(client, table_name), Writer(client, table_name)
    writer.create()
    articles = [entity for entities in content.languages.values() for entity in entities if isinstance(entity, Article)]
    at = datetime.combine(max(article.checked for article in articles), time(), UTC)
    Publisher(table, writer, Author("First edition", "localdev", at)).publish(
        draft(content.languages), "evidence", None
    )
