"""What a request asks for: languages, conditions, query parameters; pure."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from chalicelib.problems import repeated_parameter, unknown_parameter, unknown_value

# RFC 9110, section 8.8.3; commas may stand inside the quotes, so a list is searched and not split.
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
# RFC 9110, section 12.4.2: a weight has at most three digits after the point.
WEIGHTED = re.compile(
    r"^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*$"
)
# Section 12.5.1; parameters other than the weight make no difference to what is offered here.
MEDIA_RANGE = re.compile(
    r"^\s*(\*/\*|[\w!#$&^.+-]+/(?:\*|[\w!#$&^.+-]+))\s*(?:;\s*(?![qQ]=)[^;]*)*"
    r"(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;[^;]*)*)?$",
    re.ASCII,
)


def parameters(query: Mapping[str, list[str]] | None, allowed: Collection[str]) -> dict[str, str]:
    """Give the query parameters by name; raise `Problem` (400) for one that is unknown or given twice."""
    given: dict[str, str] = {}
    for name, values in (query or {}).items():
        if name not in allowed:
            raise unknown_parameter(name, allowed)
        if len(values) != 1:
            raise repeated_parameter(name)
        given[name] = values[0]
    return given


def one_of(name: str, value: str, allowed: Collection[str]) -> str:
    """Give a parameter's value; raise `Problem` (400) unless it is one of those allowed."""
    if value not in allowed:
        raise unknown_value(name, value, allowed)
    return value


@lru_cache(maxsize=256)
def language(accepted: str, offered: tuple[str, ...], default: str) -> str:
    """Give the offered language that `Accept-Language` prefers, or the default where it wants none of them.

    RFC 9110, section 12.5.4; matched by lookup (RFC 4647, section 3.4): `es-MX` is satisfied by `es`, and what is
    refused with weight 0 is not sent.
    """
    wishes: dict[str, float] = {}
    for part in accepted.split(","):
        match = WEIGHTED.match(part)
        if match:
            wishes.setdefault(match[1].lower(), float(match[2] or 1))
    by_tag = {tag.lower(): tag for tag in offered}
    for wish in sorted((wish for wish, weight in wishes.items() if weight), key=lambda wish: -wishes[wish]):
        if wish == "*":
            return next((tag for tag in (default, *offered) if wishes.get(tag.lower(), 1)), default)
        prefix = wish
        while prefix:
            if prefix in by_tag and wishes.get(prefix, 1):
                return by_tag[prefix]
            prefix = prefix.rpartition("-")[0]
    return default


@lru_cache(maxsize=256)
def media_type(accepted: str, offered: tuple[str, ...]) -> str | None:
    """Give the offered media type that `Accept` prefers, the first offered among equals, or None where it wants none.

    RFC 9110, section 12.5.1: the most specific range that matches a type decides its weight. What is no media range
    is passed over, and a field in which nothing is one is as good as absent.
    """
    ranges: dict[str, float] = {}
    for part in accepted.split(","):
        match = MEDIA_RANGE.match(part)
        if match:
            ranges.setdefault(match[1].lower(), float(match[2] or 1))
    if not ranges:
        return offered[0]

    def weight(offer: str) -> float:
        wanted = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next((ranges[name] for name in wanted if name in ranges), 0)

    best = max(offered, key=weight)
    return best if weight(best) else None


def not_modified(condition: str | None, etag: str) -> bool:
    """Tell whether `If-None-Match` holds the tag, by weak comparison (RFC 9110, sections 8.8.3.2 and 13.1.2)."""
    if not condition:
        return False
    # Nearly every client sends back the one tag that it was given.
    return condition == etag or condition.strip() == "*" or etag in ENTITY_TAG.findall(condition)
