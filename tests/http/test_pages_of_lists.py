"""A list that is too long for one reply, as an app reads it."""

from collections.abc import Callable
from types import ModuleType

import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.article import Concern
from chalicelib.table import Table
from editorial.content import Content
from editorial.draft import draft
from editorial.publishing import Publisher, Reason, current
from editorial.writer import Writer
from tests.conftest import PUBLISHED
from tests.http.test_replies import KEPT


@pytest.fixture
def concerns(content: Content) -> list[Concern]:
    """Each concern 151 times."""
    ours = [entity for entity in content.languages["en"] if isinstance(entity, Concern)]
    return [*ours, *(structs.replace(one, id=f"{one.id}-{number}") for number in range(150) for one in ours)]


@pytest.fixture
def client(
    table: Table, writer: Writer, content: Content, concerns: list[Concern], instance: Callable[[], ModuleType]
) -> Client:
    """The API with all of them published."""
    others = [entity for entity in content.languages["en"] if not isinstance(entity, Concern)]
    made = draft({"en": (*others, *concerns)})
    Publisher(table, writer, Reason("Many", "editor", PUBLISHED)).publish(made, "evidence", current(table))
    return Client(instance().app)


@pytest.mark.parametrize("chosen", ["", "effective-in-some-cases"])
def test_following_next_gives_every_entity_once_and_in_order(
    client: Client, concerns: list[Concern], chosen: str
) -> None:
    following: str | None = f"/v1/concerns?effectiveness={chosen}" if chosen else "/v1/concerns"
    ids: list[str] = []
    pages = 0
    while following:
        reply = client.http.get(following)
        assert (reply.status_code, reply.headers["Cache-Control"]) == (200, KEPT)
        ids += [one["id"] for one in reply.json_body["data"]]
        following = reply.json_body["links"].get("next")
        pages += 1
    assert ids == [concern.id for concern in concerns if chosen in {"", concern.effectiveness}]
    assert pages > 1


def test_a_page_has_a_tag_of_its_own(client: Client) -> None:
    first = client.http.get("/v1/concerns")
    following = first.json_body["links"]["next"]
    second = client.http.get(following)
    assert first.headers["ETag"] != second.headers["ETag"]
    assert client.http.get(following, headers={"If-None-Match": second.headers["ETag"]}).status_code == 304
