"""What the editor's commands print.

Texts come from the table, or from files not yet checked. A terminal would obey some invisible characters in them, and
could erase what the editor must see. So everything is printed with those characters escaped.
"""

import json
from collections.abc import Sequence

import click
import msgspec
from rich.console import Console

from chalicelib.content.editions import Manifest, Pointer, PointerMove
from chalicelib.content.model import entity_ref
from editorial import rules
from editorial.diff import Entities, EntityDiff, FieldDiff, title_of
from editorial.publishing import PublishResult

MAX_INLINE = 70  # characters; a longer pair of values gets a line for each

CONSOLE = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)


def escape(text: str) -> str:
    r"""Return the text with invisible characters as escapes, for example `\x1b`."""
    escapes = {
        ord(character): character.encode("unicode_escape").decode() for character in rules.invisible_characters(text)
    }
    return text.translate(escapes)


def say(line: str, style: str | None = None) -> None:
    """Print one line."""
    CONSOLE.print(escape(line), style=style)


def say_errors(*lines: str) -> None:
    """Print lines to standard error."""
    for line in lines:
        click.echo(escape(line), err=True)


def print_json(data: object) -> None:
    """Print data as JSON, in ASCII without DEL, which `json.dumps` does not escape."""
    click.echo(json.dumps(msgspec.to_builtins(data), indent=2).replace("\x7f", "\\u007f"))


def show_diffs(diffs: Sequence[EntityDiff]) -> None:
    """Print differences by language, after the changes of verdicts and seriousness."""
    if not diffs:
        say("Nothing would change for readers.")
        return
    with_verdicts = [diff for diff in diffs if diff.verdicts]
    if with_verdicts:
        say("Verdicts and seriousness", "bold")
        for diff in with_verdicts:
            for field in diff.verdicts:
                _show_field(f"  {diff.title} ({diff.language}): {field.place}", field)
    for language in sorted({diff.language for diff in diffs}):
        say(language, "bold")
        for diff in diffs:
            if diff.language == language:
                say(f"  {diff.action} {diff.entity}: {diff.title}")
                if diff.action == "changed":
                    for field in diff.fields:
                        _show_field(f"    {field.place}", field)


def show_result(result: PublishResult) -> None:
    """Print what publishing or rolling back did."""
    edition = result.pointer.manifest.edition
    logged = f" The change log lists this roll back as {result.kind}." if result.kind else ""
    lines = {
        "published": f"Readers see edition {edition} from now on.",
        "rolled-back": f"Readers see edition {edition} again.{logged}",
        "repaired": f"Edition {edition} was damaged, and is repaired.",
        "unchanged": f"Readers see edition {edition} already: nothing was done.",
    }
    say(lines[result.status])
    if result.log_restarted:
        say(
            f"The change log of edition {result.pointer.move.previous} could not be read, so a new one begins here."
            " Apps will fetch the bundle."
        )


def show_moves(moves: Sequence[PointerMove], pointer: Pointer | None) -> None:
    """Print moves of the pointer, with an arrow at the one that made today's edition current."""
    for move in moves:
        mark = " ←" if pointer and move == pointer.move else ""
        path = f"{move.action} {move.previous or '-'} → {move.edition}{mark}"
        say(f"{move.at:%Y-%m-%d %H:%M:%SZ}  {path}  {move.by}: {move.note}")
    if not moves:
        say("Nothing was ever published.")


def show_edition(manifest: Manifest, entities_by_language: Entities, *, is_current: bool) -> None:
    """Print an edition's manifest and the titles of its entities."""
    mark = " (current)" if is_current else ""
    say(f"edition {manifest.edition}{mark}: {manifest.kind}, {manifest.note}")
    say(f"published {manifest.published_at:%Y-%m-%d %H:%M:%SZ} by {manifest.published_by}")
    if manifest.pruned_at:
        say(f"pruned {manifest.pruned_at:%Y-%m-%d %H:%M:%SZ}")
    for language, entities in entities_by_language.items():
        for entity in entities:
            say(f"{language}  {entity_ref(entity)}  {title_of(entity)}")


def _show_field(label: str, field: FieldDiff) -> None:
    old, new = _format(field.before), _format(field.after)
    if len(old) + len(new) <= MAX_INLINE:
        say(f"{label} {old} → {new}")
    else:
        for line in (label, f"      - {old}", f"      + {new}"):
            say(line)


def _format(value: object) -> str:
    if value is None:
        return "(nothing)"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "(none)"
    return str(value)
