"""What an editor can do about editions that an older release published."""

import json
from typing import TYPE_CHECKING

import pytest

from chalicelib.content.table import OutdatedEditionError, Table
from editorial.publishing import verify
from editorial.writer import Writer
from tests.store.format_1 import MESSAGE, OLD, OLDER, put_old_editions
from tests.store.small import small
from tests.store.test_cli import Run, run
from tests.store.test_publishing import publish, roll_back

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["run"]  # a fixture


@pytest.fixture(autouse=True)
def _old_editions(client: "DynamoDBClient", table: Table) -> None:  # noqa: ARG001 - the table must be there
    put_old_editions(client)


def test_verify_names_an_older_format(run: Run) -> None:
    result = run("verify")
    assert (result.exit_code, result.output) == (
        1,
        "".join(f"{edition}: {MESSAGE.format(edition)}\n" for edition in (OLDER, OLD)),
    )


def test_publishing_replaces_an_older_format(run: Run, table: Table) -> None:
    """What would change cannot be shown, so it may be safety or evidence, not wording."""
    warning = f"What would change cannot be shown, and all is listed as added: {MESSAGE.format(OLD)}.\n"
    for kind in ("wording", "translation"):
        refused = run("publish", "--note", "n", "--kind", kind, "--yes")
        assert (refused.exit_code, refused.stderr.partition("\n")[0] + "\n") == (1, warning)
        assert refused.stderr.endswith("which cannot be shown. Publish it as safety or evidence\n")
    assert table.pointer().manifest.edition == OLD
    done = run("publish", "--note", "n", "--kind", "evidence", "--yes")
    assert (done.exit_code, done.stderr) == (0, warning)
    assert done.stdout.endswith(
        f"The change log of edition {OLD} could not be read, so a new one begins here. Apps will fetch the bundle.\n"
    )
    manifest = table.pointer().manifest
    assert (manifest.predecessor, manifest.format) == (OLD, 2)
    assert dict(verify(table))[manifest.edition] is None
    assert run("diff").output == "Nothing would change for readers.\n"


def test_no_rollback_to_an_older_format(run: Run, table: Table) -> None:
    refused = run("rollback", OLDER, "--note", "n", "--yes")
    assert (refused.exit_code, refused.output) == (1, f"{MESSAGE.format(OLDER)}\n")
    assert run("publish", "--note", "n", "--kind", "evidence", "--yes").exit_code == 0
    current = table.pointer()
    refused = run("rollback", "--note", "n", "--yes")
    assert (refused.exit_code, refused.output) == (1, f"{MESSAGE.format(OLD)}\n")
    assert table.pointer() == current


def test_nothing_moves_to_an_older_format(table: Table, writer: Writer) -> None:
    """Nor without the command line's checks."""
    current = publish(table, writer, small("new")).pointer
    with pytest.raises(OutdatedEditionError, match=MESSAGE.format(OLD)):
        roll_back(table, writer)
    with pytest.raises(OutdatedEditionError, match=MESSAGE.format(OLDER)):
        roll_back(table, writer, OLDER)
    assert table.pointer() == current


def test_an_older_format_can_be_pruned(run: Run, table: Table, writer: Writer) -> None:
    publish(table, writer, small("one"))
    publish(table, writer, small("two"))
    result = run("prune", "--keep", "1", answer="y\n")
    assert result.exit_code == 0, result.output
    assert all(f"pruned {edition}\n" in result.output for edition in (OLDER, OLD))
    assert {problem for _, problem in verify(table)} == {None}
    assert json.loads(run("history", "--json").stdout)[0]["edition"] == OLDER
