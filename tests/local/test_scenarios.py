"""Each state of `chalice local --stage scenarios`, over HTTP, and that docs/scenarios.md names all of them."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from operations.local_server import TIMEOUT, local_server
from tests.conftest import ROOT


class Answer(NamedTuple):
    """A reply, with its JSON."""

    status: int
    headers: HTTPResponse
    json: Any


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_server("--no-autoreload", "--stage", "scenarios") as started:
        yield started.removeprefix("http://")


def ask(address: str, path: str, **headers: str) -> Answer:
    connection = HTTPConnection(address, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        return Answer(reply.status, reply, json.loads(reply.read() or "null"))
    finally:
        connection.close()


@pytest.fixture
def first_looks(address: str) -> dict[str, str]:
    """The path to look at first, by scenario."""
    return {one["name"]: one["try"] for one in ask(address, "/scenarios").json}


def look(address: str, name: str, path: str) -> Answer:
    """Return a reply of a scenario, which says that it is one."""
    answer = ask(address, f"/scenarios/{name}{path}")
    assert answer.headers.getheader("X-Scenario") == name
    if "meta" in answer.json:
        assert f"Scenario “{name}”" in answer.json["meta"]["attribution"]
    return answer


def test_every_scenario_is_documented(first_looks: dict[str, str]) -> None:
    document = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `/scenarios/([a-z-]+)` \|", document, re.MULTILINE) == list(first_looks)


def test_names_itself(address: str, first_looks: dict[str, str]) -> None:
    for name in first_looks.keys() - {"unavailable", "throttled"}:
        assert look(address, name, "/v1").json["data"]["name"].startswith(f"Scenario {name}: ")


def test_other_paths_are_as_always(address: str) -> None:
    answer = ask(address, "/v1")
    assert "Scenario" not in json.dumps(answer.json)
    assert answer.headers.getheader("X-Scenario") is None
    assert ask(address, "/scenarios/nothing/v1").status == 404
    assert ask(address, "/scenarios/stale/v1/nothing").status == 404


def test_superseded(address: str, first_looks: dict[str, str]) -> None:
    older, newer = ask(address, first_looks["superseded"]), look(address, "superseded", "/v1/reported-harms")
    superseded_by = older.json["meta"]["superseded_by"]
    assert (superseded_by["kind"]["code"], superseded_by["edition"]) == ("safety", newer.json["meta"]["edition"])
    assert len(older.json["data"]) == len(newer.json["data"]) - 1
    edition = older.json["meta"]["edition"]
    [change] = look(address, "superseded", f"/v1/editions?kind=safety&after={edition}").json["data"]
    assert "/v1/reported-harms" in json.dumps(change)


def test_past_check(address: str) -> None:
    answer = look(address, "past-check", "/v1/article")
    assert answer.headers.getheader("Cache-Control") == "max-age=0, s-maxage=0, stale-if-error=0"
    assert look(address, "past-check", "/v1/health").json["data"]["check"] == "overdue"


def test_stale(address: str) -> None:
    assert look(address, "stale", "/v1/risks").status == 200
    health = look(address, "stale", "/v1/health").json["data"]
    assert (health["status"], health["last_refresh"]["problem"]) == ("stale", "TableUnavailableError")


def codes_in(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if "code" in value:
            yield value
        for inner in value.values():
            yield from codes_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from codes_in(inner)


def test_unknown_codes_keep_their_labels(address: str) -> None:
    for path in ("/v1/concerns", "/v1/risks", "/v1/sources", "/v1/bundle"):
        changed = list(codes_in(look(address, "unknown-code", path).json))
        expected = list(codes_in(ask(address, path).json))
        assert changed == [{**one, "code": f"new-{one['code']}"} for one in expected]
        assert expected


def test_unknown_members(address: str) -> None:
    changed = look(address, "unknown-member", "/v1/risks").json
    members = [changed["meta"], *changed["data"], *codes_in(changed)]
    assert all("new_member" in one for one in members)
    for one in members:
        del one["new_member"]
    assert changed["data"] == ask(address, "/v1/risks").json["data"]


def test_unknown_members_in_the_bundle(address: str) -> None:
    resources = look(address, "unknown-member", "/v1/bundle").json["data"]["resources"]
    assert resources
    assert all("new_member" in one["data"] for one in resources)


def test_right_to_left(address: str) -> None:
    answer = look(address, "right-to-left", "/v1/risks?lang=ar")
    assert answer.headers.getheader("Content-Language") == "ar"
    assert all(risk["name"].startswith("نص تجريبي: ") for risk in answer.json["data"])
    connection = HTTPConnection(address, timeout=TIMEOUT)
    connection.request("GET", "/scenarios/right-to-left/embed/overview?lang=ar")
    assert b'dir="rtl"' in connection.getresponse().read()
    connection.close()


def test_empty_list(address: str) -> None:
    assert look(address, "empty-list", "/v1/benefits").json["data"] == []


def test_unavailable(address: str) -> None:
    for _ in range(2):
        answer = look(address, "unavailable", "/v1/article")
        assert (answer.status, answer.headers.getheader("Retry-After")) == (503, "1")


def test_throttled(address: str) -> None:
    first, second = (look(address, "throttled", "/v1/article") for _ in range(2))
    assert (first.status, first.headers.getheader("Retry-After"), second.status) == (429, "1", 200)
    assert first.headers.getheader("Cache-Control") == "no-store"
    assert first.headers.getheader("Access-Control-Allow-Origin") == "*"


def test_etags_work(address: str) -> None:
    path = "/scenarios/unknown-code/v1/risks"
    tag = ask(address, path).headers.getheader("ETag")
    assert tag
    assert ask(address, path, **{"If-None-Match": tag}).status == 304


def test_oembed_stays_in_the_scenario(address: str) -> None:
    card = f"http://{address}/scenarios/stale/embed/overview"
    assert card in look(address, "stale", f"/v1/oembed?url={quote(card, safe='')}").json["html"]
