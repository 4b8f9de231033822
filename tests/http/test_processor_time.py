"""The processor time of a request is bounded, whatever a client sends within API Gateway's limits."""

import gc
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings, target
from hypothesis import strategies as st

from tests.support.characters import CHARACTERS
from tests.support.gateway import Route, event

BYTES = 10_240  # API Gateway's limit for the request line and all headers
SECONDS = 0.05

# Parts of headers, ids and URLs, and input that could slow down their parsers.
MARKS = "\u0316\u0300"  # out of order, so normalisation must sort them
PIECES = (
    *(
        ",",
        ";",
        '"',
        "\\",
        " ",
        "\t",
        '""',
        "; ",
        ", ",
        "=",
        "&",
        "/",
        "?",
        "#",
        ":",
        "@",
        "[",
        "%",
        "%41",
        "%C3",
        "+",
        "-",
    ),
    *(
        "a",
        "ab",
        "1",
        "0",
        "é",
        "€",
        "😀",
        MARKS,
        "\ufdfa",
        "a/b",
        "*/*",
        "*",
        "es",
        "-a",
        ";q=0.1",
        ";q=2",
        "W/",
        '"a",',
    ),
    *("a=b&", "lang=en&", "http://host/embed/", "//", "park-2008", "ab-", "concern/", "0123456789abcdef"),
)
NAMES = ["lang", "edition", "effectiveness", "about", "url", "format", "maxwidth", "maxheight", "x"]

runs = st.builds(
    lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(1, 10) | st.integers(1, 10_000)
)
texts = st.lists(runs | st.text(CHARACTERS, max_size=9), max_size=5).map("".join)
values = (
    texts | texts.map("http://host/embed/concern/cellulite".__add__) | texts.map("http://host/embed/overview?".__add__)
)
headers = st.sampled_from(["Accept", "Accept-Language", "If-None-Match", "User-Agent", "Content-Type", "X-Public-Host"])


class Request(NamedTuple):
    """A request: the index of a route, and the client's choices."""

    route: int
    name: str
    query: list[tuple[str, str]]
    headers: dict[str, str]


requests = st.builds(
    Request,
    st.integers(0, 99),
    texts.map(lambda text: quote(text, safe="%&=+:@;,!$'()*~")) | texts,
    st.lists(st.tuples(st.sampled_from(NAMES) | texts, values), max_size=4),
    st.dictionaries(headers, texts, max_size=4),
)


def within_limits(request: Request, resources: list[str]) -> dict[str, Any]:
    """Return the event of a request, cut to API Gateway's limits."""
    left = BYTES
    resource = resources[request.route % len(resources)]

    def cut(text: str) -> str:
        nonlocal left
        kept = text.encode()[: max(0, left)].decode(errors="ignore")
        left -= len(kept.encode()) + len(": \r\n")
        return kept

    name = cut(request.name.replace("/", "")) or "x"
    sent = [("Host", "host"), *((name, cut(value)) for name, value in request.headers.items())]
    query = cut(urlencode(request.query))
    captured = {part[1:-1]: name for part in resource.split("/") if part.startswith("{")}
    path = "/".join(name if part.startswith("{") else part for part in resource.split("/"))
    return event("GET", path, query, Route(resource, {}, captured), sent, "")


@pytest.mark.usefixtures("published")
def test_no_request_costs_more_than_50_ms(instance: Callable[[], ModuleType]) -> None:
    """On a warm instance, which has sent JSON, a card and each page: the first load Jinja2 and compile templates."""
    app = instance().app
    resources = sorted(app.routes)
    article, items = resources.index("/v1/article"), resources.index("/v1/sources/{source}")

    def seconds(request: Request) -> float:
        called = within_limits(request, resources)
        gc.disable()  # a collection would be of garbage from earlier tests
        try:
            start = time.thread_time()
            response = app(called, None)
            spent = time.thread_time() - start
        finally:
            gc.enable()
        assert response["statusCode"] in {200, 304, 400, 404, 406, 501}
        return spent

    for resource in ("/v1/risks", "/embed/{kind}", "/", "/sources", "/questions", "/v1/sources/{source}"):
        seconds(Request(resources.index(resource), "overview", [], {}))
    seconds(Request(article, "", [], {"Accept": "text/markdown"}))

    @example(Request(article, "", [], {"Accept": f"a/b{'; ' * 22};q=2"}))
    @example(Request(article, "", [], {"Accept": "; " * 5_000, "Accept-Language": f"es{' ' * 5_000}x"}))
    @example(Request(items, "%" * BYTES, [], {}))
    @example(Request(items, "park-2008" * 7, [], {}))
    @example(Request(resources.index("/v1/oembed"), "", [("url", "http://" + MARKS * 800)], {}))
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(requests)
    def check(request: Request) -> None:
        spent = seconds(request)
        target(spent)
        assert spent < SECONDS, resources[request.route % len(resources)]

    check()
