"""The request log: one line of JSON per request, on standard output. Lambda logs a line of JSON unchanged.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html. Log no request data except the
method, the route and the user agent's family.
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

# Part of a user agent, and its family. The first match wins: Edge also names Chrome, and Chrome also names Safari.
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
    """One line of the log; `ms` in milliseconds. Dashboard and alarms use these names (docs/operating.md)."""

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
    """Return whether to log requests: whether Lambda's runtime set the log level to INFO or below."""
    return log.isEnabledFor(logging.INFO)


class RequestLog:
    """Middleware that logs each request, with the edition and the state that `cache` reports."""

    def __init__(self, cache: EditionCache) -> None:
        self._cache = cache
        self._warm = False
        self._encoder = msgspec.json.Encoder()

    def __call__(self, request: Request, get_response: Callable[[Request], ApiResponse]) -> ApiResponse:
        """Return the response, even if logging fails. `get_response` is `problem_middleware`, which raises nothing."""
        start = time.perf_counter()
        response = get_response(request)
        try:
            record = LogRecord(
                level="ERROR" if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "INFO",
                request=request.context.get("requestId"),
                method=request.method,
                route=request.path,
                status=response.status_code,
                edition=response.edition or self._cache.edition,
                language=response.language,
                ms=round((time.perf_counter() - start) * 1000, 3),
                instance="warm" if self._warm else "cold",
                content=self._cache.state,
                agent=agent_family(request.headers.get("user-agent", "")),
            )
            sys.stdout.write(self._encoder.encode(record).decode() + "\n")
        except Exception:
            log.exception("A request could not be logged")
        self._warm = True
        return response


@lru_cache(maxsize=256)
def agent_family(user_agent: str) -> str:
    """Return the family of a user agent: one of `FAMILIES`, or `other`."""
    lowered = user_agent.lower()
    return next((family for part, family in FAMILIES.items() if part in lowered), "other")
