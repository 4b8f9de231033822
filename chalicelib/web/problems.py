"""Every error text. All errors are `application/problem+json` (RFC 9457), in words that say what to do."""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import ChaliceUnhandledError, Request, Response

from chalicelib.web.caching import error_cache_control
from chalicelib.web.response import COMMON_HEADERS, ApiResponse, Headers

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
MAX_EXCERPT = 100  # characters of what a client sent that are sent back

# An unknown id is compared with at most so many ids, and with none if it is longer than any id (`model.Slug`). difflib
# takes 0.4 ms for today's ids; ids of the greatest length in two letters could make it 80 ms.
MAX_KNOWN, MAX_COMPARED_LENGTH, MAX_SUGGESTIONS = 50, 64, 5


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as it is sent (RFC 9457, section 3.1); the members from `parameter` on help to correct the request."""

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


class ProblemError(ChaliceUnhandledError):
    """A request that is answered with an error; `members` are those of the `ProblemDocument`.

    Chalice passes only its own "unhandled" errors on to middleware; from any other it makes a 500 itself.
    """

    def __init__(self, status: HTTPStatus, detail: str, headers: Headers | None = None, **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.members = members


def unknown_parameter(name: str, allowed: Iterable[str]) -> ProblemError:
    """Return the error for a query parameter that the URL does not take."""
    detail = "This URL does not take that query parameter."
    return ProblemError(HTTPStatus.BAD_REQUEST, detail, parameter=excerpt(name), allowed=sorted(allowed))


def repeated_parameter(name: str) -> ProblemError:
    """Return the error for a query parameter that is given more than once."""
    return ProblemError(HTTPStatus.BAD_REQUEST, "This query parameter can be given once only.", parameter=name)


def unknown_value(name: str, value: str, allowed: Iterable[str]) -> ProblemError:
    """Return the error for a query parameter's value that is not allowed."""
    detail = "This query parameter does not take that value."
    return ProblemError(HTTPStatus.BAD_REQUEST, detail, parameter=name, value=excerpt(value), allowed=list(allowed))


def not_a_number_of_pixels(name: str, value: str) -> ProblemError:
    """Return the error for a width or height of a frame."""
    return unknown_value(name, value, ["a whole number of pixels"])


def not_acceptable(offered: Iterable[str]) -> ProblemError:
    """Return the error for an `Accept` that names none of the media types offered (RFC 9110, section 15.5.7)."""
    detail = "This URL is not available in any type that Accept names."
    return ProblemError(HTTPStatus.NOT_ACCEPTABLE, detail, available=list(offered))


def edition_not_found(name: str, *, pruned: bool) -> ProblemError:
    """Return the error for an edition that was never published, or was pruned."""
    status = HTTPStatus.GONE if pruned else HTTPStatus.NOT_FOUND
    detail = "That edition is not kept any more." if pruned else "There is no edition of that name."
    return ProblemError(status, detail, edition=excerpt(name), editions="/v1/editions")


def no_card() -> ProblemError:
    """Return the error for an oEmbed URL that is not a card's."""
    return ProblemError(HTTPStatus.NOT_FOUND, "There is no card at that address.", parameter="url")


def json_only() -> ProblemError:
    """Return the error for another oEmbed format than JSON (oEmbed, section 2.3.2)."""
    return ProblemError(HTTPStatus.NOT_IMPLEMENTED, "Only the format json is offered.", parameter="format")


def no_resource() -> ProblemError:
    """Return the error for a path that no route has."""
    return ProblemError(HTTPStatus.NOT_FOUND, "There is nothing at this path.", service="/v1")


def read_only() -> ProblemError:
    """Return the error for a method that would write (RFC 9110, section 15.5.6)."""
    allow: Headers = {"Allow": "GET, HEAD, OPTIONS"}
    detail = "This URL can be read only: use GET, HEAD or OPTIONS."
    return ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, detail, allow)


def no_content(retry_after: float) -> ProblemError:
    """Return the error for an instance that has no content to answer with; try again in so many seconds."""
    detail = "The content cannot be read at the moment. Please try again later."
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(max(1, round(retry_after)))})


def not_a_request(status: HTTPStatus) -> ProblemError:
    """Return the error for bytes that the local server cannot read as a request."""
    return ProblemError(status, "This is not a request that can be understood.")


def chalice_problem(status: HTTPStatus) -> ProblemError:
    """Return the error for one that Chalice answered by itself."""
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return read_only()
    return ProblemError(status, DEFAULT_DETAILS.get(status, "This request could not be answered."))


DEFAULT_DETAILS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "This URL takes no request body of that type.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. It was noted, and is no fault of the request.",
}

# What API Gateway answers by itself, by the name of its response in .chalice/template.yaml; a test compares them.
GATEWAY_PROBLEMS = {
    "MISSING_AUTHENTICATION_TOKEN": no_resource(),
    "THROTTLED": ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS, "There are too many requests at the moment. Please try again in a second."
    ),
    "REQUEST_TOO_LARGE": ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This request is too large."),
    "DEFAULT_4XX": ProblemError(HTTPStatus.BAD_REQUEST, "This request cannot be understood."),
    "DEFAULT_5XX": ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "The API cannot answer at the moment. Please try again later."
    ),
}


def unknown_id(ids: Sequence[str], asked: str, collection: str) -> str:
    """Return the 404 body for an id that no entity has, with similar ids and the first ones of the list."""
    return _unknown_id(tuple(ids[:MAX_KNOWN]), asked[: MAX_COMPARED_LENGTH + 1], collection)


@lru_cache(maxsize=256)  # apps go on asking for an id that was removed
def _unknown_id(ids: tuple[str, ...], asked: str, collection: str) -> str:
    import difflib  # noqa: PLC0415 - 0.7 MB, only in instances that are asked for an unknown id

    similar = (
        difflib.get_close_matches(asked.lower(), ids, MAX_SUGGESTIONS) if len(asked) <= MAX_COMPARED_LENGTH else []
    )
    detail = "There is nothing with that id here."
    return problem_json(
        ProblemError(HTTPStatus.NOT_FOUND, detail, did_you_mean=similar, known=list(ids), collection=collection)
    )


def excerpt(sent: str) -> str:
    """Return the beginning of what a client sent. UTF-8 has no lone surrogates, so they become `?`."""
    return sent[:MAX_EXCERPT].encode(errors="replace").decode()


def problem_json(problem: ProblemError) -> str:
    """Return a problem as JSON; `about:blank` means that the status says it all (RFC 9457, section 4.2.1)."""
    document = ProblemDocument(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        detail=problem.detail,
        **problem.members,
    )
    return msgspec.json.encode(document).decode()


def problem_response(status: HTTPStatus, body: str, headers: Headers | None = None) -> ApiResponse:
    """Return the response with a problem as its body."""
    return ApiResponse(status, body, headers or {}, PROBLEM_HEADERS[status], None, "en")


def respond(problem: ProblemError) -> ApiResponse:
    """Return the response to a problem."""
    return problem_response(problem.status, problem_json(problem), problem.headers)


def method_not_allowed(**_: str) -> Response:
    """Answer a method that would write; the view of all of them."""
    return respond(read_only())


def problem_middleware(request: Request, get_response: Callable[[Request], Response]) -> ApiResponse:
    """Return an `ApiResponse` whatever happens below: a problem instead of any error, ours or Chalice's.

    A `HEAD` is answered as the `GET` would be, without a body (RFC 9110, section 9.3.2).
    """
    try:
        try:
            response = get_response(request)
        except ProblemError as problem:
            response = respond(problem)
        if not isinstance(response, ApiResponse):
            response = respond(chalice_problem(HTTPStatus(response.status_code)))
        if request.method == "HEAD":
            response.body = ""
    except Exception:
        log.exception("A request could not be answered")
        # An event that is not the gateway's has no request.
        body = "" if getattr(request, "method", None) == "HEAD" else INTERNAL_ERROR
        response = problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, body)
    return response


PROBLEM_HEADERS: dict[HTTPStatus, Headers] = {
    status: {
        "Content-Type": PROBLEM_JSON,
        "Content-Language": "en",
        "Cache-Control": error_cache_control(status),
        **COMMON_HEADERS,
    }
    for status in HTTPStatus
}
# Made in advance, so that it cannot fail too when making a response fails.
INTERNAL_ERROR = problem_json(chalice_problem(HTTPStatus.INTERNAL_SERVER_ERROR))
