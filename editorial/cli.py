"""The editor's command line. What it does is done elsewhere; here it is asked for, shown and told.

Exit codes: 0 done, or nothing to do; 1 refused or failed, with the reason; 2 wrong usage; 3 somebody else was faster.
"""

import functools
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, get_args

import boto3
import click
import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from click.core import ParameterSource
from rich.console import Console
from rich.progress import Progress

from chalicelib.content.editions import Pointer
from chalicelib.content.model import ChangeKind
from chalicelib.content.table import CorruptEditionError, NotPublishedError, Table, TableError
from editorial import rules
from editorial.diff import Entities, EntityDiff, FieldDiff, check_change_kind, differences, title_of
from editorial.draft import EditionDraft, draft, entity_ref
from editorial.loading import InvalidContentError, LoadedContent, load
from editorial.publishing import (
    Author,
    Publisher,
    PublishResult,
    RejectedError,
    entities_of,
    prunable,
    prune,
    read_pointer,
    verify,
)
from editorial.writer import WRITE_CONFIG, ConflictError, WriteError, Writer

CONTENT = Path(__file__).parents[1] / "content"
REFUSED, USAGE, LOST = 1, 2, 3
NEXT_LINE = 70  # characters: what is longer gets lines of its own in a diff

Command = TypeVar("Command", bound=Callable[..., Any])
out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)


@dataclass(frozen=True)
class TableSession:
    """The table that a command works on, for reading and for writing."""

    table: Table
    writer: Writer


def on_a_table(command: Command) -> Command:
    """Add the options that say which table a command works on."""

    @click.option("--table", envvar="CONTENT_TABLE", help="The content table; else CONTENT_TABLE names it.")
    @click.option("--stage", help="Instead of --table: the stage whose stack has the table, for example staging.")
    @click.option("--endpoint-url", help="Another DynamoDB than AWS's, for example one on this machine.")
    @click.pass_context
    @functools.wraps(command)
    def with_table(context: click.Context, /, table: str | None, stage: str | None, **options: object) -> None:
        if stage is not None:
            # The environment may name a table all the same: the command line is closer to what is meant.
            if context.get_parameter_source("table") is ParameterSource.COMMANDLINE:
                raise click.UsageError("give either --stage or --table.")
            with exit_on_error():
                table = _table_of(stage)
        if not table:
            raise click.UsageError("give --table (or CONTENT_TABLE) or --stage.")
        command(table=table, **options)

    return cast("Command", with_table)


def with_content(command: Command) -> Command:
    """Add the option that says where the content files are."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.option("--content", type=folder, default=CONTENT, help="The folder of the content files.")(command)


def with_json(command: Command) -> Command:
    """Add the option to print JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")(command)


def author_options(command: Command) -> Command:
    """Add the options that say who moves the pointer, and why."""
    note = click.option(
        "--note", required=True, callback=_seen, help="What changes and why: readers of /v1/editions see it."
    )
    by = click.option(
        "--by", default=getpass.getuser, callback=_seen, help="Who does it; else the name you are logged in with."
    )
    yes = click.option("--yes", is_flag=True, help="Do not ask.")
    return note(by(yes(command)))


def _seen(_: click.Context, __: click.Parameter, text: str) -> str:
    """Return what an editor says of a change, which stays in the history; it obeys the rules for texts."""
    if rules.is_blank(text):
        raise click.BadParameter("is blank")
    found = rules.invisible_characters(text)
    if found:
        raise click.BadParameter(f"holds {rules.code_points(found)}: use characters that a screen shows, in one line")
    return text


def _visible(text: str) -> str:
    r"""Return a line with invisible characters as escapes, for example `\x1b`.

    What comes from the table, or from files that were not checked yet, could otherwise erase what an editor is to see.
    """
    hidden = {
        ord(character): character.encode("unicode_escape").decode() for character in rules.invisible_characters(text)
    }
    return text.translate(hidden)


def _say(line: str, style: str | None = None) -> None:
    out.print(_visible(line), style=style)


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Check, publish and take back the article's content."""


@main.command("check")
@with_content
@with_json
def check_content(content: Path, *, as_json: bool) -> None:
    """Check the content files against all rules, and tell everything that breaks one."""
    with exit_on_error():
        fit = _fit(content, as_json=as_json)
        counts = {language: len(entities) for language, entities in fit.languages.items()}
        if as_json:
            _print_json({"failures": [], "languages": counts})
        else:
            for language, count in counts.items():
                _say(f"{language}: {count} entities, and every rule holds")


@main.command("diff")
@on_a_table
@with_content
@with_json
def show_diff(table: str, endpoint_url: str | None, content: Path, *, as_json: bool) -> None:
    """Show what publishing the content files would change for readers."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        after = draft(_fit(content).languages)
        seen = read_pointer(desk.table)
        found = differences(_entities(desk, seen) or {}, after.entities)
        if as_json:
            _print_json({"base": seen and seen.manifest.edition, "edition": after.edition, "differences": found})
        else:
            _show(found)


@main.command("publish")
@on_a_table
@with_content
@author_options
@click.option("--kind", type=click.Choice(get_args(ChangeKind)), required=True, help="What kind of change it is.")
@click.option("--base", help="Publish only if this edition is current: the one that the diff was made against.")
def publish_content(  # noqa: PLR0913 - each is an option of the command line
    *,
    table: str,
    endpoint_url: str | None,
    content: Path,
    note: str,
    by: str,
    yes: bool,
    kind: ChangeKind,
    base: str | None,
) -> None:
    """Publish the content files: check them, show the diff, ask, write, read back, and move the pointer."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        after = draft(_fit(content).languages)
        seen = read_pointer(desk.table)
        if base and (seen is None or seen.manifest.edition != base):
            there = seen.manifest.edition if seen else "nothing"
            raise ConflictError(f"the diff was made against {base}, and readers see {there} now. Look at it again")
        is_current = seen is not None and seen.manifest.edition == after.edition
        before = after.entities if is_current else _entities(desk, seen)
        found = differences(before or {}, after.entities)
        _show(found)
        refusal = check_change_kind(found, kind)
        if before is None and kind not in {"safety", "evidence"}:
            refusal = "a verdict or a risk may have changed, which cannot be shown. Publish it as safety or evidence"
        if refusal:
            raise RejectedError(refusal)
        _ask(f"Publish this as edition {after.edition}?", yes=yes or not found)
        with Progress(console=out, transient=True, disable=not out.is_terminal) as progress:
            task = progress.add_task("writing", total=_size(after))
            publisher = Publisher(desk.table, desk.writer, _reason(note, by), lambda done: progress.advance(task, done))
            outcome = publisher.publish(after, kind, seen)
        _tell(outcome)


@main.command("rollback")
@click.argument("edition", required=False)
@on_a_table
@author_options
def roll_back(  # noqa: PLR0913 - each is an option of the command line
    *, edition: str | None, table: str, endpoint_url: str | None, note: str, by: str, yes: bool
) -> None:
    """Make an older EDITION current again; without one, the edition before the current."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        seen = read_pointer(desk.table)
        wanted = edition or (seen.manifest.predecessor if seen else None)
        if wanted:
            older = entities_of(desk.table, desk.table.manifest(wanted))
            _show(differences(_entities(desk, seen) or {}, older))
            _ask(f"Roll back to edition {wanted}?", yes=yes)
        _tell(Publisher(desk.table, desk.writer, _reason(note, by)).roll_back(wanted, seen))


@main.command("history")
@on_a_table
@with_json
def show_history(table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Show who moved the pointer when, why, from where to where."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        pointer = read_pointer(desk.table)
        moves = desk.table.history()
        if pointer and pointer.move not in moves:
            moves.append(pointer.move)
        if as_json:
            _print_json(moves)
            return
        for move in moves:
            here = " ←" if pointer and move == pointer.move else ""
            moved = f"{move.action} {move.previous or '-'} → {move.edition}{here}"
            _say(f"{move.at:%Y-%m-%d %H:%M:%SZ}  {moved}  {move.by}: {move.note}")
        if not moves:
            out.print("Nothing was ever published.")


@main.command("show")
@click.argument("edition", required=False)
@on_a_table
@with_json
def show_edition(edition: str | None, table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Show an EDITION; without one, the current."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        pointer = read_pointer(desk.table)
        wanted = edition or (pointer.manifest.edition if pointer else None)
        if wanted is None:
            raise RejectedError("nothing was ever published")
        manifest = desk.table.manifest(wanted)
        read = entities_of(desk.table, manifest)
        if as_json:
            _print_json({"manifest": manifest, "entities": read})
            return
        is_current = " (current)" if pointer and pointer.manifest.edition == wanted else ""
        _say(f"edition {wanted}{is_current}: {manifest.kind}, {manifest.note}")
        _say(f"published {manifest.published_at:%Y-%m-%d %H:%M:%SZ} by {manifest.published_by}")
        if manifest.pruned_at:
            _say(f"pruned {manifest.pruned_at:%Y-%m-%d %H:%M:%SZ}")
        for language, entities in read.items():
            for entity in entities:
                _say(f"{language}  {entity_ref(entity)}  {title_of(entity)}")


@main.command("verify")
@on_a_table
@with_json
def verify_editions(table: str, endpoint_url: str | None, *, as_json: bool) -> None:
    """Read every edition that the history names, and tell which are not whole."""
    with exit_on_error():
        results = dict(verify(_desk(table, endpoint_url).table))
        damaged = {edition: problem for edition, problem in results.items() if problem}
        if as_json:
            _print_json(results)
        else:
            for edition, problem in results.items():
                _say(f"{edition}: {problem or 'whole'}")
    if damaged:
        sys.exit(REFUSED)


@main.command("prune")
@on_a_table
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the last editions to keep.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune_editions(table: str, endpoint_url: str | None, keep: int, *, yes: bool) -> None:
    """Delete old editions, but never the current one nor the one before it."""
    with exit_on_error():
        desk = _desk(table, endpoint_url)
        going = prunable(desk.table, keep)
        for manifest in going:
            _say(f"{manifest.edition}: {manifest.published_at:%Y-%m-%d}, {manifest.note}")
        if not going:
            _say("There is nothing to prune.")
            return
        _ask(f"Delete these {len(going)} editions?", yes=yes)
        for manifest in going:
            prune(desk.table, desk.writer, manifest, datetime.now(UTC))
            _say(f"pruned {manifest.edition}")


@main.command("create-table")
@on_a_table
def create_table(table: str, endpoint_url: str | None) -> None:
    """Create the content table: for a local endpoint, or for a first trial."""
    with exit_on_error():
        kept = _desk(table, endpoint_url).writer.create()
        _say(f"created {table}{'' if kept else ', without point-in-time recovery, which this endpoint lacks'}")


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn what can go wrong into a message and an exit code."""
    try:
        yield
    except InvalidContentError as error:
        count = len(error.violations)
        _end(REFUSED, f"{count} {'failures' if count > 1 else 'failure'}", *map(str, error.violations))
    except ConflictError as error:
        _end(LOST, str(error))
    except NotPublishedError as error:
        _end(REFUSED, f"{error}: see `history`")
    except CorruptEditionError as error:
        _end(
            REFUSED,
            f"{error}.",
            "Publishing the content of a damaged edition again repairs it; `verify` names all of them",
        )
    except (RejectedError, TableError, WriteError, BotoCoreError, ClientError) as error:
        _end(REFUSED, str(error))


def _end(code: int, *lines: str) -> NoReturn:
    for line in lines:
        click.echo(_visible(line), err=True)
    sys.exit(code)


def _desk(table: str, endpoint_url: str | None) -> TableSession:
    client = boto3.client("dynamodb", endpoint_url=endpoint_url, config=WRITE_CONFIG)
    return TableSession(Table(client, table), Writer(client, table))


def _table_of(stage: str) -> str:
    """Return the name of the content table that a stage's stack has."""
    stack, cloudformation = f"mesotherapy-evidence-{stage}", boto3.client("cloudformation")
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        where = f"There is no stack {stack} in {cloudformation.meta.region_name}."
        deploy = f"make deploy STAGE={stage} BUCKET=…"
        raise RejectedError(f"{where} Check the region, or deploy the stage: {deploy}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    if "ContentTable" not in outputs:
        raise RejectedError(f"The stack {stack} has no output ContentTable: it is {found['StackStatus']}.")
    return outputs["ContentTable"]


def _fit(folder: Path, *, as_json: bool = False) -> LoadedContent:
    try:
        return rules.validate(load(folder))
    except InvalidContentError as error:
        if as_json:
            _print_json({"failures": [msgspec.to_builtins(violation) for violation in error.violations]})
        raise


def _entities(desk: TableSession, seen: Pointer | None) -> Entities | None:
    """Return what readers see, or None, with a warning, if that edition is damaged."""
    try:
        return entities_of(desk.table, seen.manifest) if seen else {}
    except CorruptEditionError as error:
        click.echo(f"What would change cannot be shown, and all is listed as added: {error}.", err=True)
        return None


def _reason(note: str, by: str) -> Author:
    return Author(note, by, datetime.now(UTC))


def _size(made: EditionDraft) -> int:
    return sum(len(items) + 1 for items in made.items.values())


def _ask(question: str, *, yes: bool) -> None:
    if not yes and not click.confirm(_visible(question)):
        _end(REFUSED, "Nothing was done.")


def _tell(outcome: PublishResult) -> None:
    edition = outcome.pointer.manifest.edition
    said = {
        "published": f"Readers see edition {edition} from now on.",
        "rolled-back": f"Readers see edition {edition} again.",
        "repaired": f"Edition {edition} was damaged, and is repaired.",
        "unchanged": f"Readers see edition {edition} already: nothing was done.",
    }
    _say(said[outcome.status])


def _print_json(data: object) -> None:
    # In ASCII, because a terminal obeys some other characters, and one in ASCII: json.dumps leaves DEL as it is.
    click.echo(json.dumps(msgspec.to_builtins(data), indent=2).replace("\x7f", "\\u007f"))


def _show(found: list[EntityDiff]) -> None:
    if not found:
        _say("Nothing would change for readers.")
        return
    verdicts = [difference for difference in found if difference.verdicts]
    if verdicts:
        _say("Verdicts and seriousness", "bold")
        for difference in verdicts:
            for field in difference.verdicts:
                _say_change(f"  {difference.title} ({difference.language}): {field.place}", field)
    for language in sorted({difference.language for difference in found}):
        _say(language, "bold")
        for difference in found:
            if difference.language == language:
                _say(f"  {difference.action} {difference.entity}: {difference.title}")
                if difference.action == "changed":
                    for field in difference.fields:
                        _say_change(f"    {field.place}", field)


def _say_change(place: str, field: FieldDiff) -> None:
    old, new = _said(field.before), _said(field.after)
    if len(old) + len(new) <= NEXT_LINE:
        _say(f"{place} {old} → {new}")
    else:
        for line in (place, f"      - {old}", f"      + {new}"):
            _say(line)


def _said(value: object) -> str:
    if value is None:
        return "(nothing)"
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
