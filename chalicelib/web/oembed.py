"""oEmbed (https://oembed.com): how a program embeds a card in a page, given the card's URL. Pure functions."""

from collections.abc import Mapping
from html import escape
from typing import Annotated, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from msgspec import Meta, Struct

from chalicelib.content.model import Article
from chalicelib.web.problems import json_only, no_card, not_a_number_of_pixels

WIDTH, HEIGHT = 700, 600  # pixels, unless the request asks for less
PARAMETERS = ("url", "format", "maxwidth", "maxheight")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class OEmbedRich(Struct, frozen=True, kw_only=True):
    """A response of type `rich` (section 2.3.4.4); the page inserts its `html` unchanged."""

    version: Literal["1.0"]
    type: Literal["rich"]
    title: str
    provider_name: str
    cache_age: Annotated[int, Meta(description="In seconds.")]
    width: int
    height: int
    html: str


def parse_card_url(params: Mapping[str, str], host: str, prefix: str) -> tuple[str, str, dict[str, list[str]]]:
    """Return the URL of all cards, the card's path below it, and the card's query parameters.

    The card must belong to this API, which is at `host` and `prefix`. Case and default port make no difference
    (RFC 3986, sections 6.2.2.1 and 6.2.3).

    Raises:
        ProblemError: 501, the format is not JSON; 404, the URL is not a card's (oEmbed, section 2.3.2).

    """
    if params.get("format", "json") != "json":
        raise json_only()
    url = parse_url(params.get("url", ""))
    cards_path = f"{prefix}/embed/"
    port = DEFAULT_PORTS.get(url.scheme, "")
    host = host.lower().removesuffix(port)
    if not (port and host and url.netloc.lower().removesuffix(port) == host and url.path.startswith(cards_path)):
        raise no_card()
    # Like the card's route, ignore one slash at the end.
    path = unquote(url.path.removeprefix(cards_path).removesuffix("/"))
    if not path:
        raise no_card()
    return f"{url.scheme}://{host}{cards_path}", path, parse_qs(url.query, keep_blank_values=True)


def parse_url(url: str) -> SplitResult:
    """Return the parts of a URL.

    Raises:
        ProblemError: 404, the URL is malformed.

    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise no_card() from error


def rich_response(params: Mapping[str, str], src: str, article: Article, cache_age: int) -> OEmbedRich:
    """Return the response for the card at `src`, no larger than `maxwidth` and `maxheight`; `cache_age` in seconds.

    Raises:
        ProblemError: 400, one of these two is not a positive whole number.

    """
    width, height = pixels(params, "maxwidth", WIDTH), pixels(params, "maxheight", HEIGHT)
    return OEmbedRich(
        version="1.0",
        type="rich",
        title=article.question,
        provider_name=article.service_name,
        cache_age=cache_age,
        width=width,
        height=height,
        html=(
            f'<iframe src="{escape(src)}" title="{escape(article.question)}" width="{width}" height="{height}"'
            ' style="border:0;max-width:100%" sandbox="allow-scripts allow-popups" loading="lazy"></iframe>'
        ),
    )


def pixels(params: Mapping[str, str], name: str, default: int) -> int:
    """Return the smaller of a parameter and the default, in pixels.

    Raises:
        ProblemError: 400, the parameter is not a positive whole number.

    """
    value = params.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and int(value[:10])):
        raise not_a_number_of_pixels(name, value)
    return min(default, int(value[:10]))
