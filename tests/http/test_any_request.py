"""Every request, even a malformed one, gets a reply of ours and one line in the log."""

import json
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from chalice.app import Chalice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.web.problems import (
    UNKNOWN_CARD,
    UNKNOWN_EDITION,
    UNKNOWN_ID,
    UNKNOWN_PARAMETER,
    UNKNOWN_VALUE,
    ProblemError,
    ProblemType,
)
from tests.http.test_replies import CORS, NOT_STORED, PROBLEM

LONE_SURROGATE = "\ud800"  # valid in JSON, and so in Lambda's events; UTF-8 cannot encode it
INTERNAL_ERROR = {
    "type": "/v1/problems#internal-error",
    "title": "Internal error",
    "status": 500,
    "detail": "An internal error occurred, and was logged. The request is not at fault.",
}


@pytest.fixture
def app(published: object, instance: Callable[[], ModuleType], caplog: pytest.LogCaptureFixture) -> Chalice:  # noqa: ARG001 - the content must be there
    """The app with the shipped content; it logs requests as in Lambda."""
    caplog.set_level(logging.INFO, "chalicelib.web.request_log")
    loaded: Chalice = instance().app
    return loaded


def event(resource: str, **members: Any) -> dict[str, Any]:
    """Return an API Gateway event in which every nullable member is null."""
    names = ("headers", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    context = {"resourcePath": resource, "httpMethod": members.pop("method", "GET"), "requestId": "1"}
    return dict.fromkeys(names) | {"requestContext": context, "path": resource} | members


def invoke(app: Chalice, request: dict[str, Any]) -> dict[str, Any]:
    """Return the response as API Gateway gets it: encoded as UTF-8 by Lambda's runtime client."""
    response: dict[str, Any] = json.loads(json.dumps(app(request, None), ensure_ascii=False).encode())
    return response


def send(app: Chalice, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and parsed body."""
    response = invoke(app, request)
    return response["statusCode"], response["headers"], json.loads(response["body"])


def problem_reply(kind: ProblemType, detail: str, **members: Any) -> tuple[int, dict[str, str], Any]:
    """Return the expected reply for a cacheable error."""
    body = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": detail, **members}
    return kind.status, PROBLEM | CORS, body


def test_a_lone_surrogate_is_a_4xx(app: Chalice, capsys: pytest.CaptureFixture[str]) -> None:
    no_value = "This query parameter does not take that value."
    for resource, members, expected in [
        (
            "/v1/benefits/{benefit}",
            {"pathParameters": {"benefit": LONE_SURROGATE}},
            problem_reply(
                UNKNOWN_ID,
                "There is nothing with that id here.",
                did_you_mean=[],
                known=["minimally-invasive", "customisable"],
                collection="/v1/benefits",
            ),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {LONE_SURROGATE: ["x"]}},
            problem_reply(
                UNKNOWN_PARAMETER,
                "This URL does not take that query parameter.",
                parameter="?",
                allowed=["edition", "lang"],
            ),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {"lang": [LONE_SURROGATE]}},
            problem_reply(UNKNOWN_VALUE, no_value, parameter="lang", value="?", allowed=["en"]),
        ),
        (
            "/v1/benefits",
            {"multiValueQueryStringParameters": {"edition": [LONE_SURROGATE]}},
            problem_reply(UNKNOWN_EDITION, "There is no edition of that name.", edition="?", editions="/v1/editions"),
        ),
        (
            "/v1/oembed",
            {
                "multiValueQueryStringParameters": {"url": [f"https://x/embed/{LONE_SURROGATE}"]},
                "headers": {"Host": "x"},
            },
            problem_reply(UNKNOWN_CARD, "There is no card at that address.", parameter="url"),
        ),
    ]:
        assert send(app, event(resource, **members)) == expected
        assert json.loads(capsys.readouterr().out)["status"] == expected[0]


def test_a_card_accepts_any_public_host(app: Chalice) -> None:
    request = event("/embed/{kind}", pathParameters={"kind": "overview"}, headers={"X-Public-Host": LONE_SURROGATE})
    response = invoke(app, request)
    assert (response["statusCode"], response["headers"]["Link"].partition(">")[0]) == (
        200,
        "</v1/oembed?url=http%3A%2F%2F%3F%2Fembed%2Foverview",
    )


def test_an_unforeseen_error_is_our_500(
    app: Chalice, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise RuntimeError("a secret")

    def fails_in_its_problem() -> None:
        raise ProblemError(UNKNOWN_VALUE, "no JSON", value=object())

    app.route("/fails")(fails)
    app.route("/fails-in-its-problem")(fails_in_its_problem)
    for resource, line in [("/fails", 1), ("/fails-in-its-problem", 1), (None, 0)]:
        caplog.clear()
        assert send(app, event(str(resource)) if resource else {}) == (500, NOT_STORED | CORS, INTERNAL_ERROR)
        assert len(capsys.readouterr().out.splitlines()) == line
        errors = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert errors
        if resource:
            assert [record.exc_info is not None for record in errors] == [True]


def test_a_failed_log_line_costs_no_reply(app: Chalice, caplog: pytest.LogCaptureFixture) -> None:
    request = event("/v1")
    request["requestContext"]["requestId"] = LONE_SURROGATE
    assert invoke(app, request)["statusCode"] == 200
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "A request could not be logged"
    ]


TEXT = st.one_of(st.just(LONE_SURROGATE), st.text(st.characters(exclude_categories=[]), max_size=20))
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
def test_any_request_is_answered_and_logged(  # noqa: PLR0913, PLR0917 - the parts of a request
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
    request = event(
        resource, method=method, pathParameters=captured, multiValueQueryStringParameters=query, headers=headers
    )
    response = invoke(app, request)
    line = json.loads(capsys.readouterr().out)
    assert response["statusCode"] in {200, 304, 400, 404, 405, 406, 410, 501}
    assert (line["route"], line["method"], line["status"]) == (resource, method, response["statusCode"])
    assert response["headers"].items() >= CORS.items()
    if response["statusCode"] >= 400:
        assert response["headers"].items() >= {**PROBLEM, "Cache-Control": response["headers"]["Cache-Control"]}.items()
        assert method == "HEAD" or json.loads(response["body"])["status"] == response["statusCode"]
