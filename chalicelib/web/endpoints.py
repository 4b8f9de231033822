"""From a request to a response: one method for each kind of URL."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import cast
from urllib.parse import quote, unquote, urlencode

import msgspec
from chalice.app import Chalice, Request

from chalicelib.documents.envelope import About, Representation, etag, query, represented
from chalicelib.documents.lists import Collection
from chalicelib.documents.render import RenderedEdition
from chalicelib.edition_cache import EditionCache, EditionNotFoundError, LoadedEdition, NoContentError
from chalicelib.web import oembed
from chalicelib.web.caching import SHARED, STATIC, cache_control, seconds_until
from chalicelib.web.health import Health
from chalicelib.web.negotiation import language, media_type, not_modified, one_of, parameters
from chalicelib.web.problems import Problem, no_edition, not_acceptable, reply, unknown_id
from chalicelib.web.response import EVERY, Headers, Reply

EDITION_NAME = re.compile("[0-9a-f]{32}")
JSON = "application/json"
LINKED_DATA = "application/ld+json"
HTML = "text/html; charset=utf-8"
MEDIA_TYPES = {"json": JSON, "js": "text/javascript; charset=utf-8"}

# RFC 8288: where the reply's format is described, and on which terms it may be used.
LINK = '</v1/openapi.json>; rel="describedby", <https://spdx.org/licenses/MIT.html>; rel="license"'
SHARED_PARAMETERS = ("lang", "edition")


class Answers:
    """Answers the app's current request from what the reader holds; raises `Problem` for what cannot be answered."""

    def __init__(self, app: Chalice, cache: EditionCache) -> None:
        self.app = app
        self.cache = cache

    def fixed(self, path: str) -> Reply:
        """Give the document at a fixed path."""
        given = self._parameters(SHARED_PARAMETERS)
        view = self._view(given)
        return self._reply(view, view.documents[path], given)

    def article(self, path: str) -> Reply:
        """Give the article, as our own JSON or as JSON-LD, as `Accept` prefers."""
        kind = self._kind((JSON, LINKED_DATA))
        given = self._given(SHARED_PARAMETERS)
        view = self._view(given)
        return self._reply(
            view, view.linked_data if kind == LINKED_DATA else view.documents[path], given, kind, negotiated=True
        )

    def collection(self, asked: Collection) -> Reply:
        """Return a list, whole or filtered."""
        filtered = (asked.filter,) if asked.filter else ()
        given = self._parameters((*filtered, *SHARED_PARAMETERS))
        view = self._view(given)
        path = asked.path
        if asked.filter in given:
            path = query(path, asked.filter, one_of(asked.filter, given[asked.filter], view.filters[asked]))
        return self._reply(view, view.documents[path], given)

    def item(self, asked: Collection, name: str) -> Reply:
        """Give one entity of a list, or 404 with those that come near where there is none."""
        given = self._parameters(SHARED_PARAMETERS)
        view = self._view(given)
        # Neither Chalice nor API Gateway decodes a path parameter; to RFC 3986, section 6.2.2.2, both are one URL.
        found = view.documents.get(f"{asked.path}/{name}") or view.documents.get(f"{asked.path}/{unquote(name)}")
        if found is None:
            return reply(unknown_id(view.names[asked], name, asked.path), HTTPStatus.NOT_FOUND, {})
        return self._reply(view, found, given)

    def landing(self) -> Reply:
        """Give the page for people."""
        given = self._parameters(SHARED_PARAMETERS, HTML)
        view = self._view(given)
        return self._page(view, self._made(view, ""), given)

    def card(self, path: str) -> Reply:
        """Give the card at a path below `/embed/`, as HTML that any site may frame."""
        given = self._parameters(SHARED_PARAMETERS, HTML)
        view = self._view(given)
        made = self._made(view, unquote(path))
        if made is None:
            return reply(unknown_id(view.cards, path, "/embed"), HTTPStatus.NOT_FOUND, {})
        response = self._page(view, made, given)
        if self._host:
            address = (
                f"{self._request.headers.get('x-forwarded-proto', 'http')}://{self._host}{self._prefix}/embed/{path}"
            )
            url = quote(address, safe="", errors="replace")  # a header can hold a lone surrogate
            discovery = f'<{self._prefix}/v1/oembed?url={url}>; rel="alternate"; type="application/json+oembed"'
            response.own["Link"] = f"{discovery}, {LINK}"
        return response

    def oembed(self) -> Reply:
        """Give how to show the card at `url` in a page; parameters that the card would refuse are refused here too."""
        given = self._parameters(oembed.PARAMETERS)
        cards, path, sent = oembed.asked_for(given, self._host, self._prefix)
        pinned = parameters(sent, SHARED_PARAMETERS)
        view = self._served(pinned, "")[1]
        if self._made(view, path) is None:
            raise oembed.no_card()
        src = f"{cards}{path}?{urlencode(pinned)}".removesuffix("?")
        return self._unless_held(represented(oembed.rich(given, src, view.article.question, SHARED)), STATIC, JSON)

    def static(self, name: str, lifetime: str = STATIC) -> Reply:
        """Give a file that was made when the API was, and is the same in every edition."""
        kind = MEDIA_TYPES[name.rpartition(".")[2]]
        self._parameters((), kind)
        return self._unless_held(static_file(name), lifetime, kind)

    def health(self) -> Reply:
        """Give which edition is served, since when, and how the last look at the table went; never cached."""
        self._parameters(())
        loaded, view = self._served({}, "")
        data = Health(
            status="ok" if self.cache.state == "fresh" else "stale",
            edition=loaded.manifest.edition,
            since=self.cache.since,
            languages=list(loaded.languages),
            languages_in_memory=sorted(loaded.rendered),
            review="overdue" if seconds_until(view.article.next_review) <= 0 else "current",
            last_look=self.cache.last_refresh,
        )
        body = msgspec.json.encode({"data": data, "meta": view.meta, "links": {"self": "/v1/health", "service": "/v1"}})
        shared = headers_of("no-store", "", view.article.language, JSON)
        return Reply(HTTPStatus.OK, body.decode(), {}, shared, (view.about.edition, view.about.language))

    @property
    def _request(self) -> Request:
        return cast("Request", self.app.current_request)

    @property
    def _host(self) -> str:
        # CloudFront must call the gateway by the gateway's own name; the one that the reader used travels beside it.
        seen = self._request.headers
        return cast("str", seen.get("x-public-host") or seen.get("host", ""))

    @property
    def _prefix(self) -> str:
        # Who calls the gateway by its own name has its stage before each path; CloudFront's readers do not see that.
        if self._request.headers.get("x-public-host"):
            return ""
        fixed = self._request.path.partition("{")[0]
        return cast("str", self._request.context.get("path", "").partition(fixed)[0])

    def _made(self, view: RenderedEdition, path: str) -> tuple[Representation, str] | None:
        # A page is made when it is first asked for; there are no more of them than there are entities and lists.
        if path not in view.pages:
            from chalicelib.documents import pages  # noqa: PLC0415 - Jinja2 is loaded only where HTML is asked for

            made = pages.page(view, path)
            if made is None:
                return None
            view.pages[path] = made
        return view.pages[path]

    def _page(self, view: RenderedEdition, made: tuple[Representation, str] | None, given: Mapping[str, str]) -> Reply:
        found, policy = cast("tuple[Representation, str]", made)
        response = self._reply(view, found, given, HTML)
        response.own |= {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
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
        sent = self._request.query_params
        return parameters({name: sent.getlist(name) for name in sent}, allowed) if sent else {}

    def _view(self, given: Mapping[str, str]) -> RenderedEdition:
        return self._served(given, self._request.headers.get("accept-language", ""))[1]

    def _served(self, given: Mapping[str, str], accepted: str) -> tuple[LoadedEdition, RenderedEdition]:
        try:
            loaded = self._pinned(given["edition"]) if "edition" in given else self.cache.current()
            chosen = one_of("lang", given["lang"], loaded.languages) if "lang" in given else None
            return loaded, self.cache.rendered(
                loaded, chosen or language(accepted, loaded.languages, loaded.default_language)
            )
        except NoContentError as error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The content cannot be read at the moment. Please try again later.",
                {"Retry-After": str(max(1, round(error.retry_after)))},
            ) from error

    def _pinned(self, edition: str) -> LoadedEdition:
        # What cannot be a name is not asked for: DynamoDB would refuse a key of 3 kB, as if it were out of order.
        if not EDITION_NAME.fullmatch(edition):
            raise no_edition(edition, pruned=False)
        try:
            return self.cache.pinned(edition)
        except EditionNotFoundError as error:
            raise no_edition(edition, pruned=error.pruned) from error

    def _reply(
        self,
        view: RenderedEdition,
        found: Representation,
        given: Mapping[str, str],
        kind: str = JSON,
        *,
        negotiated: bool = False,
    ) -> Reply:
        lifetime = cache_control(seconds_until(view.article.next_review))
        varying = VARYING[negotiated, "lang" not in given]
        return self._unless_held(found, lifetime, kind, varying, view.about)

    def _unless_held(
        self, found: Representation, lifetime: str, kind: str, varying: str = "", about: About | None = None
    ) -> Reply:
        """Give a representation, or 304 where the request has it already (RFC 9110, section 15.4.5)."""
        of = (about.edition, about.language) if about else (None, None)
        own: Headers = {"ETag": found.etag}
        if not_modified(self._request.headers.get("if-none-match"), found.etag):
            return Reply(HTTPStatus.NOT_MODIFIED, "", own, headers_of(lifetime, varying), of)
        return Reply(HTTPStatus.OK, found.body, own, headers_of(lifetime, varying, of[1] or "", kind), of)


# What a reply depended on, by whether its type was negotiated and its language.
VARYING = {
    (False, False): "",
    (False, True): "Accept-Language",
    (True, False): "Accept",
    (True, True): "Accept, Accept-Language",
}


@lru_cache(maxsize=256)
def headers_of(lifetime: str, varying: str, language: str = "", kind: str = "") -> Headers:
    """Give the headers that replies share; made once for each combination that occurs."""
    headers = {
        "Content-Type": kind,
        "Content-Language": language,
        "Cache-Control": lifetime,
        "Vary": varying,
        "Link": LINK,
        **EVERY,
    }
    return {name: value for name, value in headers.items() if value}


@cache
def static_file(name: str) -> Representation:
    """Give a file of `static/`, read once."""
    body = Path(__file__).with_name("static").joinpath(name).read_bytes()
    return Representation(body.decode(), etag(body))
