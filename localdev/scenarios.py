"""Rare states that an app must survive, each below `/scenarios/<name>`: `chalice local --stage scenarios`.

All say that they are scenarios, in the service's name, in the attribution and in the header `X-Scenario`. What they
say about the topic is the content, unchanged but for the state. For app developers: docs/scenarios.md.
"""

import importlib.util
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import boto3
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway
from msgspec import structs

from chalicelib.content.editions import Pointer
from chalicelib.content.model import Article, Benefit, Entity, ReportedHarm, Source, Translation
from chalicelib.content.table import Table, TableUnavailableError
from chalicelib.web.problems import GATEWAY_PROBLEMS, respond
from editorial.draft import draft
from editorial.first_edition import publish_first_edition
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher
from editorial.writer import Writer

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX = "/scenarios"
TEST_TEXT = "نص تجريبي"  # "test text"

Entities = tuple[Entity, ...]
Languages = dict[str, Entities]


class Scenario(NamedTuple):
    """One state: what an app sees, where to look first, and how the content and the replies differ."""

    about: str
    path: str
    content: Callable[[Entities], Languages] = lambda entities: {"en": entities}
    body: Callable[[str], str] = lambda body: body
    has_content: bool = True
    is_readable: bool = True
    is_throttled: bool = False
    safety_change: Callable[[Entities], Languages] | None = None


def with_article(entities: Entities, **changes: Any) -> Entities:  # noqa: ANN401 - fields of any type
    """Return the entities with some fields of the article changed."""
    return tuple(structs.replace(entity, **changes) if isinstance(entity, Article) else entity for entity in entities)


def marked(name: str, entities: Entities) -> Entities:
    """Return the entities with an article that says which scenario it belongs to."""
    article = article_of(entities)
    attribution = f"Scenario “{name}”, for tests of apps. {article.attribution}"
    return with_article(entities, service_name=f"Scenario {name}: {article.service_name}", attribution=attribution)


def article_of(entities: Entities) -> Article:
    """Return the article among the entities."""
    return next(entity for entity in entities if isinstance(entity, Article))


def without_last_harm(entities: Entities) -> Languages:
    """Return the entities as they would be before somebody found the last of the reported harms."""
    last = [entity for entity in entities if isinstance(entity, ReportedHarm)][-1]
    return {"en": tuple(entity for entity in entities if entity is not last)}


def due(entities: Entities) -> Languages:
    """Return the entities with a next check that was due on the day of the last."""
    return {"en": with_article(entities, next_check=article_of(entities).checked)}


def right_to_left(entities: Entities) -> Languages:
    """Return the entities in English, and again as Arabic: each name begins with Arabic words that say it is a test."""
    article = article_of(entities)
    arabic: dict[str, Any] = {
        name: f"{TEST_TEXT}: {getattr(article, name)}"
        for name in ("service_name", "question", "attribution", "subject")
    }
    unchecked = Translation(code="unchecked", label=article.labels.translation["unchecked"])
    named = tuple(
        entity if isinstance(entity, Article | Source) else structs.replace(entity, name=f"{TEST_TEXT}: {entity.name}")
        for entity in entities
    )
    return {"en": entities, "ar": with_article(named, language="ar", translation=unchecked, **arabic)}


SCENARIOS = {
    "superseded": Scenario(
        "A pin to an older edition: `meta.superseded_by` names a newer one, with a safety change.",
        "/v1/reported-harms?edition={first}",
        without_last_harm,
        safety_change=lambda entities: {"en": entities},
    ),
    "past-check": Scenario("`meta.next_check` is past, and no reply may be kept.", "/v1/article", due),
    "stale": Scenario(
        "The table cannot be read. Replies are those in memory; `/v1/health` says stale.",
        "/v1/health",
        is_readable=False,
    ),
    "unknown-code": Scenario(
        "Each code begins with `new-`, so your app knows none. The labels are as always.",
        "/v1/concerns",
        body=lambda body: body.replace('"code":"', '"code":"new-'),
    ),
    "unknown-member": Scenario(
        "`meta` and each entity and code have a member `new_member`, an object.",
        "/v1/risks",
        body=lambda body: (
            body.replace('"meta":{', '"meta":{"new_member":{"type":"new"},')
            .replace('{"type":"', '{"new_member":{},"type":"')
            .replace('{"code":"', '{"new_member":{},"code":"')
        ),
    ),
    "right-to-left": Scenario("A second language, `ar`, marked as a test.", "/v1/risks?lang=ar", right_to_left),
    "empty-list": Scenario(
        "There is no benefit.",
        "/v1/benefits",
        lambda entities: {"en": tuple(entity for entity in entities if not isinstance(entity, Benefit))},
    ),
    "unavailable": Scenario("A 503 with `Retry-After`, always.", "/v1/article", has_content=False),
    "throttled": Scenario("Every other request is a 429 with `Retry-After`.", "/v1/article", is_throttled=True),
}


class UnreadableTable(Table):
    """A table whose pointer can be read once."""

    was_read = False

    def pointer(self) -> Pointer:
        """Return the pointer; raise `TableUnavailableError` from the second time on."""
        if self.was_read:
            raise TableUnavailableError("this is a scenario")
        self.was_read = True
        return super().pointer()


class ScenarioGateway(LocalGateway):
    """The gateway of one scenario, with an app and a table of its own."""

    def __init__(self, config: Config, name: str, content: LoadedContent) -> None:
        self.name, self.scenario = name, SCENARIOS[name]
        self._numbers = itertools.count()
        client: DynamoDBClient = boto3.client("dynamodb")
        table = (Table if self.scenario.is_readable else UnreadableTable)(client, f"scenario-{name}")
        entities = marked(name, content.languages["en"])
        first = LoadedContent(self.scenario.content(entities))
        if self.scenario.has_content:
            publish_first_edition(client, f"scenario-{name}", first)
        self.path = f"{PREFIX}/{name}{self.scenario.path.format(first=draft(first.languages).edition)}"
        if self.scenario.safety_change:
            at = datetime.combine(article_of(entities).checked + timedelta(days=1), time(), UTC)
            author = Author("Scenario: a safety change", "localdev", at)
            later = draft(self.scenario.safety_change(entities))
            Publisher(table, Writer(client, f"scenario-{name}"), author).publish(later, "safety", table.pointer())
        module = app_over(table)
        if not self.scenario.is_readable:
            module.cache.refresh()  # before the table fails
        super().__init__(module.app, config)

    def _generate_lambda_event(self, method: str, path: str, headers: Any, body: bytes | None) -> Any:  # noqa: ANN401 - Chalice's
        event = super()._generate_lambda_event(method, path, headers, body)
        event["requestContext"]["path"] = f"{PREFIX}/{self.name}{event['requestContext']['path']}"  # for oEmbed's links
        return event

    def handle_request(self, method: str, path: str, headers: Any, body: bytes | None) -> Any:  # noqa: ANN401 - Chalice's
        """Return what the app answers, with the scenario's name, or a 429 instead."""
        if self.scenario.is_throttled and next(self._numbers) % 2 == 0:
            reply = respond(GATEWAY_PROBLEMS["THROTTLED"]).to_dict()
            reply["headers"]["Retry-After"] = "1"
        else:
            reply = super().handle_request(method, path, headers, body)
        reply["headers"]["X-Scenario"] = self.name
        if reply["body"] and reply["body"].startswith('{"data":'):
            reply["body"] = self.scenario.body(reply["body"])
        return reply


class Router:
    """All scenarios, and the app itself for every other path."""

    def __init__(self, app: Chalice, config: Config, content: LoadedContent) -> None:
        self._app = LocalGateway(app, config)
        self._gateways = {name: ScenarioGateway(config, name, content) for name in SCENARIOS}

    def handle_request(self, method: str, path: str, headers: Any, body: bytes | None) -> Any:  # noqa: ANN401 - Chalice's
        """Return the reply of the scenario that the path names; at `/scenarios`, what there is."""
        if path.partition("?")[0].rstrip("/") == PREFIX:
            shown = [
                {"name": name, "about": one.scenario.about, "try": one.path} for name, one in self._gateways.items()
            ]
            headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
            return {"statusCode": 200, "headers": headers, "multiValueHeaders": {}, "body": json.dumps(shown, indent=2)}
        name, slash, rest = path.removeprefix(f"{PREFIX}/").partition("/")
        if path.startswith(f"{PREFIX}/") and name in self._gateways:
            return self._gateways[name].handle_request(method, f"{slash}{rest}" or "/", headers, body)
        return self._app.handle_request(method, path, headers, body)


def app_over(table: Table) -> ModuleType:
    """Return `app.py` loaded anew, reading this table."""
    spec = cast("ModuleSpec", importlib.util.spec_from_file_location("app", Path(__file__).parents[1] / "app.py"))
    module = importlib.util.module_from_spec(spec)
    cast("Loader", spec.loader).exec_module(module)
    vars(module)["connect"] = lambda _: table  # the app looks it up when it first needs the table
    return module
