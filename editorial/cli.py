"""Command line for editors: parse options, call `publishing`, and print the results with `output`.

Exit codes: 0 done, or nothing to do; 1 rejected or failed; 2 wrong usage; 3 the pointer moved since the diff.
"""

import functools
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, get_args

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from click.core import ParameterSource
from rich.progress import Progress

from chalicelib.content.editions import Pointer
from chalicelib.content.model import Article, ChangeKindCode
from chalicelib.content.table import (
    CorruptEditionError,
    NotPublishedError,
    OutdatedEditionError,
    Table,
    TableError,
)
from chalicelib.settings import APPLICATION
from editorial import output, rules
from editorial.diff import Entities, check_change_kind, differences
from editorial.draft import EditionDraft, draft
from editorial.loading import LoadedContent, load
from editorial.publishing import (
    Author,
    Publisher,
    RejectedError,
    entities_of,
    prunable,
    prune,
    read_pointer,
    verify,
)
from editorial.violations import InvalidContentError
from editorial.writer import WRITE_CONFIG, ConflictError, WriteError, Writer

CONTENT = Path(__file__).parents[1] / "content"
FAILED, CONFLICT = 1, 3  # exit codes; click itself exits with 2 after wrong usage

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class TableSession:
    """The content table, for reading and for writing."""

    table: Table
    writer: Writer


def on_a_table(command: Command) -> Command:
    """Add the options that select the table."""

    @click.option("--table", envvar="CONTENT_TABLE", help="The content table. Default: CONTENT_TABLE.")
    @click.option("--stage", help="Instead of --table: use the table of this stage, for example staging.")
    @click.option("--endpoint-url", help="Use another DynamoDB, for example one on this machine.")
    @click.pass_context
    @functools.wraps(command)
    def with_table(context: click.Context, /, table: str | None, stage: str | None, **options: object) -> None:
        if stage is not None:
            # --stage overrides CONTENT_TABLE, but contradicts --table.
            if context.get_parameter_source("table") is ParameterSource.COMMANDLINE:
                raise click.UsageError("give either --stage or --table.")
            with exit_on_error():
                table = _find_table(stage)
        if not table:
            raise click.UsageError("give --table (or CONTENT_TABLE) or --stage.")
        command(table=table, **options)

    return cast("Command", with_table)


def with_content(command: Command) -> Command:
    """Add the option that selects the folder of the content files."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.option("--content", type=folder, default=CONTENT, help="The folder of the content files.")(command)


def with_json(command: Command) -> Command:
    """Add the option to print JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")(command)


def author_options(command: Command) -> Command:
    """Add the options for who makes a change and why."""
    note = click.option(
        "--note", required=True, callback=_check_text, help="What changes and why. Published at /v1/editions."
    )
    by = click.option(
        "--by", default=getpass.getuser, callback=_check_text, help="Who makes the change. Default: your login name."
    )
    yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
    return note(by(yes(command)))


def _check_text(_: click.Context, __: click.Parameter, text: str) -> str:
    """Return an option's text if it obeys the rules for texts: the history keeps it forever.

    Raises:
        click.BadParameter: It is blank or has invisible characters.

    """
    if rules.is_blank(text):
        raise click.BadParameter("is blank")
    invisible = rules.invisible_characters(text)
    if invisible:
        raise click.BadParameter(
            f"holds {rules.code_points(invisible)}: use characters that a screen shows, in one line"
        )
    return text


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Check, publish and roll back the article's content."""


@main.command("check")
@with_content
@with_json
def check_content(content: Path, *, as_json: bool) -> None:
    """Check the content files against all rules, and list every violation."""
    with exit_on_error():
        valid = _load_valid(content, as_json=as_json)
        counts = {language: len(entities) for language, entities in valid.languages.items()}
        if as_json:
            output.print_json({"failures": [], "languages": counts})
        else:
            for language, count in counts.items():
                output.say(f"{language}: {count} entities, and every rule holds")


@main.command("diff")
@on_a_table
@with_content
@with_json
def show_diff(table: str, endpoint_url: str | None, content: Path, *, as_json: bool) -> None:
    """Show what publishing the content files would change for readers."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        new = draft(_load_valid(content).languages)
        pointer = read_pointer(session.table)
        diffs = differences(_read_current(session, pointer) or {}, new.entities)
        if as_json:
            base = pointer and pointer.manifest.edition
            output.print_json({"base": base, "edition": new.edition, "differences": diffs})
        else:
            output.show_diffs(diffs)


@main.command("publish")
@on_a_table
@with_content
@author_options
@click.option("--kind", type=click.Choice(get_args(ChangeKindCode)), required=True, help="The kind of change.")
@click.option("--base", help="Publish only if this edition is current. Give the edition of your diff.")
def publish_content(  # noqa: PLR0913 - each is an option of the command line
    *,
    table: str,
    endpoint_url: str | None,
    content: Path,
    note: str,
    by: str,
    yes: bool,
    kind: ChangeKindCode,
    base: str | None,
) -> None:
    """Publish the content files: check them, show the diff, ask, write, read back, and move the pointer."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        new = draft(_load_valid(content).languages)
        pointer = read_pointer(session.table)
        if base and (pointer is None or pointer.manifest.edition != base):
            current = pointer.manifest.edition if pointer else "nothing"
            raise ConflictError(f"the diff was made against {base}, and readers see {current} now. Look at it again")
        is_current = pointer is not None and pointer.manifest.edition == new.edition
        before = new.entities if is_current else _read_current(session, pointer)
        diffs = differences(before or {}, new.entities)
        output.show_diffs(diffs)
        objection = check_change_kind(diffs, kind, _source_languages(new.entities))
        if before is None and kind not in {"safety", "evidence"}:
            objection = "a verdict or a risk may have changed, which cannot be shown. Publish it as safety or evidence"
        if objection:
            raise RejectedError(objection)
        _confirm(f"Publish this as edition {new.edition}?", yes=yes or not diffs)
        with Progress(console=output.CONSOLE, transient=True, disable=not output.CONSOLE.is_terminal) as progress:
            task = progress.add_task("writing", total=_count_items(new))
            publisher = Publisher(
                session.table, session.writer, _author(note, by), lambda count: progress.advance(task, count)
            )
            result = publisher.publish(new, kind, pointer)
        output.show_result(result)


@main.command("rollback")
@click.argument("edition", required=False)
@on_a_table
@author_options
def roll_back(  # noqa: PLR0913 - each is an option of the command line
    *, edition: str | None, table: str, endpoint_url: str | None, note: str, by: str, yes: bool
) -> None:
    """Make an older EDITION current again. Default: the edition before the current one."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        pointer = read_pointer(session.table)
        target = edition or (pointer.manifest.predecessor if pointer else None)
        if target:
            manifest = session.table.manifest(target)
            if manifest.pruned_at:
                raise RejectedError(f"edition {target} was pruned, so it cannot be current again")
            older = entities_of(session.table, manifest)
            output.show_diffs(differences(_read_current(session, pointer) or {}, older))
            _confirm(f"Roll back to edition {target}?", yes=yes)
        publisher = Publisher(session.table, session.writer, _author(note, by))
        result = publisher.roll_back(target, pointer)
        output.show_result(result)


@main.command("history")
@on_a_table
@with_json
def show_history(table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Show every move of the pointer: when, who, why, from where to where."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        pointer = read_pointer(session.table)
        moves = session.table.history()
        if pointer and pointer.move not in moves:
            moves.append(pointer.move)
        if as_json:
            output.print_json(moves)
        else:
            output.show_moves(moves, pointer)


@main.command("show")
@click.argument("edition", required=False)
@on_a_table
@with_json
def show_edition(edition: str | None, table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Show an EDITION. Default: the current one."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        pointer = read_pointer(session.table)
        current = pointer.manifest.edition if pointer else None
        target = edition or current
        if target is None:
            raise RejectedError("nothing was ever published")
        manifest = session.table.manifest(target)
        entities = entities_of(session.table, manifest)
        if as_json:
            output.print_json({"manifest": manifest, "entities": entities})
        else:
            output.show_edition(manifest, entities, is_current=target == current)


@main.command("verify")
@on_a_table
@with_json
def verify_editions(table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Read every edition that the history names, and list the damaged ones."""
    with exit_on_error():
        results = dict(verify(_connect(table, endpoint_url).table))
        damaged = {edition: problem for edition, problem in results.items() if problem}
        if as_json:
            output.print_json(results)
        else:
            for edition, problem in results.items():
                output.say(f"{edition}: {problem or 'intact'}")
    if damaged:
        sys.exit(FAILED)


@main.command("prune")
@on_a_table
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the latest editions to keep.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def prune_editions(table: str, endpoint_url: str | None, keep: int, *, yes: bool) -> None:
    """Delete old editions, but never the current one nor the one before it."""
    with exit_on_error():
        session = _connect(table, endpoint_url)
        manifests = prunable(session.table, keep)
        for manifest in manifests:
            output.say(f"{manifest.edition}: {manifest.published_at:%Y-%m-%d}, {manifest.note}")
        if not manifests:
            output.say("There is nothing to prune.")
            return
        _confirm(f"Delete these {len(manifests)} editions?", yes=yes)
        for manifest in manifests:
            prune(session.table, session.writer, manifest, datetime.now(UTC))
            output.say(f"pruned {manifest.edition}")


@main.command("create-table")
@on_a_table
def create_table(table: str, endpoint_url: str | None) -> None:
    """Create the content table, for a local endpoint or a first trial."""
    with exit_on_error():
        has_backups = _connect(table, endpoint_url).writer.create()
        suffix = "" if has_backups else ", without point-in-time recovery, which this endpoint lacks"
        output.say(f"created {table}{suffix}")


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn expected errors into a message and an exit code."""
    try:
        yield
    except InvalidContentError as error:
        count = len(error.violations)
        _exit(FAILED, f"{count} {'failures' if count > 1 else 'failure'}", *map(str, error.violations))
    except ConflictError as error:
        _exit(CONFLICT, str(error))
    except NotPublishedError as error:
        _exit(FAILED, f"{error}: see `history`")
    except OutdatedEditionError as error:
        _exit(FAILED, str(error))  # the message says what to do; publishing does not repair it
    except CorruptEditionError as error:
        _exit(
            FAILED,
            f"{error}.",
            "Publishing the content of a damaged edition again repairs it; `verify` names all of them",
        )
    except (RejectedError, TableError, WriteError, BotoCoreError, ClientError) as error:
        _exit(FAILED, str(error))


def _exit(code: int, *lines: str) -> NoReturn:
    output.say_errors(*lines)
    sys.exit(code)


def _connect(table: str, endpoint_url: str | None) -> TableSession:
    try:
        client = boto3.client("dynamodb", endpoint_url=endpoint_url, config=WRITE_CONFIG)
    except ValueError as error:  # botocore's for what is no URL
        raise click.BadParameter(f"{endpoint_url!r} is no URL, such as http://127.0.0.1:8000") from error
    return TableSession(Table(client, table), Writer(client, table))


def _find_table(stage: str) -> str:
    """Return the name of the content table in a stage's stack.

    Raises:
        RejectedError: There is no such stack, or it has no content table.

    """
    stack, cloudformation = f"{APPLICATION}-{stage}", boto3.client("cloudformation")
    try:
        [description] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        problem = f"There is no stack {stack} in {cloudformation.meta.region_name}."
        deploy = f"make deploy STAGE={stage} BUCKET=…"
        raise RejectedError(f"{problem} Check the region, or deploy the stage: {deploy}") from error
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in description.get("Outputs", [])}
    if "ContentTable" not in outputs:
        raise RejectedError(f"The stack {stack} has no output ContentTable: it is {description['StackStatus']}.")
    return str(outputs["ContentTable"])


def _source_languages(entities: Entities) -> set[str]:
    """Return the languages that the content was written in."""
    articles = (entity for each in entities.values() for entity in each if isinstance(entity, Article))
    return {article.language for article in articles if article.translation.code == "source"}


def _load_valid(folder: Path, *, as_json: bool = False) -> LoadedContent:
    """Return the content of a folder; with `as_json`, print its violations as JSON.

    Raises:
        InvalidContentError: The content breaks a rule.

    """
    try:
        return rules.validate(load(folder))
    except InvalidContentError as error:
        if as_json:
            output.print_json({"failures": error.violations})
        raise


def _read_current(session: TableSession, pointer: Pointer | None) -> Entities | None:
    """Return the entities of the current edition, or None, with a warning, if it is damaged."""
    try:
        return entities_of(session.table, pointer.manifest) if pointer else {}
    except CorruptEditionError as error:
        output.say_errors(f"What would change cannot be shown, and all is listed as added: {error}.")
        return None


def _author(note: str, by: str) -> Author:
    return Author(note, by, datetime.now(UTC))


def _count_items(edition: EditionDraft) -> int:
    # Each language has its entities and one change log.
    return sum(len(items) + 1 for items in edition.items.values())


def _confirm(question: str, *, yes: bool) -> None:
    if not yes and not click.confirm(output.escape(question)):
        _exit(FAILED, "Nothing was done.")
