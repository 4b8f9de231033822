"""Which URLs `/v1/oembed` accepts, and which URL its iframe gets."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from chalice.test import Client

from chalicelib.web.problems import UNKNOWN_CARD
from tests.http.test_any_request import event, problem_reply, send
from tests.http.test_replies import LINK

Origin = tuple[dict[str, str], str]

OURS: Origin = ({"Host": "api.example"}, "/v1/oembed")
WITH_PORT: Origin = ({"Host": "API.example:443"}, "/v1/oembed")
GATEWAY: Origin = ({"Host": "gateway.example"}, "/api/v1/oembed")
EDGE: Origin = ({"Host": "gateway.example", "X-Public-Host": "api.example"}, "/api/v1/oembed")
NO_HOST: Origin = ({}, "/v1/oembed")

CARDS = [
    ("https://api.example/embed/overview", OURS, "https://api.example/embed/overview"),
    ("http://api.example/embed/concern/cellulite", OURS, "http://api.example/embed/concern/cellulite"),
    ("HTTPS://API.example:443/embed/overview", OURS, "https://api.example/embed/overview"),
    ("http://api.example:80/embed/overview", OURS, "http://api.example/embed/overview"),
    ("https://api.example/embed/overview", WITH_PORT, "https://api.example/embed/overview"),
    ("https://api.example/embed/overview/", OURS, "https://api.example/embed/overview"),
    ("https://api.example/embed/concern/%63ellulite", OURS, "https://api.example/embed/concern/cellulite"),
    ("https://api.example/embed/overview?lang=en", OURS, "https://api.example/embed/overview?lang=en"),
    ("https://api.example/embed/overview?#top", OURS, "https://api.example/embed/overview"),
    ("https://gateway.example/api/embed/overview", GATEWAY, "https://gateway.example/api/embed/overview"),
    ("https://api.example/embed/overview", EDGE, "https://api.example/embed/overview"),
]
NO_CARDS = [
    ("https://api.example/embed/", OURS),
    ("https://api.example/embed", OURS),
    ("https://api.example/embed//", OURS),
    ("https://api.example/any/where/embed/overview", OURS),
    ("https://api.example/api/embed/overview", OURS),
    ("https://api.example//embed/overview", OURS),
    ("https://api.example/embed/overview//", OURS),
    ("https://api.example/embed/overview/embed/overview", OURS),
    ("https://api.example:80/embed/overview", OURS),
    ("http://api.example:443/embed/overview", OURS),
    ("https://user@api.example/embed/overview", OURS),
    ("//api.example/embed/overview", OURS),
    ("ftp://api.example/embed/overview", OURS),
    ("https:///embed/overview", NO_HOST),
    ("https://:443/embed/overview", NO_HOST),
    ("https://gateway.example/embed/overview", GATEWAY),
    ("https://gateway.example/api/embed/overview", EDGE),
    ("https://api.example/api/embed/overview", EDGE),
]


def oembed_event(origin: Origin, url: str) -> dict[str, Any]:
    headers, path = origin
    request = event("/v1/oembed", headers=headers, multiValueQueryStringParameters={"url": [url]})
    request["requestContext"]["path"] = path
    return request


def framed_url(api: Client, url: str, origin: Origin) -> str:
    """Return the `src` of the iframe, or the complete reply if there is none."""
    status, headers, body = send(api._app, oembed_event(origin, url))
    src = re.search(r'<iframe src="([^"]*)"', body.get("html", ""))
    return unescape(src[1]) if src else str((status, headers, body))


def test_a_cards_url_is_framed(api: Client) -> None:
    assert [(url, origin, framed_url(api, url, origin)) for url, origin, _ in CARDS] == CARDS


def test_another_url_is_no_card(api: Client) -> None:
    not_a_card = problem_reply(UNKNOWN_CARD, "There is no card at that address.", parameter="url")
    assert [(url, origin) for url, origin in NO_CARDS if send(api._app, oembed_event(origin, url)) != not_a_card] == []


@pytest.mark.parametrize(
    "query",
    ["lang=en&lang=en", "lang=", "lang=xx", "edition=x", "lang=en&edition=latest&x=1"],
)
def test_a_cards_parameters_are_checked(api: Client, query: str) -> None:
    request = event(
        "/embed/{kind}",
        pathParameters={"kind": "overview"},
        multiValueQueryStringParameters=parse_qs(query, keep_blank_values=True),
    )
    card = send(api._app, request)
    assert card[0] in {400, 404}
    assert send(api._app, oembed_event(OURS, f"https://api.example/embed/overview?{query}")) == card


@pytest.mark.parametrize("query", ["size=big", "size=", "size&utm_source=letter"])
def test_a_cards_unknown_parameters_are_ignored(api: Client, query: str) -> None:
    plain, more = (
        send(api._app, oembed_event(OURS, f"https://api.example/embed/overview{q}")) for q in ("", f"?{query}")
    )
    assert plain[0] == 200
    assert more == plain


def test_a_card_names_its_oembed(api: Client) -> None:
    request = event("/embed/{kind}", pathParameters={"kind": "overview"})
    links = {}
    for name, (headers, path) in {"gateway": GATEWAY, "edge": EDGE, "no host": NO_HOST}.items():
        request["headers"] = headers | {"X-Forwarded-Proto": "https"}
        request["requestContext"]["path"] = path.replace("/v1/oembed", "/embed/overview")
        links[name] = api._app(request, None)["headers"]["Link"]
    rest = f'rel="alternate"; type="application/json+oembed", {LINK}'
    assert links == {
        "gateway": f"</api/v1/oembed?url=https%3A%2F%2Fgateway.example%2Fapi%2Fembed%2Foverview>; {rest}",
        "edge": f"</v1/oembed?url=https%3A%2F%2Fapi.example%2Fembed%2Foverview>; {rest}",
        "no host": LINK,
    }
