"""What every reply has in common, and a reply that is sent as it stands."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from chalice.app import CORSConfig, Response

Headers: TypeAlias = dict[str, str | list[str]]

# Chalice puts these on every reply; they mean something in the answer to a preflight only, which the gateway gives.
PREFLIGHT_ONLY = ("Access-Control-Allow-Headers", "Access-Control-Max-Age")


class Sharing(CORSConfig):
    """Which sites may read what (the Fetch standard's CORS protocol), put together once: Chalice asks every time."""

    def __init__(self, expose_headers: list[str], allow_headers: list[str], max_age: int) -> None:
        super().__init__(allow_headers=allow_headers, expose_headers=expose_headers, max_age=max_age)
        self._headers = super().get_access_control_headers()

    def get_access_control_headers(self) -> dict[str, str]:
        """Give the headers of the answer to a preflight; all but `PREFLIGHT_ONLY` are those of every reply."""
        return self._headers


CORS = Sharing(expose_headers=["ETag", "Link", "Retry-After"], allow_headers=["If-None-Match"], max_age=86_400)

# For every reply, errors too: any site may use it, and it is what it says it is.
EVERY: Headers = {
    **{name: value for name, value in CORS.get_access_control_headers().items() if name not in PREFLIGHT_ONLY},
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Reply(Response):
    """A reply to be sent as it stands: its own headers, and those that it shares with others.

    Chalice looks through a reply's own headers four times, sorts them by how often each is sent, and looks for binary
    types; here each is sent once, and nothing is binary. `edition` and `language` say what it is of, for the log.
    """

    def __init__(  # noqa: PLR0913 - what a reply is made of
        self,
        body: str,
        own: Headers,
        shared: Mapping[str, str | list[str]],
        status: HTTPStatus,
        *,
        edition: str | None = None,
        language: str | None = None,
    ) -> None:
        super().__init__(body, own, status.value)
        self.shared = shared
        self.edition = edition
        self.language = language

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - Chalice's signature
        """Give what Lambda hands to the gateway: the output format of a Lambda proxy integration."""
        headers = {**self.shared, **self.headers}
        for name in PREFLIGHT_ONLY:
            headers.pop(name, None)
        return {"headers": headers, "multiValueHeaders": {}, "statusCode": self.status_code, "body": self.body}
