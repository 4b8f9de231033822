"""Which URLs `/v1/oembed` takes for a card's, and what it frames."""

import re
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import pytest
from chalice.test import Client

from tests.http.test_any_request import answer, bad, event
from tests.http.test_replies import LINK

Where = tuple[dict[str, str], str]

OURS: Where = ({"Host": "api.example"}, "/v1/oembed")
WITH_PORT: Where = ({"Host": "API.example:443"}, "/v1/oembed")
AT_THE_GATEWAY: Where = ({"Host": "gateway.example"}, "/api/v1/oembed")
AT_THE_EDGE: Where = ({"Host": "gateway.example", "X-Public-Host": "api.example"}, "/api/v1/oembed")
NOWHERE: Where = ({}, "/v1/oembed")

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
    ("https://gateway.example/api/embed/overview", AT_THE_GATEWAY, "https://gateway.example/api/embed/overview"),
    ("https://api.example/embed/overview", AT_THE_EDGE, "https://api.example/embed/overview"),
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
    ("https:///embed/overview", NOWHERE),
    ("https://:443/embed/overview", NOWHERE),
    ("https://gateway.example/embed/overview", AT_THE_GATEWAY),
    ("https://gateway.example/api/embed/overview", AT_THE_EDGE),
    ("https://api.example/api/embed/overview", AT_THE_EDGE),
]


def asked(where: Where, url: str) -> dict[str, Any]:
    headers, path = where
    sent = event("/v1/oembed", headers=headers, multiValueQueryStringParameters={"url": [url]})
    sent["requestContext"]["path"] = path
    return sent


def framed(api: Client, url: str, where: Where) -> str:
    """Give what is framed, or all of the reply."""
    status, headers, body = answer(api._app, asked(where, url))
    src = re.search(r'<iframe src="([^"]*)"', body.get("html", ""))
    return unescape(src[1]) if src else str((status, headers, body))


def test_a_cards_url_is_framed(api: Client) -> None:
    assert [(url, where, framed(api, url, where)) for url, where, _ in CARDS] == CARDS


def test_another_url_is_no_card(api: Client) -> None:
    refused = bad(HTTPStatus.NOT_FOUND, "There is no card at that address.", parameter="url")
    assert [(url, where) for url, where in NO_CARDS if answer(api._app, asked(where, url)) != refused] == []


@pytest.mark.parametrize(
    "query",
    ["size=big", "size=", "size", "lang=en&lang=en", "lang=", "lang=xx", "edition=x", "lang=en&edition=latest&x=1"],
)
def test_a_cards_parameters_are_the_cards(api: Client, query: str) -> None:
    sent = event(
        "/embed/{kind}",
        pathParameters={"kind": "overview"},
        multiValueQueryStringParameters=parse_qs(query, keep_blank_values=True),
    )
    card = answer(api._app, sent)
    assert card[0] in {400, 404}
    assert answer(api._app, asked(OURS, f"https://api.example/embed/overview?{query}")) == card


def test_a_card_names_its_oembed(api: Client) -> None:
    sent = event("/embed/{kind}", pathParameters={"kind": "overview"})
    links = {}
    for name, (headers, path) in {"gateway": AT_THE_GATEWAY, "edge": AT_THE_EDGE, "nowhere": NOWHERE}.items():
        sent["headers"] = headers | {"X-Forwarded-Proto": "https"}
        sent["requestContext"]["path"] = path.replace("/v1/oembed", "/embed/overview")
        links[name] = api._app(sent, None)["headers"]["Link"]
    more = f'rel="alternate"; type="application/json+oembed", {LINK}'
    assert links == {
        "gateway": f"</api/v1/oembed?url=https%3A%2F%2Fgateway.example%2Fapi%2Fembed%2Foverview>; {more}",
        "edge": f"</v1/oembed?url=https%3A%2F%2Fapi.example%2Fembed%2Foverview>; {more}",
        "nowhere": LINK,
    }
