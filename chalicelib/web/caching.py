"""Every lifetime: how long browsers and shared caches may keep a reply (RFC 9111, RFC 5861)."""

import time
from datetime import UTC, date, datetime
from http import HTTPStatus

# Lifetimes in seconds. A browser asks again each time, and mostly gets a 304 (max-age=0).
SHARED = 300  # a shared cache answers alone: so long may a wrong sentence outlive its correction there
REVALIDATE = 60  # and this much longer while it asks in the background
STATIC = "max-age=0, s-maxage=300"  # what changes with a deployment is as soon there as what is published
IMMUTABLE = "max-age=31536000, immutable"  # RFC 8246: what has its version in its name never changes
ON_ERROR = 86_400  # and a day while the API does not answer: old information beats none


def seconds_until(day: date) -> int:
    """Give the seconds until a day begins (UTC); negative when it has begun."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - time.time())


def cache_control(left: int) -> str:
    """Give `Cache-Control` (RFC 9111, RFC 5861) for content whose review is due in so many seconds.

    No lifetime runs past the review: what is due to be read again must not go on unasked.
    """
    shared = max(0, min(SHARED, left))
    revalidate = max(0, min(REVALIDATE, left - shared))
    on_error = max(0, min(ON_ERROR, left - shared))
    return f"max-age=0, s-maxage={shared}, stale-while-revalidate={revalidate}, stale-if-error={on_error}"


# How long a shared cache may repeat an error, in seconds. What a mistyped URL gets may soon exist, and costs a look-up
# each time: a minute. Everything that the server is to blame for is asked for again at once.
LIFETIMES = {HTTPStatus.BAD_REQUEST: 60, HTTPStatus.NOT_FOUND: 60, HTTPStatus.GONE: 60}
