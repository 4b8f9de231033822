"""Every error text. All errors are `application/problem+json` (RFC 9457), and say what to do."""

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
MAX_EXCERPT = 100  # characters of an invalid value that the error repeats

# Compare an unknown id with the first 50 ids only, and not at all if it is longer than any id can be (`model.Slug`).
# difflib takes 0.4 ms for today's ids, but up to 80 ms for ids of 64 characters that use only two letters.
MAX_KNOWN, MAX_COMPARED_LENGTH, MAX_SUGGESTIONS = 50, 64, 5


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error response (RFC 9457, section 3.1). The members from `parameter` on help to correct the request."""

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
    bundle: str | None = None
    service: str | None = None


class ProblemError(ChaliceUnhandledError):
    """An error that `problem_middleware` turns into a response; `members` are those of `ProblemDocument`.

    It extends `ChaliceUnhandledError` because Chalice turns any other exception into a 500 before middleware sees it.
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
    """Return the error for a repeated query parameter."""
    return ProblemError(HTTPStatus.BAD_REQUEST, "This query parameter can be given once only.", parameter=name)


def unknown_value(name: str, value: str, allowed: Iterable[str]) -> ProblemError:
    """Return the error for a query parameter's value that is not allowed."""
    detail = "This query parameter does not take that value."
    return ProblemError(HTTPStatus.BAD_REQUEST, detail, parameter=name, value=excerpt(value), allowed=list(allowed))


def not_a_number_of_pixels(name: str, value: str) -> ProblemError:
    """Return the error for an invalid width or height."""
    return unknown_value(name, value, ["a whole number of pixels"])


def not_acceptable(offered: Iterable[str]) -> ProblemError:
    """Return the error for an `Accept` that matches no offered media type (RFC 9110, section 15.5.7)."""
    detail = "This URL is not available in any type that Accept names."
    return ProblemError(HTTPStatus.NOT_ACCEPTABLE, detail, available=list(offered))


def edition_not_found(name: str, *, pruned: bool) -> ProblemError:
    """Return the error for an edition that was never published (404), or was pruned (410)."""
    status = HTTPStatus.GONE if pruned else HTTPStatus.NOT_FOUND
    detail = "That edition is not kept any more." if pruned else "There is no edition of that name."
    return ProblemError(status, detail, edition=excerpt(name), editions="/v1/editions")


def not_in_the_log(edition: str) -> ProblemError:
    """Return the error for an edition that the change log does not name, or no longer."""
    detail = "The change log does not reach back to that edition. Fetch the bundle instead."
    return ProblemError(HTTPStatus.NOT_FOUND, detail, parameter="after", value=excerpt(edition), bundle="/v1/bundle")


def no_card() -> ProblemError:
    """Return the error for an oEmbed URL that is not a card's."""
    return ProblemError(HTTPStatus.NOT_FOUND, "There is no card at that address.", parameter="url")


def json_only() -> ProblemError:
    """Return the error for an oEmbed format other than JSON (oEmbed, section 2.3.2)."""
    return ProblemError(HTTPStatus.NOT_IMPLEMENTED, "Only the format json is offered.", parameter="format")


def no_resource() -> ProblemError:
    """Return the error for a path without a route."""
    return ProblemError(HTTPStatus.NOT_FOUND, "There is nothing at this path.", service="/v1")


def read_only() -> ProblemError:
    """Return the error for a method other than GET, HEAD and OPTIONS (RFC 9110, section 15.5.6)."""
    allow: Headers = {"Allow": "GET, HEAD, OPTIONS"}
    detail = "This URL can be read only: use GET, HEAD or OPTIONS."
    return ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, detail, allow)


def no_content(retry_after: float) -> ProblemError:
    """Return the error for an instance without content; `retry_after` in seconds."""
    detail = "The content cannot be read at the moment. Please try again later."
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(max(1, round(retry_after)))})


def not_a_request(status: HTTPStatus) -> ProblemError:
    """Return the error for bytes that the local server cannot parse as a request."""
    return ProblemError(status, "This is not a request that can be understood.")


def chalice_problem(status: HTTPStatus) -> ProblemError:
    """Return the error that replaces one of Chalice's own."""
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return read_only()
    return ProblemError(status, DEFAULT_DETAILS.get(status, "This request could not be answered."))


DEFAULT_DETAILS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "This URL takes no request body of that type.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. It was noted, and is no fault of the request.",
}

# Errors that API Gateway sends without calling the function, by gateway response type. A test compares them with
# .chalice/template.yaml.
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


def unknown_id(ids: Sequence[str], requested: str, collection: str) -> str:
    """Return the 404 body for an id that no entity has, with similar ids and up to 50 ids of the list."""
    likely = list(ids)
    if len(likely) > MAX_KNOWN:  # then those with the same first letter, which are the most similar
        likely.sort(key=lambda known: known[:1] != requested[:1].lower())
    return _unknown_id(tuple(likely[:MAX_KNOWN]), requested[: MAX_COMPARED_LENGTH + 1], collection)


@lru_cache(maxsize=256)  # apps keep requesting an id that was removed
def _unknown_id(ids: tuple[str, ...], requested: str, collection: str) -> str:
    import difflib  # noqa: PLC0415 - takes 0.7 MB; load it only if an unknown id is requested

    comparable = len(requested) <= MAX_COMPARED_LENGTH
    similar = difflib.get_close_matches(requested.lower(), ids, MAX_SUGGESTIONS) if comparable else []
    detail = "There is nothing with that id here."
    return problem_json(
        ProblemError(HTTPStatus.NOT_FOUND, detail, did_you_mean=similar, known=list(ids), collection=collection)
    )


def excerpt(value: str) -> str:
    """Return the start of a value that a client sent. Lone surrogates, which UTF-8 cannot encode, become `?`."""
    return value[:MAX_EXCERPT].encode(errors="replace").decode()


def problem_json(problem: ProblemError) -> str:
    """Return the body of a problem. Its type `about:blank` adds nothing to the status (RFC 9457, section 4.2.1)."""
    document = ProblemDocument(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        detail=problem.detail,
        **problem.members,
    )
    return msgspec.json.encode(document).decode()


def problem_response(status: HTTPStatus, body: str, headers: Headers | None = None) -> ApiResponse:
    """Return the response with the body of a problem."""
    return ApiResponse(status, body, headers or {}, PROBLEM_HEADERS[status], None, "en")


def respond(problem: ProblemError) -> ApiResponse:
    """Return the response to a problem."""
    return problem_response(problem.status, problem_json(problem), problem.headers)


def method_not_allowed(**_: str) -> Response:
    """Return a 405. The view of every method other than GET and HEAD."""
    return respond(read_only())


def problem_middleware(request: Request, get_response: Callable[[Request], Response]) -> ApiResponse:
    """Return the response; replace every error, ours and Chalice's, by a problem. Raises nothing.

    A response to `HEAD` is that to `GET` without its body (RFC 9110, section 9.3.2).
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
        # `request` is None if the event does not come from API Gateway.
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
# Encode this body now: encoding may be what failed.
INTERNAL_ERROR = problem_json(chalice_problem(HTTPStatus.INTERNAL_SERVER_ERROR))
