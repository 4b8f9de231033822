"""Errors, all as `application/problem+json` (RFC 9457), in words the person who meets them can act on."""

import difflib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from chalice.app import ChaliceUnhandledError, Request, Response

# Chalice puts these on every reply; they mean something in the answer to a preflight only, which the gateway gives.
PREFLIGHT_ONLY = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")

Headers: TypeAlias = dict[str, str | list[str]]

PROBLEM_JSON = "application/problem+json"
LONGEST_ID = 100  # characters: nothing longer is looked up or said back
SUGGESTIONS = 5
KNOWN_NAMED = 50

# How long a shared cache may repeat an error, in seconds. What a mistyped URL gets may soon exist, and costs a look-up
# each time: a minute. Everything that the server is to blame for is asked for again at once.
LIFETIMES = {HTTPStatus.BAD_REQUEST: 60, HTTPStatus.NOT_FOUND: 60, HTTPStatus.GONE: 60}

# A browser shows a page the status and body of an error only with these; errors that Chalice itself makes lack them.
CORS: Headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag,Link,Retry-After"}

# For every reply: it is what it says it is, and may be used on any site.
SAFE: Headers = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem as it is sent (RFC 9457, section 3.1); the members from `parameter` on help to mend the request."""

    type: str
    title: str
    status: int
    detail: str
    parameter: str | None = None
    value: str | None = None
    allowed: list[str] | None = None
    available: list[str] | None = None
    did_you_mean: list[str] | None = None
    known: list[str] | None = None
    collection: str | None = None
    edition: str | None = None
    editions: str | None = None
    service: str | None = None


class Problem(ChaliceUnhandledError):  # noqa: N818 - RFC 9457's word
    """A request that is answered with an error: its status, what is wrong, and members that help to mend it.

    Chalice lets only its own "unhandled" errors through to middleware; from any other it makes a 500 itself.
    """

    def __init__(self, status: HTTPStatus, detail: str, headers: Headers | None = None, **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.members = members


def unknown_parameter(name: str, allowed: Iterable[str]) -> Problem:
    """Give the problem of a query parameter that the URL does not take."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "This URL does not take that query parameter.",
        parameter=name[:LONGEST_ID],
        allowed=sorted(allowed),
    )


def repeated_parameter(name: str) -> Problem:
    """Give the problem of a query parameter that is given more than once."""
    return Problem(HTTPStatus.BAD_REQUEST, "This query parameter can be given once only.", parameter=name)


def unknown_value(name: str, value: str, allowed: Iterable[str]) -> Problem:
    """Give the problem of a query parameter's value that is none of those there are."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "This query parameter does not take that value.",
        parameter=name,
        value=value[:LONGEST_ID],
        allowed=list(allowed),
    )


def unknown_id(asked: str, known: tuple[str, ...], collection: str) -> Problem:
    """Give the problem of an id that nothing has, with those that come near it and those there are."""
    near = difflib.get_close_matches(asked.lower(), known, SUGGESTIONS) if len(asked) <= LONGEST_ID else []
    return Problem(
        HTTPStatus.NOT_FOUND,
        "There is nothing with that id here.",
        did_you_mean=near,
        known=list(known[:KNOWN_NAMED]),
        collection=collection,
    )


def not_acceptable(offered: Iterable[str]) -> Problem:
    """Give the problem of a request that wants none of the media types there are (RFC 9110, section 15.5.7)."""
    return Problem(
        HTTPStatus.NOT_ACCEPTABLE, "This URL is not available in any type that Accept names.", available=list(offered)
    )


def no_edition(asked: str, *, pruned: bool) -> Problem:
    """Give the problem of an edition that never was, or is not kept any more."""
    status = HTTPStatus.GONE if pruned else HTTPStatus.NOT_FOUND
    detail = "That edition is not kept any more." if pruned else "There is no edition of that name."
    return Problem(status, detail, edition=asked[:LONGEST_ID], editions="/v1/editions")


def response(problem: Problem) -> Response:
    """Give the reply to a problem; `about:blank` says that the status tells its type (RFC 9457, section 4.2.1)."""
    body = ProblemDocument(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        detail=problem.detail,
        **problem.members,
    )
    lifetime = LIFETIMES.get(problem.status)
    headers: Headers = {
        "Content-Type": PROBLEM_JSON,
        "Content-Language": "en",
        "Cache-Control": f"max-age=0, s-maxage={lifetime}" if lifetime else "no-store",
        **SAFE,
        **CORS,
        **problem.headers,
    }
    return Response(msgspec.json.encode(body).decode(), headers, problem.status)


def read_only() -> Problem:
    """Give the problem of a method that would write (RFC 9110, section 15.5.6)."""
    allow: Headers = {"Allow": "GET, HEAD, OPTIONS"}
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "This URL can be read only: use GET, HEAD or OPTIONS.", allow)


def refuse(**_: str) -> Response:
    """Answer a method that would write; the view of all of them."""
    return response(read_only())


def as_problem(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: whatever error Chalice makes of a request becomes a problem, and a problem stays as it is.

    A `HEAD` is answered as the `GET` would be, without a body, error or not (RFC 9110, section 9.3.2).
    """
    try:
        answer = get_response(request)
    except Problem as problem:
        answer = response(problem)
    if answer.status_code >= HTTPStatus.BAD_REQUEST and answer.headers.get("Content-Type") != PROBLEM_JSON:
        status = HTTPStatus(answer.status_code)
        detail = DETAILS.get(status, "This request could not be answered.")
        answer = response(read_only() if status is HTTPStatus.METHOD_NOT_ALLOWED else Problem(status, detail))
    if request.method == "HEAD":
        answer.body = ""
    for name in PREFLIGHT_ONLY:
        answer.headers.pop(name, None)
    return answer


DETAILS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "This URL takes no request body of that type.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. It was noted, and is no fault of the request.",
}
