"""One line of JSON for each request, on standard output, where Lambda takes a line that is JSON already as it stands.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html. Of what a client sends there is
its route in it and its user agent's family, nothing else.
"""

import logging
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Literal

import msgspec
from chalice.app import Request

from chalicelib.edition_cache import EditionCache
from chalicelib.web.response import ApiResponse

log = logging.getLogger(__name__)

# What a user agent calls itself, and its family; the first that is found decides, because each names its forebears.
FAMILIES = {
    "bot": "bot",
    "crawler": "bot",
    "spider": "bot",
    "cloudfront": "cloudfront",
    "edg": "edge",
    "opr/": "opera",
    "samsungbrowser": "samsung",
    "firefox": "firefox",
    "fxios": "firefox",
    "chrome": "chrome",
    "crios": "chrome",
    "safari": "safari",
    "okhttp": "okhttp",
    "dart": "dart",
    "cfnetwork": "apple-app",
    "dalvik": "android-app",
    "curl": "curl",
    "python": "python",
    "node": "node",
}


class LogRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its reply: times in milliseconds, names as in the dashboard and the alarms (docs/operating.md)."""

    level: Literal["INFO", "ERROR"]
    message: Literal["request"] = "request"
    request: str | None
    method: str
    route: str
    status: int
    edition: str | None
    language: str | None
    ms: float
    instance: Literal["cold", "warm"]
    content: Literal["fresh", "stale", "none"]
    agent: str


def is_enabled() -> bool:
    """Tell whether requests are to be logged: whether the function logs at level INFO, as Lambda's runtime set it."""
    return log.isEnabledFor(logging.INFO)


class RequestLog:
    """Middleware: writes a line for each request."""

    def __init__(self, cache: EditionCache) -> None:
        """`cache` is the one whose state the lines tell."""
        self._cache = cache
        self._answered = False
        self._encoder = msgspec.json.Encoder()

    def __call__(self, request: Request, get_response: Callable[[Request], ApiResponse]) -> ApiResponse:
        """Return the reply of the next in line, which raises nothing, also when the line cannot be written."""
        start = time.perf_counter()
        reply = get_response(request)
        try:
            line = LogRecord(
                level="ERROR" if reply.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "INFO",
                request=request.context.get("requestId"),
                method=request.method,
                route=request.path,
                status=reply.status_code,
                edition=reply.edition or self._cache.edition,
                language=reply.language,
                ms=round((time.perf_counter() - start) * 1000, 3),
                instance="warm" if self._answered else "cold",
                content=self._cache.state,
                agent=agent_family(request.headers.get("user-agent", "")),
            )
            sys.stdout.write(self._encoder.encode(line).decode() + "\n")
        except Exception:
            log.exception("A request could not be logged")
        self._answered = True
        return reply


@lru_cache(maxsize=256)
def agent_family(user_agent: str) -> str:
    """Give the family of a user agent: one of `FAMILIES`, or `other`."""
    lowered = user_agent.lower()
    return next((name for part, name in FAMILIES.items() if part in lowered), "other")
