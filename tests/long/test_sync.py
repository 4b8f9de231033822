"""A copy that is brought up to date in parts is what fetching it whole would give, whatever was published meanwhile."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest
from chalice.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from chalicelib.content.model import Article, Concern, Effectiveness, Entity, Risk, Sentence, Source
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from tests.conftest import NAME, PUBLISHED, isolate, new_instance, point_to
from tests.store.small import small
from tests.support.bridge import bridge
from tests.support.dynamodb import FakeDynamoDB, served
from tests.support.recipes import recipe

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Entities = tuple[Entity, ...]
Json = Any
ARTICLE, BUNDLE, EDITIONS = "/v1/article", "/v1/bundle", "/v1/editions"
VERDICTS = ("limited-evidence", "effective-in-some-cases")
OFFLINE = recipe("offline")


class Newsroom:
    """An editor with a table. `pick` says what a change is about."""

    def __init__(self, fake: FakeDynamoDB) -> None:
        fake.tables.clear()
        client = cast("DynamoDBClient", fake)
        self.table, self.writer = Table(client, NAME), Writer(client, NAME)
        self.writer.create()
        self.number = count()
        article, *others = small("a", concerns=3).entities["en"]
        assert isinstance(article, Article)
        labels = structs.replace(article.labels, effectiveness=dict.fromkeys(VERDICTS, "a"))
        article = structs.replace(article, effectiveness_values=VERDICTS, labels=labels)
        self.content: dict[str, Entities] = {}
        self.published: dict[str, dict[str, Entities]] = {}
        self.publish({"en": (article, *others)})

    def new(self) -> str:
        return f"new-{next(self.number)}"

    def publish(self, content: dict[str, Entities]) -> None:
        edition = draft(content)
        self.publisher().publish(edition, "wording", read_pointer(self.table))
        self.content = self.published[edition.edition] = content

    def publisher(self) -> Publisher:
        return Publisher(self.table, self.writer, Author(self.new(), "editor", PUBLISHED))

    def edit(self, change: Callable[[Entities], Entities]) -> None:
        self.publish({language: change(entities) for language, entities in self.content.items()})

    def replace(self, kind: type[Entity], pick: int, **fields: Any) -> None:
        """Publish with other fields in one entity of this type, if there is any."""

        def replaced(entities: Entities) -> Entities:
            ours = [entity for entity in entities if isinstance(entity, kind)]
            chosen = ours[pick % len(ours)] if ours else None
            return tuple(structs.replace(entity, **fields) if entity is chosen else entity for entity in entities)

        self.edit(replaced)


def change_text(room: Newsroom, pick: int) -> None:
    kinds = (Concern, Risk, Source)
    field = "summary" if pick % 3 == 2 else "line"
    room.replace(kinds[pick % 3], pick, **{field: room.new()})


def change_article(room: Newsroom, pick: int) -> None:
    """Also what stands only in `meta` or in `/v1`."""
    room.replace(Article, 0, **{("question", "disclaimer", "service_name")[pick % 3]: room.new()})


def change_verdict(room: Newsroom, pick: int) -> None:
    room.replace(Concern, pick, effectiveness=Effectiveness(code=VERDICTS[pick % 2], label=room.new()))


def add(room: Newsroom, pick: int) -> None:
    def with_one_more(entities: Entities) -> Entities:
        kind = (Concern, Risk, Source)[pick % 3]
        template = next((entity for entity in entities if isinstance(entity, kind)), None)
        return (*entities, structs.replace(template, id=added)) if template else entities

    added = room.new()
    room.edit(with_one_more)


def remove(room: Newsroom, pick: int) -> None:
    """A concern or a risk, but not the last one: the landing page shows a concern's card."""
    kind = (Concern, Risk)[pick % 2]

    def without_one(entities: Entities) -> Entities:
        ours = [entity for entity in entities if isinstance(entity, kind)]
        return tuple(entity for entity in entities if len(ours) < 2 or entity is not ours[pick % len(ours)])

    room.edit(without_one)


def rename(room: Newsroom, pick: int) -> None:
    room.replace((Concern, Risk)[pick % 2], pick, id=room.new())


def reorder(room: Newsroom, pick: int) -> None:
    place = pick % 7
    room.edit(lambda entities: (*entities[place:], *entities[:place]))


def cite(room: Newsroom, pick: int) -> None:
    """Let one more sentence of a risk rest on a source."""

    def with_sentence(entities: Entities) -> Entities:
        sources = [entity.id for entity in entities if isinstance(entity, Source)]
        risks = [entity for entity in entities if isinstance(entity, Risk)]
        if not risks:
            return entities
        risk = risks[pick % len(risks)]
        assert risk.literature
        sentence = Sentence(id=identity, text=identity, sources=(sources[-1],))
        literature = structs.replace(
            risk.literature,
            sentences=(*risk.literature.sentences, sentence),
            sources=tuple(dict.fromkeys((*risk.literature.sources, sources[-1]))),
        )
        cited = structs.replace(risk, literature=literature)
        return tuple(cited if entity is risk else entity for entity in entities)

    identity = room.new()
    room.edit(with_sentence)


def add_language(room: Newsroom, pick: int) -> None:
    language = ("de", "fr")[pick % 2]
    article, *others = (
        room.content["en"]
        if isinstance(room.content["en"][0], Article)
        else sorted(room.content["en"], key=lambda entity: not isinstance(entity, Article))
    )
    assert isinstance(article, Article)
    translated = structs.replace(article, language=language, question=room.new())
    room.publish({**room.content, language: (translated, *others)})


def roll_back(room: Newsroom, pick: int) -> None:
    """To the edition before, or to any other one."""
    pointer = read_pointer(room.table)
    assert pointer
    editions = list(room.published)
    target = pointer.manifest.predecessor if pick % 2 else editions[pick % len(editions)]
    if target:
        room.publisher().roll_back(target, pointer)
        room.content = room.published[target]


def roll_back_and_publish(room: Newsroom, pick: int) -> None:
    content = room.content
    roll_back(room, pick)
    room.publish(content)


CHANGES = {
    change.__name__: change
    for change in (
        change_text,
        change_article,
        change_verdict,
        add,
        remove,
        rename,
        reorder,
        cite,
        add_language,
        roll_back,
        roll_back_and_publish,
    )
}


class Api:
    """The real app over the newsroom's table."""

    def __init__(self) -> None:
        self.client = Client(new_instance().app)

    def get(self, path: str, language: str = "en") -> Json:
        """Return the JSON of a reply, or None if there is nothing: a 404, or a 400 if a filter lost that value."""
        reply = self.client.http.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert reply.status_code in {200, 400 if "?about=" in path else 404}, reply.body
        return reply.json_body if reply.status_code == 200 else None


class Copy:
    """A bundle as a client keeps it."""

    def __init__(self, api: Api, language: str) -> None:
        self.api, self.language = api, language
        self.fetch_whole()

    def fetch_whole(self) -> None:
        bundle = self.api.get(BUNDLE, self.language)
        self.meta = bundle["meta"]
        self.resources = {it["path"]: it for it in bundle["data"]["resources"]}
        self.lists = {it["path"]: it for it in bundle["data"]["lists"]}
        assert list(self.resources) == [ARTICLE, *(path for it in self.lists.values() for path in it["members"])]
        self.was_whole = True

    def update(self) -> None:
        """Do what docs/http.md says of the change log, and get each path that it names."""
        log = self.api.get(f"{EDITIONS}?after={self.meta['edition']}", self.language)
        changed: dict[str, str | None] = {}
        named: dict[str, list[str]] = {}
        for entry in reversed(log["data"]) if log else ():
            changed |= dict.fromkeys(entry["paths"]) | entry["digests"]
            named |= entry["members"]
        if log is None or BUNDLE in changed:
            self.fetch_whole()
            return
        for path, digest in changed.items():
            reply = self.api.get(path, self.language)
            assert (reply is None) == (digest is None)
            if path in self.lists:
                members = [f"{path}/{it['id']}" for it in reply["data"]]
                assert members == named.get(path, self.lists[path]["members"])
                self.lists[path] = {"path": path, "digest": digest, "members": members}
            elif reply is None:
                self.resources.pop(path, None)
            elif path == ARTICLE or path.rpartition("/")[0] in self.lists:
                self.resources[path] = {"path": path, "digest": digest, "data": reply["data"]}
        self.meta = log["meta"]
        self.was_whole = False

    def state(self) -> Json:
        return self.meta, self.resources, self.lists


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeDynamoDB]:
    """The DynamoDB of all newsrooms, one after the other."""
    fake = FakeDynamoDB()
    with pytest.MonkeyPatch.context() as monkeypatch, served(fake) as address:
        isolate(monkeypatch)
        point_to(address, monkeypatch)
        monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")
        yield fake


@pytest.fixture(scope="module")
def api(fake: FakeDynamoDB) -> Api:  # noqa: ARG001 - the app reads its address
    """The app, which reads the table again for every request."""
    return Api()


def everything(api: Api) -> dict[str, Json]:
    """Return the data of every URL of the content, filtered lists too."""
    lists = [it["path"] for it in api.get(BUNDLE)["data"]["lists"]]
    filtered = [f"/v1/concerns?effectiveness={value}" for value in VERDICTS]
    filtered += [f"/v1/risks?seriousness={value}" for value in ("side-effect", "rare-serious")]
    replies = {path: api.get(path)["data"] for path in ("/v1", ARTICLE, *lists, *filtered)}
    return replies | {f"{path}/{it['id']}": it for path in lists for it in replies[path]}


@pytest.mark.parametrize("pick", range(6))
@pytest.mark.parametrize("change", CHANGES)
def test_the_log_names_what_differs(fake: FakeDynamoDB, api: Api, change: str, pick: int) -> None:
    """And nothing else, if one edition follows the other."""
    room = Newsroom(fake)
    change_text(room, 0)
    change_text(room, 0)
    before, old = everything(api), Copy(api, "en")
    CHANGES[change](room, pick)
    after = everything(api)
    entries = api.get(f"{EDITIONS}?after={old.meta['edition']}")["data"]
    named = {path for entry in entries for path in entry["paths"] if "?about=" not in path}
    assert named == {path for path in before | after if before.get(path) != after.get(path)}
    old.update()
    assert not old.was_whole
    assert old.state() == Copy(api, "en").state()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 11)), min_size=1, max_size=6))
def test_any_changes_reach_every_copy(fake: FakeDynamoDB, api: Api, changes: list[tuple[str, int]]) -> None:
    """Of a client that gets every path that the log names, and of the recipe's app."""
    room = Newsroom(fake)
    with TemporaryDirectory() as folder, bridge(api.client) as bridged:
        copies = [Copy(api, "en")]
        app = OFFLINE.App(bridged.address, Path(folder, "app.json"))
        app.sync()
        for change, pick in changes:
            CHANGES[change](room, pick)
            copies += [Copy(api, language) for language in sorted(room.content)]
            if pick % 3:
                app.sync()
        app.sync()
        whole = OFFLINE.App(bridged.address, Path(folder, "whole.json"))
        whole.sync_whole()
        assert app.stored | {"etag": ""} == whole.stored | {"etag": ""}
        assert set(bridged.statuses) == {200}
    new = {language: Copy(api, language).state() for language in room.content}
    for copy in copies:
        if copy.language in new:
            copy.update()
            assert copy.state() == new[copy.language]
