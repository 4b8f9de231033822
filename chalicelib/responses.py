"""From a request to a reply: which document it asks for, whether it has it already, and how long it may be kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Literal, cast
from urllib.parse import quote, unquote

import msgspec
from chalice.app import Chalice, CORSConfig, Request, Response

from chalicelib import oembed
from chalicelib.edition import Held, Look, Reader, Unavailable, UnknownEdition
from chalicelib.negotiation import language, media_type, not_modified, one_of, parameters
from chalicelib.problems import SAFE, Headers, Problem, no_edition, not_acceptable, unknown_id
from chalicelib.representations import Collection, Representation, View, etag

CORS = CORSConfig(
    allow_origin="*",
    allow_headers=["If-None-Match"],
    expose_headers=["ETag", "Link", "Retry-After"],
    max_age=86_400,
)

# Lifetimes in seconds. A browser asks again each time, and mostly gets a 304 (max-age=0).
SHARED = 300  # a shared cache answers alone: so long may a wrong sentence outlive its correction there
REVALIDATE = 60  # and this much longer while it asks in the background
STATIC = "max-age=0, s-maxage=300"  # what changes with a deployment is as soon there as what is published
IMMUTABLE = "max-age=31536000, immutable"  # RFC 8246: what has its version in its name never changes
ON_ERROR = 86_400  # and a day while the API does not answer: old information beats none

EDITION_NAME = re.compile("[0-9a-f]{16}")
JSON = "application/json"
LINKED_DATA = "application/ld+json"
HTML = "text/html; charset=utf-8"
MEDIA_TYPES = {"json": JSON, "js": "text/javascript; charset=utf-8"}
# RFC 8288: where the reply's format is described, and on which terms it may be used.
DESCRIBED: Headers = {
    "Link": '</v1/openapi.json>; rel="describedby", <https://spdx.org/licenses/MIT.html>; rel="license"',
}
SHARED_PARAMETERS = ("lang", "edition")


class LastLook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the last look at the table went; of a failure, its kind only."""

    at: datetime
    worked: bool
    problem: str | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Which edition is served, since when, and whether it is what the table holds."""

    status: Literal["ok", "stale"]
    edition: str
    since: datetime | None
    languages: list[str]
    languages_in_memory: list[str]
    review: Literal["current", "overdue"]
    last_look: LastLook | None


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers the app's current request from what the reader holds; raises `Problem` for what cannot be answered."""

    app: Chalice
    reader: Reader[View]

    def fixed(self, path: str) -> Response:
        """Give the document at a fixed path."""
        given = self._parameters(SHARED_PARAMETERS)
        view = self._view(given)
        return self._reply(view, view.documents[path], given)

    def article(self, path: str) -> Response:
        """Give the article, as our own JSON or as JSON-LD, as `Accept` prefers."""
        kind = self._kind((JSON, LINKED_DATA))
        given = self._given(SHARED_PARAMETERS)
        view = self._view(given)
        response = self._reply(view, view.linked_data if kind == LINKED_DATA else view.documents[path], given, kind)
        response.headers["Vary"] = "Accept" if "lang" in given else "Accept, Accept-Language"
        return response

    def collection(self, asked: Collection) -> Response:
        """Give a list, whole or filtered."""
        given = self._parameters((asked.filter, *SHARED_PARAMETERS) if asked.filter else SHARED_PARAMETERS)
        view = self._view(given)
        path = asked.path
        if asked.filter in given:
            path = f"{path}?{asked.filter}={one_of(asked.filter, given[asked.filter], view.filters[asked])}"
        return self._reply(view, view.documents[path], given)

    def item(self, asked: Collection, name: str) -> Response:
        """Give one entity of a list; raise `Problem` (404) with those that come near where there is none."""
        given = self._parameters(SHARED_PARAMETERS)
        view = self._view(given)
        # Neither Chalice nor API Gateway decodes a path parameter; to RFC 3986, section 6.2.2.2, both are one URL.
        found = view.documents.get(f"{asked.path}/{name}") or view.documents.get(f"{asked.path}/{unquote(name)}")
        if found is None:
            raise unknown_id(name, view.ids[asked], asked.path)
        return self._reply(view, found, given)

    def landing(self) -> Response:
        """Give the page for people."""
        given = self._parameters(SHARED_PARAMETERS, HTML)
        view = self._view(given)
        return self._page(view, self._made(view, ""), given)

    def card(self, path: str) -> Response:
        """Give the card at a path below `/embed/`, as HTML that any site may frame."""
        given = self._parameters(SHARED_PARAMETERS, HTML)
        view = self._view(given)
        made = self._made(view, unquote(path))
        if made is None:
            names = tuple(name for name in view.entities if not name.startswith("source/"))
            raise unknown_id(path, ("overview", *names), "/embed")
        response = self._page(view, made, given)
        seen = self._request.headers
        address = f"{seen.get('x-forwarded-proto', 'http')}://{seen.get('host', '')}/embed/{path}"
        discovery = f'</v1/oembed?url={quote(address, safe="")}>; rel="alternate"; type="application/json+oembed"'
        response.headers["Link"] = f"{discovery}, {response.headers['Link']}"
        return response

    def oembed(self) -> Response:
        """Give how to show the card at `url` in a page."""
        given = self._parameters(oembed.PARAMETERS)
        path, pinned = oembed.asked_for(given, self._request.headers.get("host", ""))
        view = self._served(parameters({name: [value] for name, value in pinned.items()}, SHARED_PARAMETERS), "")[1]
        if self._made(view, path) is None:
            raise oembed.no_card()
        body = msgspec.json.encode(oembed.rich(given, view.article.question, SHARED))
        headers: Headers = {"Content-Type": JSON, "Cache-Control": STATIC, "ETag": etag(body), **DESCRIBED, **SAFE}
        return Response(body.decode(), headers, HTTPStatus.OK)

    def static(self, name: str, lifetime: str = STATIC) -> Response:
        """Give a file that was made when the API was, and is the same in every edition."""
        kind = MEDIA_TYPES[name.rpartition(".")[2]]
        self._parameters((), kind)
        return self._unless_held(static_file(name), {"Cache-Control": lifetime}, {"Content-Type": kind})

    def health(self) -> Response:
        """Give which edition is served, since when, and how the last look at the table went; never cached."""
        self._parameters(())
        held, view = self._served({}, "")
        data = Health(
            status="stale" if self.reader.last_look and self.reader.last_look.problem else "ok",
            edition=held.manifest.edition,
            since=self.reader.since,
            languages=sorted(held.manifest.languages),
            languages_in_memory=sorted(held.views),
            review="overdue" if seconds_until(view.article.next_review) <= 0 else "current",
            last_look=looked(self.reader.last_look) if self.reader.last_look else None,
        )
        body = msgspec.json.encode({"data": data, "meta": view.meta, "links": {"self": "/v1/health", "service": "/v1"}})
        headers: Headers = {
            "Content-Type": JSON,
            "Content-Language": view.article.language,
            "Cache-Control": "no-store",
            **DESCRIBED,
            **SAFE,
        }
        return Response(body.decode(), headers, HTTPStatus.OK)

    @property
    def _request(self) -> Request:
        return cast("Request", self.app.current_request)

    def _made(self, view: View, path: str) -> tuple[Representation, str] | None:
        # A page is made when it is first asked for; there are no more of them than there are entities and lists.
        if path not in view.pages:
            from chalicelib import pages  # noqa: PLC0415 - Jinja2 is loaded only where HTML is asked for

            made = pages.card(view, path) if path else pages.landing(view)
            if made is None:
                return None
            view.pages[path] = made
        return view.pages[path]

    def _page(self, view: View, made: tuple[Representation, str] | None, given: Mapping[str, str]) -> Response:
        found, policy = cast("tuple[Representation, str]", made)
        response = self._reply(view, found, given, HTML)
        response.headers |= {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
        return response

    def _parameters(self, allowed: tuple[str, ...], kind: str = JSON) -> dict[str, str]:
        self._kind((kind.partition(";")[0],))
        return self._given(allowed)

    def _kind(self, offered: tuple[str, ...]) -> str:
        chosen = media_type(self._request.headers.get("accept", ""), offered)
        if chosen is None:
            raise not_acceptable(offered)
        return chosen

    def _given(self, allowed: tuple[str, ...]) -> dict[str, str]:
        return parameters(self._query(), allowed)

    def _query(self) -> dict[str, list[str]]:
        query = self._request.query_params
        return {name: query.getlist(name) for name in query} if query else {}

    def _view(self, given: Mapping[str, str]) -> View:
        return self._served(given, self._request.headers.get("accept-language", ""))[1]

    def _served(self, given: Mapping[str, str], accepted: str) -> tuple[Held[View], View]:
        try:
            held = self._pinned(given["edition"]) if "edition" in given else self.reader.current()
            offered = tuple(held.manifest.languages)
            chosen = one_of("lang", given["lang"], offered) if "lang" in given else None
            return held, self.reader.view(held, chosen or language(accepted, offered, held.language))
        except Unavailable as error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The content cannot be read at the moment. Please try again later.",
                {"Retry-After": str(max(1, round(error.retry_after)))},
            ) from error

    def _pinned(self, edition: str) -> Held[View]:
        # What cannot be a name is not asked for: DynamoDB would refuse a key of 3 kB, as if it were out of order.
        if not EDITION_NAME.fullmatch(edition):
            raise no_edition(edition, pruned=False)
        try:
            return self.reader.pinned(edition)
        except UnknownEdition as error:
            raise no_edition(edition, pruned=error.pruned) from error

    def _reply(self, view: View, found: Representation, given: Mapping[str, str], kind: str = JSON) -> Response:
        headers: Headers = {"Cache-Control": cache_control(seconds_until(view.article.next_review))}
        if "lang" not in given:
            headers["Vary"] = "Accept-Language"
        return self._unless_held(found, headers, {"Content-Type": kind, "Content-Language": view.article.language})

    def _unless_held(self, found: Representation, headers: Headers, of_the_body: Headers) -> Response:
        """Give a representation, or 304 where the request has it already (RFC 9110, section 15.4.5)."""
        headers = {"ETag": found.etag, **headers, **DESCRIBED, **SAFE}
        if not_modified(self._request.headers.get("if-none-match"), found.etag):
            return Response("", headers, HTTPStatus.NOT_MODIFIED)
        return Response(found.body, {**headers, **of_the_body}, HTTPStatus.OK)


@cache
def static_file(name: str) -> Representation:
    """Give a file of `static/`, read once."""
    body = Path(__file__).with_name("static").joinpath(name).read_bytes()
    return Representation(body.decode(), etag(body))


def looked(look: Look) -> LastLook:
    """Give a look at the table as `/v1/health` shows it: of a failure its kind only."""
    return LastLook(at=look.at, worked=look.problem is None, problem=look.problem)


def seconds_until(day: date) -> int:
    """Give the seconds until a day begins (UTC); negative when it has begun."""
    return int(datetime.combine(day, time(), UTC).timestamp() - datetime.now(UTC).timestamp())


def cache_control(left: int) -> str:
    """Give `Cache-Control` (RFC 9111, RFC 5861) for content whose review is due in so many seconds.

    No lifetime runs past the review: what is due to be read again must not go on unasked.
    """
    shared = max(0, min(SHARED, left))
    revalidate = max(0, min(REVALIDATE, left - shared))
    on_error = max(0, min(ON_ERROR, left - shared))
    return f"max-age=0, s-maxage={shared}, stale-while-revalidate={revalidate}, stale-if-error={on_error}"
