"""The editor's command line: what it prints, what it does to the table, and its exit codes."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner, Result
from msgspec import structs

from chalicelib.content.table import Table, TableUnavailableError
from editorial.cli import main
from editorial.diff import check_change_kind, differences
from editorial.loading import LoadedContent, load
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from tests.conftest import NAME, ROOT, isolate, restore
from tests.store.small import small
from tests.support.dynamodb import FakeDynamoDB, Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Run = Callable[..., Result]


@pytest.fixture
def run(client: "DynamoDBClient", folder: Path) -> Run:
    """Run a command on the copy of the content and the table of this test."""

    def run_command(*arguments: str, answer: str | None = None) -> Result:
        words = list(arguments)
        if words[0] in {"check", "diff", "publish"}:
            words += ["--content", str(folder)]
        if words[0] != "check":
            words += ["--table", NAME, "--endpoint-url", client.meta.endpoint_url]
        # So narrow a terminal shows any output that depends on its width.
        return CliRunner().invoke(main, words, input=answer, env={"COLUMNS": "20"})

    return run_command


@pytest.fixture(scope="session")
def published_by_ada(dynamodb_of_all_tests: FakeDynamoDB) -> Tables:
    """A table into which a command published the shipped content, to be restored from."""
    fake = dynamodb_of_all_tests
    fake.tables.clear()
    Writer(cast("DynamoDBClient", fake), NAME).create()
    words = ["publish", "--note", "First edition", "--kind", "evidence", "--by", "ada", "--yes"]
    where = ["--content", str(ROOT / "content"), "--table", NAME, "--endpoint-url", fake.meta.endpoint_url]
    with pytest.MonkeyPatch.context() as monkeypatch:
        isolate(monkeypatch)
        result = CliRunner().invoke(main, words + where)
    assert result.exit_code == 0, result.output
    return copy.deepcopy(fake.tables)


@pytest.fixture
def first(published_by_ada: Tables, client: "DynamoDBClient", table: Table) -> str:
    """The name of the first edition, which is published."""
    restore(client, published_by_ada)
    return table.pointer().manifest.edition


def change(folder: Path, old: str, new: str, file: str = "words/en.yaml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def hidden_in(text: str) -> set[str]:
    """Return the characters in lines of text that a terminal would obey or not show."""
    return {character for line in text.split("\n") for character in line if not character.isprintable()}


def loaded(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_check_counts_entities(run: Run, content: LoadedContent) -> None:
    counts = {language: len(entities) for language, entities in content.languages.items()}
    assert run("check").output == "".join(
        f"{language}: {count} entities, and every rule holds\n" for language, count in counts.items()
    )
    assert loaded(run("check", "--json")) == {"failures": [], "languages": counts}


def test_check_lists_every_violation(run: Run, folder: Path) -> None:
    change(folder, "    name: Swelling\n", "")
    change(folder, "paragraphs: [3]", "paragraphs: [0]", "facts.yaml")
    facts, words = (
        (folder / file).read_text(encoding="utf-8").splitlines() for file in ("facts.yaml", "words/en.yaml")
    )
    paragraphs, swelling = facts.index("    paragraphs: [0]") + 1, words.index("  swelling:") + 1
    result = run("check")
    assert result.exit_code == 1
    assert result.stderr == (
        "2 failures\n"
        f"facts.yaml:{paragraphs}: benefits.minimally-invasive.paragraphs: must fit: Expected `int` >= 1 (found: [0])\n"
        f"words/en.yaml:{swelling}: risks.swelling.name: is missing\n"
    )
    json_result = run("check", "--json")
    assert json_result.exit_code == 1
    assert [failure["file"] for failure in json.loads(json_result.stdout)["failures"]] == [
        "facts.yaml",
        "words/en.yaml",
    ]


@pytest.mark.usefixtures("table")
def test_invalid_content_is_not_published(run: Run, folder: Path, client: "DynamoDBClient") -> None:
    change(folder, "line: It can cause swelling.", f"line: It can {'really ' * 30}cause swelling.")
    result = run("publish", "--note", "n", "--kind", "wording", "--yes")
    assert result.exit_code == 1
    assert "risks.swelling.line: must have at most 160 characters: shorten it (found: 303 characters)" in result.stderr
    assert client.scan(TableName=NAME)["Items"] == []


def test_diff_without_changes(run: Run, first: str) -> None:
    assert run("diff").output == "Nothing would change for readers.\n"
    assert loaded(run("diff", "--json")) == {"base": first, "edition": first, "differences": []}


@pytest.mark.usefixtures("first")
def test_diff_shows_what_readers_would_see(run: Run, folder: Path) -> None:
    change(folder, "name: Bruising", "name: Bruises")
    change(folder, "    effectiveness: limited-evidence", "    effectiveness: effective-in-some-cases", "facts.yaml")
    result = run("diff")
    assert (result.exit_code, result.output) == (
        0,
        "Verdicts and seriousness\n"
        "  Hair loss (en): effectiveness.code limited-evidence → effective-in-some-cases\n"
        "en\n"
        "  changed concern/hair-loss: Hair loss\n"
        "    effectiveness.code limited-evidence → effective-in-some-cases\n"
        "    effectiveness.label\n"
        "      - The article says: limited evidence\n"
        "      + The article says: effective in some cases\n"
        "  changed risk/bruising: Bruises\n"
        "    name Bruising → Bruises\n",
    )
    assert loaded(run("diff", "--json"))["differences"][1] == {
        "language": "en",
        "entity": "risk/bruising",
        "title": "Bruises",
        "action": "changed",
        "fields": [{"place": "name", "before": "Bruising", "after": "Bruises"}],
    }


@pytest.mark.usefixtures("first")
def test_diff_names_sentences_by_id(run: Run, folder: Path) -> None:
    """A moved, a changed and an added sentence."""
    moved = "        expert-statement-lists: [mammucari-2025]\n"
    after = "        french-drug-bulletin: [prescrire-2015]\n"
    change(folder, moved + after, f"{after}        we-read-on: []\n{moved}", "facts.yaml")
    first = "        expert-statement-lists: An expert statement lists mild pain and bruising from the needle.\n"
    second = "        french-drug-bulletin: A French drug bulletin lists bruises among the local reactions.\n"
    changed = f"{second.replace(': A', ': One')}        we-read-on: We read on.\n{first}"
    change(folder, first + second, changed)
    place = "literature.sentences"
    assert run("diff").output == (
        "en\n"
        "  changed risk/bruising: Bruising\n"
        f"    {place}\n"
        "      - expert-statement-lists, french-drug-bulletin, uk-doctors-reported, we-found-no\n"
        "      + french-drug-bulletin, we-read-on, expert-statement-lists, uk-doctors-reported, we-found-no\n"
        f"    {place}.french-drug-bulletin.text\n"
        "      - A French drug bulletin lists bruises among the local reactions.\n"
        "      + One French drug bulletin lists bruises among the local reactions.\n"
        "    literature.sources\n"
        "      - mammucari-2025, prescrire-2015, palmer-2006\n"
        "      + prescrire-2015, mammucari-2025, palmer-2006\n"
        f"    {place}.we-read-on.text (nothing) → We read on.\n"
        f"    {place}.we-read-on.sources (nothing) → (none)\n"
    )


def test_publish_asks_first(run: Run, folder: Path, table: Table, first: str) -> None:
    change(folder, "name: Minimally invasive", "name: Little invasive")
    refused = run("publish", "--note", "Clearer", "--kind", "wording", answer="n\n")
    assert (refused.exit_code, table.pointer().manifest.edition) == (1, first)
    assert "name Minimally invasive → Little invasive" in refused.output
    assert refused.stderr == "Nothing was done.\n"

    done = run("publish", "--note", "Clearer", "--kind", "wording", "--by", "ada", answer="y\n")
    edition = table.pointer().manifest.edition
    assert done.exit_code == 0
    assert done.output.endswith(f"Readers see edition {edition} from now on.\n")
    assert table.pointer().move.by == "ada"


def test_publishing_twice_does_nothing(run: Run, first: str) -> None:
    result = run("publish", "--note", "n", "--kind", "wording")
    assert result.exit_code == 0
    assert (
        result.output == f"Nothing would change for readers.\nReaders see edition {first} already: nothing was done.\n"
    )


VERDICT = ("facts.yaml", "effectiveness: limited-evidence", "effectiveness: effective-in-some-cases")
SERIOUSNESS = ("facts.yaml", "seriousness: rare-serious", "seriousness: side-effect")


@pytest.mark.parametrize(
    ("edit", "kind", "message"),
    [
        (VERDICT, "wording", "concern/hair-loss (en) is changed"),
        (VERDICT, "translation", "concern/hair-loss (en) is changed"),
        (SERIOUSNESS, "wording", "risk/scarring (en) is changed"),
        (("words/en.yaml", "name: Scarring", "name: Scars"), "wording", "risk/scarring (en) is changed"),
    ],
)
@pytest.mark.usefixtures("first")
def test_verdicts_and_risks_need_their_kind(
    run: Run, folder: Path, edit: tuple[str, str, str], kind: str, message: str
) -> None:
    """They are never published as wording or translation."""
    file, old, new = edit
    change(folder, old, new, file)
    result = run("publish", "--note", "n", "--kind", kind, "--yes")
    assert result.exit_code == 1
    assert message in result.stderr
    assert run("publish", "--note", "n", "--kind", "evidence", "--yes").exit_code == 0


@pytest.mark.usefixtures("first")
def test_a_new_language_is_a_translation(run: Run, folder: Path) -> None:
    spanish = (folder / "words" / "en.yaml").read_text(encoding="utf-8")
    (folder / "words" / "es.yaml").write_text(spanish.replace("translation: source", "translation: unchecked"))
    assert run("publish", "--note", "Spanish", "--kind", "translation", "--yes").exit_code == 0


def test_a_stale_base_exits_with_3(run: Run, folder: Path, first: str) -> None:
    change(folder, "name: Minimally invasive", "name: Little invasive")
    result = run("publish", "--note", "n", "--kind", "wording", "--yes", "--base", "0123456789abcdef")
    assert result.exit_code == 3
    assert first in result.stderr
    assert run("publish", "--note", "n", "--kind", "wording", "--yes", "--base", first).exit_code == 0


def test_rollback_is_shown_and_recorded(run: Run, folder: Path, table: Table, first: str) -> None:
    change(folder, "name: Minimally invasive", "name: Little invasive")
    assert run("publish", "--note", "Clearer", "--kind", "wording", "--by", "ada", "--yes").exit_code == 0
    second = table.pointer().manifest.edition
    result = run("rollback", "--note", "It was wrong", "--by", "bob", answer="y\n")
    assert result.exit_code == 0
    assert "name Little invasive → Minimally invasive" in result.output
    assert result.output.endswith(
        f"Readers see edition {first} again. The change log lists this roll back as wording.\n"
    )

    history = loaded(run("history", "--json"))
    assert [(move.get("previous"), move["edition"], move["action"], move["by"], move["note"]) for move in history] == [
        (None, first, "publish", "ada", "First edition"),
        (first, second, "publish", "ada", "Clearer"),
        (second, first, "roll-back", "bob", "It was wrong"),
    ]
    output = run("history").output
    assert f"{first} ←" in output.splitlines()[-1]
    assert "It was wrong" in output


def test_publishing_succeeds_if_nothing_can_be_read_after(
    run: Run, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the pointer has moved, the command reads no more."""

    def fail(*_: object) -> None:
        raise TableUnavailableError("no answer")

    move_pointer = Writer.move_pointer

    def move_then_fail(self: Writer, *arguments: Any) -> None:
        move_pointer(self, *arguments)
        for name in ("pointer_document", "edition_content", "change_log"):
            failing.setattr(Table, name, fail)

    with monkeypatch.context() as failing:
        failing.setattr(Writer, "move_pointer", move_then_fail)
        result = run("publish", "--note", "n", "--kind", "evidence", "--yes")
    assert result.exit_code == 0, result.stderr
    assert table.pointer().manifest.edition in result.stdout


def test_show_and_verify_an_edition(run: Run, first: str, content: LoadedContent) -> None:
    output = run("show").output
    assert output.startswith(f"edition {first} (current): evidence, First edition\n")
    assert "en  concern/cellulite  Cellulite\n" in output
    shown = loaded(run("show", first, "--json"))["entities"]
    assert {language: len(entities) for language, entities in shown.items()} == {
        language: len(entities) for language, entities in content.languages.items()
    }
    assert run("verify").output == f"{first}: intact\n"
    assert loaded(run("verify", "--json")) == {first: None}


def test_verify_exits_with_1_on_damage(run: Run, client: "DynamoDBClient", first: str, content: LoadedContent) -> None:
    count = len(content.languages["en"])
    client.delete_item(
        TableName=NAME, Key={"pk": {"S": f"EDITION#{first}#en"}, "sk": {"S": "CONCERN#000000#cellulite"}}
    )
    result = run("verify")
    assert result.exit_code == 1
    assert result.output == (
        f"{first}: edition {first} is not complete in en: count and digest of its items differ from its manifest"
        f" ({count - 1} items found, {count} expected)\n"
    )
    assert run("show").exit_code == 1


@pytest.fixture
def damaged(client: "DynamoDBClient", first: str, content: LoadedContent) -> str:
    """The message about the current edition, which lacks one of its items."""
    key = {"pk": {"S": f"EDITION#{first}#en"}, "sk": {"S": "CONCERN#000000#cellulite"}}
    client.delete_item(TableName=NAME, Key=key)
    count = len(content.languages["en"])
    return (
        f"edition {first} is not complete in en: count and digest of its items differ from its manifest"
        f" ({count - 1} items found, {count} expected)"
    )


@pytest.mark.usefixtures("damaged")
def test_publish_reports_a_repair(run: Run, first: str) -> None:
    result = run("publish", "--note", "n", "--kind", "wording")
    assert (result.exit_code, result.output) == (
        0,
        f"Nothing would change for readers.\nEdition {first} was damaged, and is repaired.\n",
    )
    assert run("verify").output == f"{first}: intact\n"
    assert "repair" in run("history").output.splitlines()[-1]


def test_damage_needs_a_serious_kind(run: Run, folder: Path, damaged: str) -> None:
    change(folder, "name: Minimally invasive", "name: Little invasive")
    warning = f"What would change cannot be shown, and all is listed as added: {damaged}.\n"
    for kind in ("wording", "translation"):
        refused = run("publish", "--note", "n", "--kind", kind, "--yes")
        assert (refused.exit_code, refused.stderr) == (
            1,
            f"{warning}a verdict or a risk may have changed, which cannot be shown. Publish it as safety or evidence\n",
        )
    done = run("publish", "--note", "n", "--kind", "evidence", "--yes")
    assert (done.exit_code, done.stderr) == (0, warning)
    assert "added benefit/minimally-invasive: Little invasive" in done.stdout


def test_no_rollback_to_damage(
    run: Run, folder: Path, table: Table, client: "DynamoDBClient", content: LoadedContent
) -> None:
    count = len(content.languages["en"])
    assert run("publish", "--note", "n", "--kind", "evidence", "--yes").exit_code == 0
    first = table.pointer().manifest.edition
    change(folder, "name: Minimally invasive", "name: Little invasive")
    assert run("publish", "--note", "n", "--kind", "wording", "--yes").exit_code == 0
    client.delete_item(
        TableName=NAME, Key={"pk": {"S": f"EDITION#{first}#en"}, "sk": {"S": "CONCERN#000000#cellulite"}}
    )
    result = run("rollback", "--note", "n", "--yes")
    assert (result.exit_code, result.stderr) == (
        1,
        f"edition {first} is not complete in en: count and digest of its items differ from its manifest"
        f" ({count - 1} items found, {count} expected).\n"
        "Publishing the content of a damaged edition again repairs it; `verify` names all of them\n",
    )


def test_prune_asks_and_keeps_two(run: Run, folder: Path, first: str) -> None:
    for name in ("One", "Two"):
        change(folder, "name: Minimally invasive" if name == "One" else "name: One", f"name: {name}")
        assert run("publish", "--note", name, "--kind", "wording", "--yes").exit_code == 0
    assert run("prune", "--keep", "1", answer="n\n").exit_code == 1
    result = run("prune", "--keep", "1", answer="y\n")
    assert result.exit_code == 0
    assert f"pruned {first}\n" in result.output
    assert run("prune", "--keep", "1").output == "There is nothing to prune.\n"
    assert "pruned" in run("show", first).output
    refused = run("rollback", first, "--note", "n", "--yes")
    assert (refused.exit_code, refused.output) == (1, f"edition {first} was pruned, so it cannot be current again\n")


def test_an_endpoint_that_is_no_url_is_named(environment: None) -> None:  # noqa: ARG001 - for its effect
    result = CliRunner().invoke(main, ["history", "--table", NAME, "--endpoint-url", "localhost:8000"])
    assert result.exit_code == 2
    assert "'localhost:8000' is no URL" in result.stderr


EVIL = "\x1b[A\x1b[J\u202e\x7f\n:bomb: [red]"  # moves up and erases lines, then reverses the direction of text
ESCAPED = r"\x1b[A\x1b[J\u202e\x7f\n:bomb: [red]"


@pytest.fixture
def evil(table: Table, client: "DynamoDBClient") -> str:
    """The name of the first of three editions that were written without the command line's checks."""
    publish = Publisher(table, Writer(client, NAME), Author(EVIL, EVIL, datetime(2026, 11, 22, tzinfo=UTC))).publish
    for mark in ("1", "2", "3"):
        publish(small(f"{mark}{EVIL}"), "safety", read_pointer(table))
    return table.history()[0].edition


def test_texts_of_the_table_are_escaped(run: Run, evil: str) -> None:
    for command in (
        ("diff",),
        ("publish", "--note", "n", "--kind", "safety", "--yes", "--base", EVIL),
        ("publish", "--note", "n", "--kind", "safety"),
        ("rollback", "--note", "n"),
        ("history",),
        ("show",),
        ("show", evil),
        ("show", EVIL),
        ("prune", "--keep", "1"),
    ):
        result = run(*command, answer="n\n")
        assert not hidden_in(result.output), command
        assert ESCAPED in result.output, command


def test_json_is_printed_in_ascii(run: Run, evil: str, folder: Path) -> None:
    for command in (("diff",), ("history",), ("show", evil), ("verify",)):
        result = run(*command, "--json")
        assert result.exit_code == 0
        assert result.output.isascii()
        assert not hidden_in(result.output), command
    assert loaded(run("history", "--json"))[0]["note"] == EVIL
    change(folder, "name: Bruising", 'name: "\\e[A"')
    assert json.loads(run("check", "--json").stdout)["failures"][0]["value"] == "U+001B"


@pytest.mark.usefixtures("evil")
def test_table_errors_are_escaped(run: Run, table: Table, client: "DynamoDBClient") -> None:
    pointer = table.pointer()
    lost = structs.replace(pointer.move, edition=EVIL, at=pointer.move.at - timedelta(days=1))
    Writer(client, NAME).put_history(lost)
    for command in ("verify", "prune"):
        result = run(command, *(("--keep", "1") if command == "prune" else ()))
        assert result.exit_code == 1
        assert not hidden_in(result.output), command
        assert ESCAPED in result.output, command


def test_violations_are_escaped(run: Run, folder: Path) -> None:
    line = len((folder / "facts.yaml").read_text(encoding="utf-8").splitlines()) + 1
    with (folder / "facts.yaml").open("a", encoding="utf-8") as end:
        end.write('"\\e[A\\e[J\\u202E\\x7F\\n:bomb: [red]": {}\n')
    result = run("check")
    assert result.exit_code == 1
    assert not hidden_in(result.stderr)
    assert f"facts.yaml:{line}: {ESCAPED}: must be one of" in result.stderr


@pytest.mark.usefixtures("table")
def test_notes_have_no_hidden_characters(run: Run, client: "DynamoDBClient") -> None:
    for option, (text, message) in product(
        ("--note", "--by"),
        {
            "\x1b[A": "holds U+001B",
            "a\nb": "holds U+000A",
            "a\u202eb": "holds U+202E",
            "a\udcffb": "holds U+DCFF",
            " ": "is blank",
            "": "is blank",
        }.items(),
    ):
        result = run("publish", "--kind", "safety", "--yes", "--note", "n", "--by", "ada", option, text)
        assert result.exit_code == 2
        assert f"Invalid value for '{option}': {message}" in result.stderr
    assert client.scan(TableName=NAME)["Items"] == []


def test_a_table_is_created_once(run: Run) -> None:
    assert run("create-table").output.startswith(f"created {NAME}")
    again = run("create-table")
    assert (again.exit_code, again.stderr) == (1, f"table {NAME} exists already; nothing was changed\n")


def test_commands_on_an_empty_table(run: Run, table: Table) -> None:  # noqa: ARG001 - the table must be there
    assert run("history").output == "Nothing was ever published.\n"
    assert run("show").stderr == "nothing was ever published\n"
    rollback = run("rollback", "--note", "n")
    assert (rollback.exit_code, rollback.stderr) == (
        1,
        "nothing was ever published: there is nothing to roll back to\n",
    )


def test_a_missing_table_is_named(run: Run) -> None:
    result = run("diff")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"table {NAME} cannot be used: ")


def test_wrong_usage_exits_with_2(run: Run) -> None:
    assert run("publish", "--kind", "joke", "--note", "n").exit_code == 2
    assert run("publish", "--kind", "wording").exit_code == 2


# What a kind of change must not hide: the file, what is replaced there, and the kind that is refused.
HIDDEN_CHANGES = [
    ("words/en.yaml", "Infections and one fatal allergic shock are reported.", "Infections are reported.", "wording"),
    ("words/en.yaml", "Generally considered safe.", "Generally seen as safe.", "wording"),
    ("facts.yaml", "comparison: less-favourable", "comparison: needs-qualification", "wording"),
    ("facts.yaml", "comparison: less-favourable", "comparison: needs-qualification", "translation"),
    ("facts.yaml", "french-drug-bulletin: [prescrire-2015]", "french-drug-bulletin: [daniau-2022]", "translation"),
    ("sources.yaml", "about_harm: no-harm-seen", "about_harm: reports-harm", "wording"),
    ("words/en.yaml", "name: Cellulite", "name: Cellulites", "translation"),
]


@pytest.mark.parametrize(("file", "old", "new", "kind"), HIDDEN_CHANGES)
def test_a_kind_hides_nothing(folder: Path, file: str, old: str, new: str, kind: str) -> None:
    before = load(folder).languages
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    diffs = differences(before, load(folder).languages)
    assert diffs
    assert check_change_kind(diffs, kind, {"en"})
    assert check_change_kind(diffs, "safety", {"en"}) is None


def test_better_words_are_wording(folder: Path) -> None:
    before = load(folder).languages
    text = (folder / "words" / "en.yaml").read_text(encoding="utf-8")
    (folder / "words" / "en.yaml").write_text(text.replace("name: Cellulite", "name: Cellulites", 1), encoding="utf-8")
    assert check_change_kind(differences(before, load(folder).languages), "wording", {"en"}) is None
