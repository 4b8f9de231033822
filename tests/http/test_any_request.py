"""Whatever a request holds, the reply is one of ours, and one line is logged."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from types import ModuleType
from typing import Any

import pytest
from chalice.app import Chalice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.web.problems import ProblemError
from tests.http.test_replies import CORS, NOT_STORED, PROBLEM

LONE = "\ud800"  # JSON can spell it, as Lambda's events do; UTF-8 cannot
UNFORESEEN = {
    "type": "about:blank",
    "title": "Internal Server Error",
    "status": 500,
    "detail": "Something went wrong here. It was noted, and is no fault of the request.",
}


@pytest.fixture
def app(published: object, instance: Callable[[], ModuleType], caplog: pytest.LogCaptureFixture) -> Chalice:  # noqa: ARG001 - the content must be there
    """The app with the shipped content, which logs requests as in Lambda."""
    caplog.set_level(logging.INFO, "chalicelib.web.request_log")
    loaded: Chalice = instance().app
    return loaded


def event(resource: str, **members: Any) -> dict[str, Any]:
    """Give an event of the gateway in which everything that can be null is."""
    names = ("headers", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    context = {"resourcePath": resource, "httpMethod": members.pop("method", "GET"), "requestId": "1"}
    return dict.fromkeys(names) | {"requestContext": context, "path": resource} | members


def answered(app: Chalice, sent: dict[str, Any]) -> dict[str, Any]:
    """Give the answer as the gateway gets it: Lambda's runtime client encodes it as UTF-8."""
    found: dict[str, Any] = json.loads(json.dumps(app(sent, None), ensure_ascii=False).encode())
    return found


def answer(app: Chalice, sent: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    answer = answered(app, sent)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


def bad(status: HTTPStatus, detail: str, **members: Any) -> tuple[int, dict[str, str], Any]:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **members}
    return status.value, PROBLEM | CORS, body


def test_a_lone_surrogate_is_a_clients_error(app: Chalice, capsys: pytest.CaptureFixture[str]) -> None:
    no_value = "This query parameter does not take that value."
    for resource, members, expected in [
        (
            "/v1/benefits/{benefit}",
            {"pathParameters": {"benefit": LONE}},
            bad(
                HTTPStatus.NOT_FOUND,
                "There is nothing with that id here.",
                did_you_mean=[],
                known=["minimally-invasive", "customisable"],
                collection="/v1/benefits",
            ),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {LONE: ["x"]}},
            bad(
                HTTPStatus.BAD_REQUEST,
                "This URL does not take that query parameter.",
                parameter="?",
                allowed=["edition", "lang"],
            ),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {"lang": [LONE]}},
            bad(HTTPStatus.BAD_REQUEST, no_value, parameter="lang", value="?", allowed=["en"]),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {"edition": [LONE]}},
            bad(HTTPStatus.NOT_FOUND, "There is no edition of that name.", edition="?", editions="/v1/editions"),
        ),
        (
            "/v1/oembed",
            {"multiValueQueryStringParameters": {"url": [f"https://x/embed/{LONE}"]}, "headers": {"Host": "x"}},
            bad(HTTPStatus.NOT_FOUND, "There is no card at that address.", parameter="url"),
        ),
    ]:
        assert answer(app, event(resource, **members)) == expected
        assert json.loads(capsys.readouterr().out)["status"] == expected[0]


def test_a_card_bears_any_public_host(app: Chalice) -> None:
    sent = event("/embed/{kind}", pathParameters={"kind": "overview"}, headers={"X-Public-Host": LONE})
    answer = answered(app, sent)
    assert (answer["statusCode"], answer["headers"]["Link"].partition(">")[0]) == (
        200,
        "</v1/oembed?url=http%3A%2F%2F%3F%2Fembed%2Foverview",
    )


def test_an_unforeseen_error_is_our_500(
    app: Chalice, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise RuntimeError("a secret")

    def fails_in_its_problem() -> None:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "no JSON", value=object())

    app.route("/fails")(fails)
    app.route("/fails-in-its-problem")(fails_in_its_problem)
    for resource, line in [("/fails", 1), ("/fails-in-its-problem", 1), (None, 0)]:
        caplog.clear()
        assert answer(app, event(str(resource)) if resource else {}) == (500, NOT_STORED | CORS, UNFORESEEN)
        assert len(capsys.readouterr().out.splitlines()) == line
        errors = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert errors
        if resource:
            assert [record.exc_info is not None for record in errors] == [True]


def test_a_line_that_fails_costs_no_reply(app: Chalice, caplog: pytest.LogCaptureFixture) -> None:
    sent = event("/v1")
    sent["requestContext"]["requestId"] = LONE
    assert answered(app, sent)["statusCode"] == 200
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "A request could not be logged"
    ]


TEXT = st.one_of(st.just(LONE), st.text(st.characters(exclude_categories=[]), max_size=20))
NAMES = ("Host", "X-Public-Host", "X-Forwarded-Proto", "Accept", "Accept-Language", "If-None-Match", "User-Agent")
PARAMETERS = ("edition", "lang", "effectiveness", "kind", "about", "url", "format", "maxwidth", "maxheight")
QUERY = st.dictionaries(
    st.one_of(st.sampled_from(PARAMETERS), TEXT), st.lists(TEXT, min_size=1, max_size=2), max_size=2
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    texts=st.lists(TEXT, min_size=2, max_size=2),
    query=st.none() | QUERY,
    headers=st.none() | st.dictionaries(st.one_of(st.sampled_from(NAMES), TEXT), TEXT, max_size=4),
    data=st.data(),
)
def test_any_request_is_answered_and_logged(  # noqa: PLR0913, PLR0917 - what a request is made of
    app: Chalice,
    capsys: pytest.CaptureFixture[str],
    method: str,
    texts: list[str],
    query: dict[str, list[str]] | None,
    headers: dict[str, str] | None,
    data: st.DataObject,
) -> None:
    resource = data.draw(st.sampled_from(sorted(app.routes)))
    captured = dict(zip(app.routes[resource]["GET"].view_args, texts, strict=False)) or None
    sent = event(
        resource, method=method, pathParameters=captured, multiValueQueryStringParameters=query, headers=headers
    )
    answer = answered(app, sent)
    line = json.loads(capsys.readouterr().out)
    assert answer["statusCode"] in {200, 304, 400, 404, 405, 406, 410, 501}
    assert (line["route"], line["method"], line["status"]) == (resource, method, answer["statusCode"])
    assert answer["headers"].items() >= CORS.items()
    if answer["statusCode"] >= 400:
        assert answer["headers"].items() >= {**PROBLEM, "Cache-Control": answer["headers"]["Cache-Control"]}.items()
        assert method == "HEAD" or json.loads(answer["body"])["status"] == answer["statusCode"]
