"""What a request asks for: languages, conditions, query parameters; pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter

from chalicelib.web.problems import repeated_parameter, unknown_parameter, unknown_value

# RFC 9110, section 8.8.3; commas may stand inside the quotes, so a list is searched and not split.
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
# How much of `Accept` and `Accept-Language` is read, in characters. Browsers send less than 300.
MAX_FIELD = 1000
# RFC 9110, section 5.6. What a quoted string holds chooses nothing here: without it, every comma and semicolon is a
# separator. One that does not end takes the rest of the field with it.
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*("?)', re.DOTALL)
TCHAR = r"[\w!#$%&'*+.^`|~-]"
PARAMETERS = rf'[ \t]*((?:;[ \t]*(?:{TCHAR}+=(?:{TCHAR}+|"")[ \t]*)?)*)'
# Section 12.5.1, and section 12.5.4 with RFC 4647, section 2.1.
NAME = r"[\w!#$%&'+.^`|~-]+"  # `*` is a wildcard, and part of no name
MEDIA_RANGE = re.compile(rf"[ \t]*(\*/\*|{NAME}/(?:\*|{NAME})){PARAMETERS}", re.ASCII)
LANGUAGE_RANGE = re.compile(rf"[ \t]*(\*|[A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}})*){PARAMETERS}", re.ASCII)
# Section 12.4.2: a weight has at most three digits after the point. `.2` is no weight there, but what Java before 19
# sends by default (JDK-8163921); without it, those clients would get a 406.
WEIGHT = re.compile(r";[ \t]*[qQ]=([^; \t]*)")
WEIGHT_VALUE = re.compile(r"0(?:\.[0-9]{0,3})?|\.[0-9]{1,3}|1(?:\.0{0,3})?")


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


def require_choice(name: str, value: str, allowed: Collection[str]) -> str:
    """Give a parameter's value; raise `Problem` (400) unless it is one of those allowed."""
    if value not in allowed:
        raise unknown_value(name, value, allowed)
    return value


def weighted(field: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, float]]:
    """Yield the ranges of a field in lower case, each with the number of its other parameters and its weight.

    A member that is malformed, or does not end within the first `MAX_FIELD` characters, is passed over. No pattern has
    two ways to match the same text, so the time is proportional to what is read.
    """
    if len(field) > MAX_FIELD:
        field = field[: MAX_FIELD + 1].rpartition(",")[0]
    for member in QUOTED.sub(r'"\1', field).split(","):
        if found := pattern.fullmatch(member):
            name, parameters = found[1].lower(), found[2]
            weight = WEIGHT.search(parameters)
            if weight is None:
                yield name, parameters.count(";"), 1
            elif WEIGHT_VALUE.fullmatch(weight[1]):
                yield name, parameters.count(";") - 1, float(weight[1])


@lru_cache(maxsize=64)  # a key has up to 10 kB
def negotiate_language(accepted: str, offered: tuple[str, ...], default: str) -> str:
    """Give the offered language that `Accept-Language` prefers, or the default where it wants none of them.

    RFC 9110, section 12.5.4; matched by lookup (RFC 4647, section 3.4): `es-MX` is satisfied by `es`, and what is
    refused with weight 0 is not sent.
    """
    wishes: dict[str, float] = {}
    for wish, parameters, weight in weighted(accepted, LANGUAGE_RANGE):
        if not parameters:
            wishes.setdefault(wish, weight)
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


@lru_cache(maxsize=64)
def negotiate_media_type(accepted: str, offered: tuple[str, ...]) -> str | None:
    """Give the offered media type that `Accept` prefers, the first offered among equals, or None where it wants none.

    RFC 9110, section 12.5.1: the most specific range that matches a type decides its weight. What is no media range
    is passed over, and a field in which nothing is one is as good as absent. No offered type has parameters: a range
    with some matches too, but gives way to the same range without.
    """
    ranges: dict[str, float] = {}
    for name, _, weight in sorted(weighted(accepted, MEDIA_RANGE), key=itemgetter(1)):
        ranges.setdefault(name, weight)
    if not ranges:
        return offered[0]

    def weight_of(offer: str) -> float:
        wanted = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next((ranges[name] for name in wanted if name in ranges), 0)

    best = max(offered, key=weight_of)
    return best if weight_of(best) else None


def not_modified(condition: str | None, etag: str) -> bool:
    """Tell whether `If-None-Match` holds the tag, by weak comparison (RFC 9110, sections 8.8.3.2 and 13.1.2)."""
    if not condition:
        return False
    # Nearly every client sends back the one tag that it was given.
    return condition == etag or condition.strip() == "*" or etag in ENTITY_TAG.findall(condition)
