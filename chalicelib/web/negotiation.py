"""Content negotiation, conditional requests and query parameters, as pure functions (RFC 9110)."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter

from chalicelib.web.problems import repeated_parameter, unknown_parameter, unknown_value

# RFC 9110, section 8.8.3. A tag may contain commas, so find the tags in a list instead of splitting it.
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
# In characters; the rest of `Accept` and `Accept-Language` is ignored. Browsers send less than 300.
MAX_FIELD = 1000
# RFC 9110, section 5.6. The text of a quoted string never matters here. Without it, every comma and semicolon is a
# separator. An unterminated string reaches to the end of the field.
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*("?)', re.DOTALL)
TCHAR = r"[\w!#$%&'*+.^`|~-]"
RANGE_PARAMETERS = rf'[ \t]*((?:;[ \t]*(?:{TCHAR}+=(?:{TCHAR}+|"")[ \t]*)?)*)'
# Section 12.5.1, and section 12.5.4 with RFC 4647, section 2.1.
NAME = r"[\w!#$%&'+.^`|~-]+"  # a token without `*`, which is the wildcard
MEDIA_RANGE = re.compile(rf"[ \t]*(\*/\*|{NAME}/(?:\*|{NAME})){RANGE_PARAMETERS}", re.ASCII)
LANGUAGE_RANGE = re.compile(rf"[ \t]*(\*|[A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}})*){RANGE_PARAMETERS}", re.ASCII)
# Section 12.4.2: a weight has at most three digits after the point. `.2` is invalid there, but Java before 19 sends it
# by default (JDK-8163921). Accept it, or those clients get a 406.
WEIGHT = re.compile(r";[ \t]*[qQ]=([^; \t]*)")
WEIGHT_VALUE = re.compile(r"0(?:\.[0-9]{0,3})?|\.[0-9]{1,3}|1(?:\.0{0,3})?")


def query_parameters(query: Mapping[str, list[str]], allowed: Collection[str]) -> dict[str, str]:
    """Return the query parameters by name.

    Raises:
        ProblemError: 400, a parameter is unknown or repeated.

    """
    by_name: dict[str, str] = {}
    for name, values in query.items():
        if name not in allowed:
            raise unknown_parameter(name, allowed)
        if len(values) != 1:
            raise repeated_parameter(name)
        by_name[name] = values[0]
    return by_name


def known_parameters(query: Mapping[str, list[str]], known: Collection[str]) -> dict[str, str]:
    """Return the query parameters of a page by name, without unknown ones: campaigns and apps add their own.

    Raises:
        ProblemError: 400, a known parameter is repeated.

    """
    return query_parameters({name: values for name, values in query.items() if name in known}, known)


def require_choice(name: str, value: str, allowed: Collection[str]) -> str:
    """Return a parameter's value.

    Raises:
        ProblemError: 400, the value is not one of those allowed.

    """
    if value not in allowed:
        raise unknown_value(name, value, allowed)
    return value


def weighted_ranges(field: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, float]]:
    """Yield the ranges of a field: name in lower case, number of parameters without the weight, weight.

    Skips a member that is malformed, or that does not end within the first `MAX_FIELD` characters. No pattern can match
    a text in two ways, so the time is proportional to the field's length.
    """
    if len(field) > MAX_FIELD:
        field = field[: MAX_FIELD + 1].rpartition(",")[0]
    for member in QUOTED.sub(r'"\1', field).split(","):
        if match := pattern.fullmatch(member):
            name, params = match[1].lower(), match[2]
            weight = WEIGHT.search(params)
            if weight is None:
                yield name, params.count(";"), 1
            elif WEIGHT_VALUE.fullmatch(weight[1]):
                yield name, params.count(";") - 1, float(weight[1])


@lru_cache(maxsize=64)  # 64 because a header, which is the key, may have 10 kB
def negotiate_language(accept_language: str, offered: tuple[str, ...], default: str) -> str:
    """Return the offered language that `Accept-Language` prefers, or the default if it accepts none of them.

    RFC 9110, section 12.5.4. Languages match by lookup (RFC 4647, section 3.4): `es` satisfies `es-MX`. A language with
    weight 0 is never chosen.
    """
    weights: dict[str, float] = {}
    for language_range, params, weight in weighted_ranges(accept_language, LANGUAGE_RANGE):
        if not params:
            weights.setdefault(language_range, weight)
    by_tag = {tag.lower(): tag for tag in offered}
    accepted = [language_range for language_range, weight in weights.items() if weight]
    for language_range in sorted(accepted, key=lambda accepted_range: -weights[accepted_range]):
        if language_range == "*":
            return next((tag for tag in (default, *offered) if weights.get(tag.lower(), 1)), default)
        prefix = language_range
        while prefix:
            if prefix in by_tag and weights.get(prefix, 1):
                return by_tag[prefix]
            prefix = prefix.rpartition("-")[0]
    return default


@lru_cache(maxsize=64)
def negotiate_media_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that `Accept` prefers (the first among equals), or None if it accepts none.

    RFC 9110, section 12.5.1: the most specific range that matches a type decides its weight. A field without any valid
    media range counts as absent. Offered types have no parameters. A range with parameters matches them too, unless the
    same range is also there without.
    """
    ranges: dict[str, float] = {}
    for name, _, weight in sorted(weighted_ranges(accept, MEDIA_RANGE), key=itemgetter(1)):
        ranges.setdefault(name, weight)
    if not ranges:
        return offered[0]

    def weight_of(offer: str) -> float:
        most_specific_first = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next((ranges[name] for name in most_specific_first if name in ranges), 0)

    best = max(offered, key=weight_of)
    return best if weight_of(best) else None


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Return whether `If-None-Match` matches the tag, by weak comparison (RFC 9110, sections 8.8.3.2 and 13.1.2)."""
    if not if_none_match:
        return False
    # Compare first: nearly every client sends one tag, and exactly as we sent it.
    return if_none_match == etag or if_none_match.strip() == "*" or etag in ENTITY_TAG.findall(if_none_match)
