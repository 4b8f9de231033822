"""Every lifetime: how long browsers and shared caches may keep a response (RFC 9111, RFC 5861)."""

from datetime import UTC, date, datetime
from functools import lru_cache
from http import HTTPStatus

# In seconds, for shared caches. Browsers revalidate each time (max-age=0), and mostly get a 304.
S_MAXAGE = 300  # a published correction can take this long to reach users
# Only sent to CloudFront, which may serve a copy this much longer while it revalidates. Chrome would do the same, so a
# function at the edge removes it (decision 6).
STALE_WHILE_REVALIDATE = 60
STALE_IF_ERROR = 86_400  # while the API is down, old information is better than none
ERROR_S_MAXAGE = 60

STATIC_FILE = f"max-age=0, s-maxage={S_MAXAGE}"  # a new deployment reaches users as fast as a new edition
IMMUTABLE = "max-age=31536000, immutable"  # RFC 8246; the file name includes the version, so the bytes never change
NO_STORE = "no-store"

# Cache 400, 404 and 410 for 60 s: the URL may start to exist. Never cache 5xx, nor what depends on more than the URL.
CACHED_ERRORS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@lru_cache(maxsize=8)  # computed once a second, because it takes 6 % of a warm request
def content_cache_control(next_check: date, now: int, for_edge: bool) -> str:  # noqa: FBT001 - a keyword slows the cache
    """Return the `Cache-Control` of content at a time in seconds since the epoch."""
    return cache_control(seconds_until(next_check, now), for_edge=for_edge)


def cache_control(seconds_left: int, *, for_edge: bool) -> str:
    """Return the `Cache-Control` of content whose next check is due in `seconds_left` (negative if overdue).

    No lifetime extends past the check. `for_edge` adds `stale-while-revalidate`.
    """
    s_maxage = max(0, min(S_MAXAGE, seconds_left))
    on_error = max(0, min(STALE_IF_ERROR, seconds_left - s_maxage))
    revalidate = max(0, min(STALE_WHILE_REVALIDATE, seconds_left - s_maxage))
    while_revalidating = f", stale-while-revalidate={revalidate}" if for_edge else ""
    return f"max-age=0, s-maxage={s_maxage}{while_revalidating}, stale-if-error={on_error}"


def error_cache_control(status: HTTPStatus) -> str:
    """Return the `Cache-Control` of an error response."""
    return f"max-age=0, s-maxage={ERROR_S_MAXAGE}" if status in CACHED_ERRORS else NO_STORE


def seconds_until(day: date, now: int) -> int:
    """Return the seconds from `now` (since the epoch) until a day begins in UTC, negative if it has begun."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - now
