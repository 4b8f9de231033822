"""Errors, all as `application/problem+json` (RFC 9457), in words the person who meets them can act on."""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import ChaliceUnhandledError, Request, Response

from chalicelib.web.caching import LIFETIMES
from chalicelib.web.response import EVERY, Headers, Reply

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
LONGEST_ID = 100  # characters: nothing longer is said back

# An unknown id is compared with so many ids, and with none if it is longer than any id (`article.Slug`). difflib needs
# 0.4 ms for today's ids; ids of the greatest length in two letters could make it 80 ms.
KNOWN, COMPARED, SUGGESTIONS = 50, 64, 5


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


def excerpt(sent: str) -> str:
    """Return the beginning of what a client sent, to be sent back; UTF-8 has no lone surrogates, so they become `?`."""
    return sent[:LONGEST_ID].encode(errors="replace").decode()


def unknown_parameter(name: str, allowed: Iterable[str]) -> Problem:
    """Give the problem of a query parameter that the URL does not take."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "This URL does not take that query parameter.",
        parameter=excerpt(name),
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
        value=excerpt(value),
        allowed=list(allowed),
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
    return Problem(status, detail, edition=excerpt(asked), editions="/v1/editions")


def unknown_id(ids: Sequence[str], asked: str, collection: str) -> str:
    """Return the body for an id that no entity has, with similar ids and the first of the list."""
    return _unknown_id(tuple(ids[:KNOWN]), asked[: COMPARED + 1], collection)


@lru_cache(maxsize=256)  # apps ask again and again for an id that was removed
def _unknown_id(ids: tuple[str, ...], asked: str, collection: str) -> str:
    import difflib  # noqa: PLC0415 - 0.7 MB, for those instances only that are asked for what is not there

    near = difflib.get_close_matches(asked.lower(), ids, SUGGESTIONS) if len(asked) <= COMPARED else []
    return body(Problem(HTTPStatus.NOT_FOUND, NO_SUCH_ID, did_you_mean=near, known=list(ids), collection=collection))


NO_SUCH_ID = "There is nothing with that id here."


def body(problem: Problem) -> str:
    """Give a problem as JSON; `about:blank` says that the status tells its type (RFC 9457, section 4.2.1)."""
    document = ProblemDocument(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        detail=problem.detail,
        **problem.members,
    )
    return msgspec.json.encode(document).decode()


def response(problem: Problem) -> Reply:
    """Give the reply to a problem."""
    return reply(body(problem), problem.status, problem.headers)


def reply(body: str, status: HTTPStatus, headers: Headers) -> Reply:
    """Give the reply with a problem's body."""
    return Reply(status, body, headers, COMMON[status], (None, "en"))


def read_only() -> Problem:
    """Give the problem of a method that would write (RFC 9110, section 15.5.6)."""
    allow: Headers = {"Allow": "GET, HEAD, OPTIONS"}
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "This URL can be read only: use GET, HEAD or OPTIONS.", allow)


def refuse(**_: str) -> Response:
    """Answer a method that would write; the view of all of them."""
    return response(read_only())


def as_problem(request: Request, get_response: Callable[[Request], Response]) -> Reply:
    """Middleware: return a reply of ours, whatever happens below; a problem instead of any error, ours or Chalice's.

    A `HEAD` is answered as the `GET` would be, without a body, error or not (RFC 9110, section 9.3.2).
    """
    try:
        try:
            answer = get_response(request)
        except Problem as problem:
            answer = response(problem)
        if not isinstance(answer, Reply):
            answer = response(_of_chalice(HTTPStatus(answer.status_code)))
        if request.method == "HEAD":
            answer.body = ""
    except Exception:
        log.exception("A request could not be answered")
        # An event that is not the gateway's has no request.
        body = "" if getattr(request, "method", None) == "HEAD" else UNFORESEEN
        answer = reply(body, HTTPStatus.INTERNAL_SERVER_ERROR, {})
    return answer


def _of_chalice(status: HTTPStatus) -> Problem:
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return read_only()
    return Problem(status, DETAILS.get(status, "This request could not be answered."))


DETAILS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "This URL takes no request body of that type.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. It was noted, and is no fault of the request.",
}

COMMON: dict[HTTPStatus, Headers] = {
    status: {
        "Content-Type": PROBLEM_JSON,
        "Content-Language": "en",
        "Cache-Control": f"max-age=0, s-maxage={LIFETIMES[status]}" if status in LIFETIMES else "no-store",
        **EVERY,
    }
    for status in HTTPStatus
}

# The reply when making a reply fails: ready-made, so that it cannot fail too.
UNFORESEEN = body(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, DETAILS[HTTPStatus.INTERNAL_SERVER_ERROR]))
