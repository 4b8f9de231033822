"""Every kind of error, and every error text. All are `application/problem+json` (RFC 9457), and say what to do."""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from chalice.app import ChaliceUnhandledError, Request, Response

from chalicelib.documents.bundle import BUNDLE_PATH
from chalicelib.documents.changes import CHANGES_PATH
from chalicelib.documents.envelope import Document, to_document
from chalicelib.web.caching import error_cache_control
from chalicelib.web.response import COMMON_HEADERS, ApiResponse, Headers

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
PROBLEMS_PATH = "/v1/problems"
MAX_EXCERPT = 100  # characters of an invalid value that the error repeats

# Compare an unknown id with the first 50 ids only, and not at all if it is longer than any id can be (`model.Slug`).
# difflib takes 0.4 ms for today's ids, but up to 80 ms for ids of 64 characters that use only two letters.
MAX_KNOWN, MAX_COMPARED_LENGTH, MAX_SUGGESTIONS = 50, 64, 5


class ProblemType(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem: what identifies it, and what to do."""

    # RFC 9457, section 4. Type and title never change; the advice may.
    type: str
    title: str
    status: int
    advice: str


# In the order of their definitions.
PROBLEM_TYPES: list[ProblemType] = []


def define(name: str, title: str, status: HTTPStatus, advice: str) -> ProblemType:
    """Return a kind of problem, and list it. Its type is a path from the root of the API, with its name as fragment."""
    kind = ProblemType(type=f"{PROBLEMS_PATH}#{name}", title=title, status=status.value, advice=advice)
    PROBLEM_TYPES.append(kind)
    return kind


UNKNOWN_PARAMETER = define(
    name="unknown-parameter",
    title="Unknown query parameter",
    status=HTTPStatus.BAD_REQUEST,
    advice="Leave the parameter out, or use one of those in `allowed`.",
)
REPEATED_PARAMETER = define(
    name="repeated-parameter",
    title="Repeated query parameter",
    status=HTTPStatus.BAD_REQUEST,
    advice="Send the parameter once.",
)
UNKNOWN_VALUE = define(
    name="unknown-value",
    title="Unknown value of a query parameter",
    status=HTTPStatus.BAD_REQUEST,
    advice="Use one of the values in `allowed`.",
)
INVALID_SIZE = define(
    name="invalid-size",
    title="Invalid size of a card",
    status=HTTPStatus.BAD_REQUEST,
    advice="Send a whole number of pixels, at least 1.",
)
MALFORMED_REQUEST = define(
    name="malformed-request",
    title="Malformed request",
    status=HTTPStatus.BAD_REQUEST,
    advice="Correct how the request is built. The same request will fail again.",
)
UNKNOWN_PATH = define(
    name="unknown-path",
    title="Unknown path",
    status=HTTPStatus.NOT_FOUND,
    advice="Start from the links of `/v1`.",
)
UNKNOWN_ID = define(
    name="unknown-id",
    title="Unknown id",
    status=HTTPStatus.NOT_FOUND,
    advice="Use an id of `did_you_mean` or `known`. An id that your app has stored may have been removed since.",
)
UNKNOWN_EDITION = define(
    name="unknown-edition",
    title="Unknown edition",
    status=HTTPStatus.NOT_FOUND,
    advice="Use an edition of `/v1/editions`, or leave `edition` out to get the current one.",
)
EDITION_NOT_LOGGED = define(
    name="edition-not-logged",
    title="Edition not in the change log",
    status=HTTPStatus.NOT_FOUND,
    advice="Fetch `/v1/bundle` instead, and go on from the edition in its `meta`.",
)
UNKNOWN_CARD = define(
    name="unknown-card",
    title="Unknown card",
    status=HTTPStatus.NOT_FOUND,
    advice="Send the complete URL of a card of this API in `url`.",
)
METHOD_NOT_ALLOWED = define(
    name="method-not-allowed",
    title="Method not allowed",
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    advice="Use GET, HEAD or OPTIONS. The API can be read only.",
)
NOT_ACCEPTABLE = define(
    name="not-acceptable",
    title="No acceptable media type",
    status=HTTPStatus.NOT_ACCEPTABLE,
    advice="Name a type of `available` in `Accept`, or leave `Accept` out. `page`, if present, is a page for people.",
)
PRUNED_EDITION = define(
    name="pruned-edition",
    title="Edition no longer kept",
    status=HTTPStatus.GONE,
    advice="Leave `edition` out to get the current one. What was pruned does not come back.",
)
REQUEST_TOO_LARGE = define(
    name="request-too-large",
    title="Request too large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    advice="Send no body, a shorter URL, and fewer or shorter headers.",
)
UNSUPPORTED_BODY = define(
    name="unsupported-body",
    title="Unsupported request body",
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    advice="Send no body.",
)
TOO_MANY_REQUESTS = define(
    name="too-many-requests",
    title="Too many requests",
    status=HTTPStatus.TOO_MANY_REQUESTS,
    advice="Wait for the seconds in `Retry-After`. To need fewer requests, fetch `/v1/bundle`.",
)
INTERNAL = define(
    name="internal-error",
    title="Internal error",
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    advice="Show what your app has stored, and try again later. The error was logged.",
)
FORMAT_NOT_OFFERED = define(
    name="format-not-offered",
    title="Format not offered",
    status=HTTPStatus.NOT_IMPLEMENTED,
    advice="Send `format=json`, or leave `format` out.",
)
CONTENT_UNAVAILABLE = define(
    name="content-unavailable",
    title="Content unavailable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    advice="Show what your app has stored, and try again after the seconds in `Retry-After`.",
)
API_UNAVAILABLE = define(
    name="api-unavailable",
    title="API unavailable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    advice="Show what your app has stored, and try again later.",
)


@cache
def problem_types_document() -> Document:
    """Return the document of all kinds of problem. It depends on the code only, so it has no `meta`."""
    return to_document({"data": PROBLEM_TYPES, "links": {"self": PROBLEMS_PATH, "service": "/v1"}})


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error response (RFC 9457, section 3.1); `/v1/problems` lists its types.

    The members from `parameter` on help to correct the request.
    """

    type: str
    title: str
    status: int
    detail: str
    parameter: str | None = None
    value: str | None = None
    allowed: list[str] | None = None
    available: list[str] | None = None
    page: str | None = None
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

    def __init__(self, kind: ProblemType, detail: str, headers: Headers | None = None, **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}
        self.members = members

    @property
    def status(self) -> HTTPStatus:
        """The status of the response."""
        return HTTPStatus(self.kind.status)


def unknown_parameter(name: str, allowed: Iterable[str]) -> ProblemError:
    """Return the error for a query parameter that the URL does not take."""
    detail = "This URL does not take that query parameter."
    return ProblemError(UNKNOWN_PARAMETER, detail, parameter=excerpt(name), allowed=sorted(allowed))


def repeated_parameter(name: str) -> ProblemError:
    """Return the error for a repeated query parameter."""
    return ProblemError(REPEATED_PARAMETER, "This query parameter can be given once only.", parameter=name)


def unknown_value(name: str, value: str, allowed: Iterable[str]) -> ProblemError:
    """Return the error for a query parameter's value that is not allowed."""
    detail = "This query parameter does not take that value."
    return ProblemError(UNKNOWN_VALUE, detail, parameter=name, value=excerpt(value), allowed=list(allowed))


def not_a_number_of_pixels(name: str, value: str) -> ProblemError:
    """Return the error for an invalid width or height."""
    detail = "This query parameter takes a whole number of pixels, at least 1."
    return ProblemError(INVALID_SIZE, detail, parameter=name, value=excerpt(value))


def not_acceptable(offered: Iterable[str], *, html_accepted: bool) -> ProblemError:
    """Return the error for an `Accept` that matches no offered media type (RFC 9110, section 15.5.7).

    If it accepts HTML, the error names the page for people.
    """
    detail = "This URL is not available in any type that Accept names."
    return ProblemError(NOT_ACCEPTABLE, detail, available=list(offered), page="/" if html_accepted else None)


def edition_not_found(name: str, *, gone: bool) -> ProblemError:
    """Return the error for an edition that was never published (404), or that is not served any more (410)."""
    kind = PRUNED_EDITION if gone else UNKNOWN_EDITION
    detail = "That edition is not kept any more." if gone else "There is no edition of that name."
    return ProblemError(kind, detail, edition=excerpt(name), editions=CHANGES_PATH)


def not_in_the_log(edition: str) -> ProblemError:
    """Return the error for an edition that the change log does not name, or no longer."""
    detail = "The change log does not reach back to that edition. Fetch the bundle instead."
    return ProblemError(EDITION_NOT_LOGGED, detail, parameter="after", value=excerpt(edition), bundle=BUNDLE_PATH)


def no_card() -> ProblemError:
    """Return the error for an oEmbed URL that is not a card's."""
    return ProblemError(UNKNOWN_CARD, "There is no card at that address.", parameter="url")


def json_only() -> ProblemError:
    """Return the error for an oEmbed format other than JSON (oEmbed, section 2.3.2)."""
    return ProblemError(FORMAT_NOT_OFFERED, "Only the format json is offered.", parameter="format")


def no_resource() -> ProblemError:
    """Return the error for a path without a route."""
    return ProblemError(UNKNOWN_PATH, "There is nothing at this path.", service="/v1")


def read_only() -> ProblemError:
    """Return the error for a method other than GET, HEAD and OPTIONS (RFC 9110, section 15.5.6)."""
    allow: Headers = {"Allow": "GET, HEAD, OPTIONS"}
    detail = "This URL can be read only: use GET, HEAD or OPTIONS."
    return ProblemError(METHOD_NOT_ALLOWED, detail, allow)


def no_content(retry_after: float) -> ProblemError:
    """Return the error for an instance without content; `retry_after` in seconds."""
    detail = "The content cannot be read at the moment. Please try again later."
    return ProblemError(CONTENT_UNAVAILABLE, detail, {"Retry-After": str(max(1, round(retry_after)))})


def not_a_request(status: HTTPStatus) -> ProblemError:
    """Return the error for bytes that the local server cannot parse as a request; `status` is what http.server says."""
    too_large = status in {HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE}
    kind = REQUEST_TOO_LARGE if too_large else MALFORMED_REQUEST
    return ProblemError(kind, "The server cannot parse this request.")


def chalice_problem(status: HTTPStatus) -> ProblemError:
    """Return the error that replaces one of Chalice's own."""
    return CHALICE_PROBLEMS.get(status, internal_error)()


def unsupported_body() -> ProblemError:
    """Return the error for a request body of a type that a URL does not take."""
    return ProblemError(UNSUPPORTED_BODY, "This URL takes no request body of that type.")


def internal_error() -> ProblemError:
    """Return the error for an unexpected exception."""
    return ProblemError(INTERNAL, "An internal error occurred, and was logged. The request is not at fault.")


CHALICE_PROBLEMS = {
    HTTPStatus.METHOD_NOT_ALLOWED: read_only,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: unsupported_body,
}

# Errors that API Gateway sends without calling the function, by gateway response type. A test compares them with
# .chalice/template.yaml.
GATEWAY_PROBLEMS = {
    "MISSING_AUTHENTICATION_TOKEN": no_resource(),
    "THROTTLED": ProblemError(
        TOO_MANY_REQUESTS, "There are too many requests at the moment. Please try again in a second."
    ),
    "REQUEST_TOO_LARGE": ProblemError(REQUEST_TOO_LARGE, "This request is too large."),
    "DEFAULT_4XX": ProblemError(MALFORMED_REQUEST, "This request cannot be understood."),
    "DEFAULT_5XX": ProblemError(API_UNAVAILABLE, "The API cannot answer at the moment. Please try again later."),
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
    return problem_json(ProblemError(UNKNOWN_ID, detail, did_you_mean=similar, known=list(ids), collection=collection))


def excerpt(value: str) -> str:
    """Return the start of a value that a client sent. Lone surrogates, which UTF-8 cannot encode, become `?`."""
    return value[:MAX_EXCERPT].encode(errors="replace").decode()


def problem_json(problem: ProblemError) -> str:
    """Return the body of a problem."""
    document = ProblemDocument(
        type=problem.kind.type,
        title=problem.kind.title,
        status=problem.kind.status,
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
INTERNAL_ERROR = problem_json(internal_error())
