"""The editor's command line: `python -m editorial --help`."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

import boto3
import click

from chalicelib.table import Table, TableError
from editorial.checks import checked
from editorial.content import Content, UnfitError, load
from editorial.draft import draft
from editorial.publishing import Publisher, Reason, current
from editorial.writer import PATIENT, WriteError, Writer

CONTENT = Path(__file__).parents[1] / "content"


@click.group()
def main() -> None:
    """Check and publish the article's content."""


@main.command()
def check() -> None:
    """Check the content files against all rules."""
    content = fit_content()
    for language, entities in content.languages.items():
        click.echo(f"{language}: {len(entities)} entities, all rules hold")


@main.command()
@click.option("--table", default=lambda: os.environ.get("CONTENT_TABLE"), required=True, help="The content table.")
@click.option("--endpoint-url", help="Another DynamoDB than AWS's, for example one on this machine.")
@click.option("--note", default="First edition", help="What changed and why, for readers.")
def publish(table: str, endpoint_url: str | None, note: str) -> None:
    """Publish the content files."""
    content = fit_content()
    client = boto3.client("dynamodb", endpoint_url=endpoint_url, config=PATIENT)
    reader, writer = Table(client, table), Writer(client, table)
    reason = Reason(note, getpass.getuser(), datetime.now(UTC))
    try:
        outcome = Publisher(reader, writer, reason).publish(draft(content.languages), "evidence", current(reader))
    except (TableError, WriteError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{outcome.done}: edition {outcome.pointer.manifest.edition}")


def fit_content() -> Content:
    """Give the content; end with every failure where it is not fit to be published."""
    try:
        return checked(load(CONTENT))
    except UnfitError as error:
        raise click.ClickException(f"{len(error.failures)} failures\n{error}") from error


main()
