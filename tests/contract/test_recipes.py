"""The recipes of docs/recipes keep up with a real server: a publication, a safety change, a roll back, no answer."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.content.model import ChangeKindCode, Entity, Risk
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from operations.local_server import local_server
from tests.conftest import PUBLISHED, ROOT, new_instance
from tests.contract.conftest import CREDENTIALS, REGION, filled
from tests.support.bridge import bridge
from tests.support.recipes import RECIPES, recipe

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "recipes"
# Runs one step of the app in TypeScript, with a file in place of localStorage, and prints what the app has then.
STEP = """
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { App } from "./offline.js";
const [root, file, step] = process.argv.slice(2);
const store = {
  getItem: () => (existsSync(file) ? readFileSync(file, "utf8") : null),
  setItem: (_, text) => writeFileSync(file, text),
};
const app = new App(root, store);
const result = await app[step]();
console.log(JSON.stringify({ result, stored: app.stored, shown: app.stored ? app.show("/v1/risks") : "" }));
"""


@dataclass
class Step:
    """What a step returned, and what the app has and shows after it."""

    result: Any
    stored: dict[str, Any]
    shown: str


Run = Callable[[str, str, str], Step]


@pytest.fixture(scope="module")
def python_app(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder, module = tmp_path_factory.mktemp("python"), recipe("offline")

    def run(root: str, name: str, step: str) -> Step:
        app = module.App(root, folder / f"{name}.json")
        result = getattr(app, step)()
        return Step(result, app.stored, app.show("/v1/risks"))

    return run


@pytest.fixture(scope="module")
def typescript_app(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder, node = tmp_path_factory.mktemp("typescript"), shutil.which("node")
    compiler = ROOT / ".venv" / "node" / "node_modules" / ".bin" / "tsc"
    if node is None or not compiler.exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs node and npm: `make setup` installs tsc with it")
        pytest.skip("node or npm is not here, so `make setup` did not install tsc")
    shutil.copy(RECIPES / "offline.ts", folder)
    strict = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "es2022"]
    command = [compiler, *strict, "--lib", "es2022,dom", "offline.ts"]
    compiled = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (compiled.returncode, compiled.stdout) == (0, "")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "step.js").write_text(STEP)

    def run(root: str, name: str, step: str) -> Step:
        names = {"sync_whole": "syncWhole"}
        command = [node, "step.js", root, f"{name}.json", names.get(step, step)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        printed = json.loads(done.stdout)
        return Step(printed.get("result"), printed["stored"], printed["shown"])

    return run


@pytest.fixture(params=["python_app", "typescript_app"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


class Desk:
    """An editor of the server's table."""

    def __init__(self, address: str, content: LoadedContent) -> None:
        self.client: DynamoDBClient = boto3.client(
            "dynamodb",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",  # noqa: S106 - moto takes anything
        )
        self.table, self.writer = Table(self.client, TABLE), Writer(self.client, TABLE)
        self.entities = content.languages["en"]

    def publish(self, entities: tuple[Entity, ...], kind: ChangeKindCode, note: str) -> None:
        self._publisher(note).publish(draft({"en": entities}), kind, read_pointer(self.table))

    def roll_back(self, note: str) -> None:
        self._publisher(note).roll_back(None, read_pointer(self.table))

    def _publisher(self, note: str) -> Publisher:
        return Publisher(self.table, self.writer, Author(note, "editor", PUBLISHED))


@pytest.fixture
def desk(dynamodb: str, content: LoadedContent) -> Iterator[Desk]:
    filled(dynamodb, TABLE, content)
    desk = Desk(dynamodb, content)
    yield desk
    desk.client.delete_table(TableName=TABLE)


@pytest.fixture(scope="module")
def server(dynamodb: str) -> Iterator[str]:
    """The address of `chalice local` over the editor's table, which it reads again for every request."""
    environment = {"CONTENT_TABLE": TABLE, "AWS_ENDPOINT_URL": dynamodb, "CONTENT_REFRESH_SECONDS": "0"}
    with local_server("--no-autoreload", "--stage", "production", **CREDENTIALS, **environment) as address:
        yield address


def heard(server: str, file: Path) -> tuple[int, str]:
    command = [sys.executable, RECIPES / "safety.py", server, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def with_other_line(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    return tuple(
        structs.replace(it, line="Another line.") if isinstance(it, Risk) and it.id == "bruising" else it
        for it in entities
    )


def without_scarring(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    return tuple(it for it in entities if not (isinstance(it, Risk) and it.id == "scarring"))


def test_apps_follow_every_change(run: Run, server: str, desk: Desk, tmp_path: Path) -> None:
    """In parts, to the same state as whole; and each thing shown has its attribution and disclaimer."""
    meta = run(server, "app", "sync").stored["meta"]
    assert heard(server, tmp_path / "heard") == (0, "No safety change.\n")

    def check_synced(name: str) -> str:
        parts, whole = run(server, "app", "sync"), run(server, name, "sync_whole")
        assert parts.stored | {"etag": ""} == whole.stored | {"etag": ""}
        assert (parts.stored["etag"], parts.shown) == ("", whole.shown)  # it did come in parts
        assert parts.shown.endswith(f"{meta['attribution']}\n{meta['disclaimer']}")
        assert run(server, "app", "superseded").result == ""
        return parts.shown

    desk.publish(with_other_line(desk.entities), "wording", "Another line")
    assert "A change of wording" in run(server, "app", "superseded").result
    assert heard(server, tmp_path / "heard") == (0, "No safety change.\n")
    assert "Another line." in check_synced("one")

    desk.publish(without_scarring(desk.entities), "safety", "Scarring is gone")
    assert run(server, "app", "superseded").result == "A change that matters for safety"
    code, said = heard(server, tmp_path / "heard")
    assert (code, said) == (1, f"2026-11-24: Scarring is gone\n{meta['disclaimer']}\n")
    assert heard(server, tmp_path / "heard") == (0, "No safety change.\n")
    assert "Scar" not in check_synced("two")

    desk.roll_back("It is back")
    assert heard(server, tmp_path / "heard")[1].startswith("2026-11-24: It is back")
    shown = check_synced("three")
    assert "Scar" in shown
    assert "Another line." in shown
    assert run(server, "three", "sync_whole").stored["etag"]  # a 304


def test_apps_live_through_failures(run: Run, server: str, desk: Desk) -> None:  # noqa: ARG001 - the content must be there
    """They show what is stored, and wait as long as a 503 says."""
    before = run(server, "lasting", "sync")
    with bridge(Client(new_instance().app)) as bridged:
        bridged.failing = {"Retry-After": "17"}
        after = run(bridged.address, "lasting", "sync")
        assert (after.result, after.stored, after.shown) == (17, before.stored, before.shown)
        address = bridged.address
    after = run(address, "lasting", "sync")
    assert (after.result, after.stored, after.shown) == (3600, before.stored, before.shown)


def test_what_is_past_its_check_says_so(run: Run, server: str, desk: Desk) -> None:
    late = tuple(
        structs.replace(it, next_check=PUBLISHED.date().replace(year=2020)) if it is desk.entities[0] else it
        for it in desk.entities
    )
    desk.publish(late, "wording", "Late")
    assert "This was due for a check on 2020-11-22, and may be out of date." in run(server, "late", "sync").shown


def test_a_log_that_does_not_reach_back(run: Run, server: str, desk: Desk, tmp_path: Path) -> None:  # noqa: ARG001 - the content must be there
    """An app fetches everything; whoever listens for safety changes is told to look."""
    before = run(server, "lost", "sync").stored
    (tmp_path / "heard").write_text("0" * 32)
    code, said = heard(server, tmp_path / "heard")
    assert (code, "does not reach back" in said) == (1, True)
    assert heard(server, tmp_path / "heard")[0] == 0
    assert run(server, "lost", "sync").stored == before
