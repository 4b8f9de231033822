"""What every reply has in common, and a reply that is sent as it stands."""

from http import HTTPStatus
from typing import Any, TypeAlias

from chalice.app import CORSConfig, Response

Headers: TypeAlias = dict[str, str | list[str]]

# Chalice puts these on every reply; they mean something in the answer to a preflight only, which the gateway gives.
PREFLIGHT_ONLY = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")


class Sharing(CORSConfig):
    """Which sites may read what (the Fetch standard's CORS protocol).

    Chalice's own class always names Amazon's request headers, and puts everything together anew for each request.
    """

    def get_access_control_headers(self) -> dict[str, str]:
        """Return the headers of the answer to a preflight; all but `PREFLIGHT_ONLY` are those of every reply."""
        return PREFLIGHT.copy()  # `chalice local` adds to it


PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    # Web apps add headers for tracing and the like to all of their requests. `*` does not include `Authorization`.
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "ETag,Link,Retry-After",
    "Access-Control-Max-Age": "86400",
}
CORS = Sharing()

# For every reply, errors too: any site may use it, and it is what it says it is.
EVERY: Headers = {
    **{name: value for name, value in PREFLIGHT.items() if name not in PREFLIGHT_ONLY},
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Reply(Response):
    """A reply to be sent as it stands: its own headers, and those that it shares with others.

    Chalice goes through a response's headers five times, to add what is missing of CORS, to sort them, and to look for
    line ends and binary types. Here nothing is missing, unsorted or binary, and `headers` starts with what says so. A
    header that a view or a middleware sets there is sent with this reply. `edition` and `language` are for the log.
    """

    def __init__(
        self,
        status: HTTPStatus,
        body: str,
        own: Headers,
        shared: Headers,
        about: tuple[str | None, str | None] = (None, None),
    ) -> None:
        super().__init__(body, SHOWN.copy(), status)
        self.own = own
        self.shared = shared
        self.edition, self.language = about

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - Chalice's signature
        """Give what Lambda hands to the gateway: the output format of a Lambda proxy integration."""
        headers: Headers = {**self.shared, **self.own}
        multiple: dict[str, list[str]] = {}
        if self.headers != SHOWN:
            headers |= {name: value for name, value in self.headers.items() if value != SHOWN.get(name)}
            headers, multiple = self._sort_headers(headers)
        status = int(self.status_code)
        return {"headers": headers, "multiValueHeaders": multiple, "statusCode": status, "body": self.body}


SHOWN: Headers = dict(PREFLIGHT)
