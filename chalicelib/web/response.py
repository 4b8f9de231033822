"""What all responses have in common, and a response that bypasses Chalice's header processing."""

from http import HTTPStatus
from typing import Any, TypeAlias

from chalice.app import CORSConfig, Response

Headers: TypeAlias = dict[str, str | list[str]]

# The answer to a preflight (Fetch, "CORS protocol"), which the gateway gives. Web apps add headers for tracing and the
# like to all of their requests; `*` does not include `Authorization`.
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "ETag,Link,Retry-After",
    "Access-Control-Max-Age": "86400",
}
# Chalice puts these on every response, though they mean something only in the answer to a preflight.
PREFLIGHT_ONLY = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")


class AnyOrigin(CORSConfig):
    """Allow pages of every site to read every response. Chalice's own class always allows Amazon's headers too."""

    def get_access_control_headers(self) -> dict[str, str]:
        """Return the headers of the answer to a preflight."""
        return PREFLIGHT.copy()  # `chalice local` adds to it


CORS = AnyOrigin()

# On every response, errors too.
COMMON_HEADERS: Headers = {
    **{name: value for name, value in PREFLIGHT.items() if name not in PREFLIGHT_ONLY},
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ApiResponse(Response):
    """A response that is sent as it is: its own headers, and those that it shares with others.

    Bypasses Chalice's header processing, which costs 6 µs a request: `headers` starts with the CORS headers that
    Chalice would otherwise add. What a view or a middleware sets there is sent with this response. `edition` and
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
        """Return the output format of a Lambda proxy integration."""
        headers: Headers = {**self.shared_headers, **self.own_headers}
        multiple: dict[str, list[str]] = {}
        if self.headers != CHALICE_HEADERS:
            headers |= {name: value for name, value in self.headers.items() if value != CHALICE_HEADERS.get(name)}
            headers, multiple = self._sort_headers(headers)
        status = int(self.status_code)
        return {"headers": headers, "multiValueHeaders": multiple, "statusCode": status, "body": self.body}


CHALICE_HEADERS: Headers = dict(PREFLIGHT)
