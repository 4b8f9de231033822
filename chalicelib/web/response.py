"""The headers of all responses, and a response that bypasses Chalice's header processing."""

from http import HTTPStatus
from typing import Any, TypeAlias

from chalice.app import CORSConfig, Request, Response

Headers: TypeAlias = dict[str, str | list[str]]

# The response to a preflight (Fetch, "CORS protocol"), which API Gateway sends. Allow any header: web apps often add
# their own to all requests, for tracing for example. `*` does not include `Authorization`.
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "ETag,Link,Retry-After",
    "Access-Control-Max-Age": "86400",
}
# Chalice adds these to every response, but only the response to a preflight needs them.
PREFLIGHT_ONLY = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")


class AnyOrigin(CORSConfig):
    """Allow every site to read every response. Chalice's own class would also allow Amazon's headers."""

    def get_access_control_headers(self) -> dict[str, str]:
        """Return the headers of the response to a preflight."""
        return PREFLIGHT.copy()  # `chalice local` modifies it


CORS = AnyOrigin()

# On every response, including errors.
COMMON_HEADERS: Headers = {
    **{name: value for name, value in PREFLIGHT.items() if name not in PREFLIGHT_ONLY},
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ApiResponse(Response):
    """A response that bypasses Chalice's header processing, which costs 6 µs a request.

    It sends `own_headers` and `shared_headers`, a dictionary that other responses share. `headers` already contains the
    CORS headers, so Chalice adds none. Any header that a view or middleware sets there is sent too. `edition` and
    `language` are for the request log.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a response consists of
        self,
        status: HTTPStatus,
        body: str,
        own_headers: Headers,
        shared_headers: Headers,
        edition: str | None = None,
        language: str | None = None,
    ) -> None:
        super().__init__(body, CHALICE_HEADERS.copy(), status)
        self.own_headers = own_headers
        self.shared_headers = shared_headers
        self.edition = edition
        self.language = language

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - Chalice's signature
        """Return the response in the format of a Lambda proxy integration."""
        headers: Headers = {**self.shared_headers, **self.own_headers}
        multiple: dict[str, list[str]] = {}
        if self.headers != CHALICE_HEADERS:
            headers |= {name: value for name, value in self.headers.items() if value != CHALICE_HEADERS.get(name)}
            headers, multiple = self._sort_headers(headers)
        status = int(self.status_code)
        return {"headers": headers, "multiValueHeaders": multiple, "statusCode": status, "body": self.body}


CHALICE_HEADERS: Headers = dict(PREFLIGHT)


def came_through_edge(request: Request) -> bool:
    """Return whether CloudFront passed the request on: it adds `X-Public-Host`."""
    # Read the dictionary inside: Chalice's mapping raises and catches an error, which takes 3 % of a warm request.
    return bool(request.headers._dict.get("x-public-host"))  # noqa: SLF001 - for that reason
