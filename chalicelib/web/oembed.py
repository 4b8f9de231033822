"""oEmbed (https://oembed.com): how a program that is given the address of a card can show it in a page; pure."""

from collections.abc import Mapping
from html import escape
from typing import Annotated, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from msgspec import Meta, Struct

from chalicelib.web.problems import json_only, no_card, not_a_number_of_pixels

WIDTH, HEIGHT = 700, 600  # of a card in a frame, in pixels, where nobody says
PARAMETERS = ("url", "format", "maxwidth", "maxheight")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class OEmbedRich(Struct, frozen=True, kw_only=True):
    """A reply of type `rich` (section 2.3.4.4): HTML to be put into a page as it stands."""

    version: Literal["1.0"]
    type: Literal["rich"]
    title: str
    provider_name: str
    cache_age: Annotated[int, Meta(description="In seconds.")]
    width: int
    height: int
    html: str


def parse_card_url(given: Mapping[str, str], host: str, prefix: str) -> tuple[str, str, dict[str, list[str]]]:
    """Return the address below which cards are, the card's path below that, and its query parameters.

    Host and prefix say where the API is; case and default port make no difference (RFC 3986, 6.2.2.1 and 6.2.3). Raises
    `ProblemError`: another format than JSON is a 501, a URL that is no card's a 404 (section 2.3.2).
    """
    if given.get("format", "json") != "json":
        raise json_only()
    url = split(given.get("url", ""))
    cards = f"{prefix}/embed/"
    port = DEFAULT_PORTS.get(url.scheme, "")
    host = host.lower().removesuffix(port)
    if not (port and host and url.netloc.lower().removesuffix(port) == host and url.path.startswith(cards)):
        raise no_card()
    # As with the card itself, one slash at the end makes no difference.
    path = unquote(url.path.removeprefix(cards).removesuffix("/"))
    if not path:
        raise no_card()
    return f"{url.scheme}://{host}{cards}", path, parse_qs(url.query, keep_blank_values=True)


def split(url: str) -> SplitResult:
    """Give the parts of an address; raise `ProblemError` (404) for what is none."""
    try:
        return urlsplit(url)
    except ValueError as error:
        raise no_card() from error


def rich(given: Mapping[str, str], src: str, title: str, cache_age: int) -> OEmbedRich:
    """Return the reply for a card that is there, no larger than the page allows."""
    width, height = pixels(given, "maxwidth", WIDTH), pixels(given, "maxheight", HEIGHT)
    return OEmbedRich(
        version="1.0",
        type="rich",
        title=title,
        provider_name="Mesotherapy Evidence API",
        cache_age=cache_age,
        width=width,
        height=height,
        html=(
            f'<iframe src="{escape(src)}" title="{escape(title)}" width="{width}" height="{height}"'
            ' style="border:0;max-width:100%" sandbox="allow-scripts allow-popups" loading="lazy"></iframe>'
        ),
    )


def pixels(given: Mapping[str, str], name: str, most: int) -> int:
    """Give how many pixels a frame may take; raise `ProblemError` (400) where that is no positive number."""
    wished = given.get(name, str(most))
    if not (wished.isascii() and wished.isdecimal() and int(wished[:10])):
        raise not_a_number_of_pixels(name, wished)
    return min(most, int(wished[:10]))
