"""The headers of a response, as Chalice, middleware and API Gateway handle them."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from chalice.app import Chalice, Request, Response
from chalice.test import Client

from chalicelib.web.response import COMMON_HEADERS, CORS, ApiResponse, Headers, came_through_edge

SHARED: Headers = {"Content-Type": "text/plain", **COMMON_HEADERS}


def test_a_middlewares_headers_are_sent() -> None:
    middleware_headers = iter(
        [{"Server-Timing": "app;dur=1", "Content-Type": "text/html", "Set-Cookie": ["a=1", "b=2"]}, {}]
    )

    def middleware(request: Request, get_response: Callable[[Request], Response]) -> Response:
        response = get_response(request)
        response.headers |= next(middleware_headers)
        return response

    app = Chalice("app")
    app.register_middleware(middleware, "http")
    app.route("/", cors=CORS)(lambda: ApiResponse(HTTPStatus.OK, "", {"ETag": '"1"'}, SHARED))
    http = Client(app).http
    expected = {**SHARED, "ETag": '"1"'}
    assert http.get("/").headers == expected | {
        "Server-Timing": "app;dur=1",
        "Content-Type": "text/html",
        "Set-Cookie": ["a=1", "b=2"],
    }
    assert http.get("/").headers == expected


def test_a_decorators_header_is_sent() -> None:
    def view() -> Response:
        response = ApiResponse(HTTPStatus.OK, "", {}, SHARED)
        response.headers["Retry-After"] = "1"
        return response

    app = Chalice("app")
    app.route("/", cors=CORS)(view)
    assert Client(app).http.get("/").headers == {**SHARED, "Retry-After": "1"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"X-Public-Host": "a"}, True), ({"x-public-host": "a"}, True), ({"X-Public-Host": ""}, False), ({}, False)],
)
def test_only_the_edge_adds_x_public_host(headers: dict[str, str], expected: bool) -> None:  # noqa: FBT001 - a case
    """In Chalice's mapping, whose dictionary is not public."""
    app = Chalice("app")
    app.route("/")(lambda: {"edge": came_through_edge(app.current_request)})
    assert Client(app).http.get("/", headers=headers).json_body == {"edge": expected}


def test_cors_headers_are_a_copy() -> None:
    CORS.get_access_control_headers()["Access-Control-Allow-Methods"] = "GET"
    assert "Access-Control-Allow-Methods" not in CORS.get_access_control_headers()
