"""The endpoints: one method per kind of URL, from the request to the response."""

import re
import time
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote, unquote, urlencode

import msgspec
from chalice.app import Chalice, Request

from chalicelib.content.editions import SEVERITY_ORDER
from chalicelib.documents.changes import CHANGES_PATH, change_document, select_changes, served_changes
from chalicelib.documents.csl import csl_document
from chalicelib.documents.envelope import Document, Meta, query, text_document, to_document
from chalicelib.documents.lists import SERVED_LISTS, SOURCES, ListResource
from chalicelib.documents.render import ORIGIN, PAGES, REFERENCE, Html, RenderedEdition
from chalicelib.edition_cache import EditionCache, EditionNotFoundError, LoadedEdition, NoContentError
from chalicelib.web import oembed
from chalicelib.web.caching import NO_STORE, S_MAXAGE, STATIC_FILE, content_cache_control, seconds_until
from chalicelib.web.health import Health
from chalicelib.web.negotiation import (
    known_parameters,
    negotiate_language,
    negotiate_media_type,
    not_modified,
    query_parameters,
    require_choice,
)
from chalicelib.web.problems import (
    edition_not_found,
    no_card,
    no_content,
    not_acceptable,
    not_in_the_log,
    problem_response,
    problem_types_document,
    unknown_id,
)
from chalicelib.web.response import COMMON_HEADERS, ApiResponse, Headers, came_through_edge

EDITION_NAME = re.compile("[0-9a-f]{32}")
JSON = "application/json"
JSON_LD = "application/ld+json"
CSL_JSON = "application/vnd.citationstyles.csl+json"
HTML = "text/html"
MARKDOWN = "text/markdown"
CSV = "text/csv"
ATOM = "application/atom+xml"
JAVASCRIPT = "text/javascript"
PLAIN_TEXT = "text/plain"
XML = "application/xml"
MEDIA_TYPES = {"json": JSON, "js": JAVASCRIPT, "svg": "image/svg+xml"}
# The `Content-Type` of a media type that is sent with parameters.
CONTENT_TYPES = {
    HTML: "text/html; charset=utf-8",
    MARKDOWN: "text/markdown; charset=utf-8",  # RFC 7763 requires the charset
    CSV: "text/csv; charset=utf-8; header=present",  # RFC 4180
    ATOM: "application/atom+xml; charset=utf-8",  # RFC 4287
    JAVASCRIPT: "text/javascript; charset=utf-8",
    PLAIN_TEXT: "text/plain; charset=utf-8",
}
# RFC 8288: the description of the API, and the license of the content.
LINK = '</v1/openapi.json>; rel="describedby", <https://spdx.org/licenses/MIT.html>; rel="license"'
CONTENT_PARAMETERS = ("lang", "edition")
SentParameters: TypeAlias = dict[str, list[str]]  # query parameters by name, each with all its values
# By whether the media type and the language were negotiated.
VARY = {
    (False, False): "",
    (False, True): "Accept-Language",
    (True, False): "Accept",
    (True, True): "Accept, Accept-Language",
}


class Endpoints:
    """Build the response to the app's current request from the edition cache.

    If the request cannot be answered, a method returns or raises a problem.
    """

    def __init__(self, app: Chalice, cache: EditionCache, element_name: str) -> None:
        self.app = app
        self.cache = cache
        self.element_name = element_name

    def document(self, path: str) -> ApiResponse:
        """Return the document of a fixed path."""
        params = self._parameters(CONTENT_PARAMETERS)
        edition = self._edition(params)
        return self._content_response(edition, edition.documents[path], params)

    def article(self) -> ApiResponse:
        """Return the article as JSON, JSON-LD or Markdown, whichever `Accept` prefers."""
        media_type = self._media_type((JSON, JSON_LD, MARKDOWN))
        params = self._query_parameters(CONTENT_PARAMETERS)
        edition = self._edition(params)
        if media_type == MARKDOWN:
            return self._markdown_response(edition, params)
        document = edition.linked_data if media_type == JSON_LD else edition.documents["/v1/article"]
        return self._content_response(edition, document, params, media_type, negotiated=True)

    def list(self, resource: ListResource) -> ApiResponse:
        """Return a list, complete or filtered; sources as JSON or as CSL-JSON, whichever `Accept` prefers."""
        offered = media_types(resource)
        media_type = self._media_type(offered)
        allowed = (resource.filter, *CONTENT_PARAMETERS) if resource.filter else CONTENT_PARAMETERS
        params = self._query_parameters(allowed)
        edition = self._edition(params)
        path = list_path(edition, resource, params)
        return self._resource_response(edition, path, params, media_type, offered)

    def sources_csv(self) -> ApiResponse:
        """Return the sources, complete or filtered, as CSV."""
        params = self._parameters((SOURCES.filter, *CONTENT_PARAMETERS), CSV)
        edition = self._edition(params)
        from chalicelib.documents.spreadsheet import sources_csv  # noqa: PLC0415 - load csv only if it is requested

        document = sources_csv(edition, list_path(edition, SOURCES, params))
        return self._content_response(edition, document, params, CSV)

    def item(self, resource: ListResource, entity_id: str) -> ApiResponse:
        """Return one entity of a list, or a 404 with similar ids."""
        offered = media_types(resource)
        media_type = self._media_type(offered)
        params = self._query_parameters(CONTENT_PARAMETERS)
        edition = self._edition(params)
        collection = resource.path
        # Neither Chalice nor API Gateway decodes path parameters. An encoded letter or digit means the same as a plain
        # one (RFC 3986, section 6.2.2.2).
        path = f"{collection}/{entity_id}"
        if path not in edition.documents:
            path = f"{collection}/{unquote(entity_id)}"
        if path in edition.documents:
            return self._resource_response(edition, path, params, media_type, offered)
        return problem_response(HTTPStatus.NOT_FOUND, unknown_id(edition.ids[collection], entity_id, collection))

    def editions(self) -> ApiResponse:
        """Return the change log: all of it, or its entries of one kind, after one edition."""
        params = self._parameters(("kind", "after", *CONTENT_PARAMETERS))
        edition = self._edition(params)
        filters: dict[str, str] = {name: params[name] for name in ("kind", "after") if name in params}
        if not filters:
            return self._content_response(edition, edition.documents[CHANGES_PATH], params)
        if "kind" in filters:
            require_choice("kind", filters["kind"], SEVERITY_ORDER)
        entries = select_changes(edition.changes, filters.get("after"), filters.get("kind"))
        if entries is None:
            raise not_in_the_log(filters["after"])
        served = served_changes(edition.article, entries)
        return self._content_response(edition, change_document(served, edition.encoded_meta, filters), params)

    def feed(self) -> ApiResponse:
        """Return the change log as an Atom feed."""
        params = self._parameters(CONTENT_PARAMETERS, ATOM)
        edition = self._edition(params)
        from chalicelib.documents.feed import feed  # noqa: PLC0415 - load xml only if the feed is requested

        root = quote(self._origin.removesuffix("/"), safe=":/[]")  # no header can break the XML
        return self._content_response(edition, feed(edition, self.element_name, root, params), params, ATOM)

    def answer(self) -> ApiResponse:
        """Return the page of the answer, or the article as Markdown, whichever `Accept` prefers."""
        media_type = self._media_type((HTML, MARKDOWN))
        params = self._page_parameters()
        edition = self._edition(params)
        if media_type == MARKDOWN:
            return self._markdown_response(edition, params)
        return self._html_response(edition, self._page(edition, ""), params, negotiated=True)

    def page(self, path: str) -> ApiResponse:
        """Return one of the other pages for readers."""
        self._media_type((HTML,))
        params = self._page_parameters()
        edition = self._edition(params)
        return self._html_response(edition, self._page(edition, path), params)

    def card(self, path: str) -> ApiResponse:
        """Return the card at a path below `/embed/`, which any site may frame, or a 404 with similar paths."""
        self._media_type((HTML,))
        params = self._page_parameters()
        edition = self._edition(params)
        card = self._card(edition, unquote(path))
        if card is None:
            return problem_response(HTTPStatus.NOT_FOUND, unknown_id(edition.cards, path, "/embed"))
        response = self._html_response(edition, card, params)
        if self._host:
            encoded = quote(f"{self._origin}embed/{path}", safe="", errors="replace")
            discovery = f'<{self._prefix}/v1/oembed?url={encoded}>; rel="alternate"; type="application/json+oembed"'
            response.own_headers["Link"] = f"{discovery}, {LINK}"
        return response

    def robots(self) -> ApiResponse:
        """Return which pages crawlers may read (RFC 9309): all, and where the sitemap is."""
        self._media_type((PLAIN_TEXT,))
        text = f"User-agent: *\nAllow: /\n\nSitemap: {self._origin}sitemap.xml\n"
        return self._conditional_response(text_document(text), STATIC_FILE, PLAIN_TEXT)

    def sitemap(self) -> ApiResponse:
        """Return the pages in each language (https://www.sitemaps.org/protocol.html)."""
        self._media_type((XML,))
        loaded, edition = self._load({}, "")
        document = sitemap_document(self._origin, loaded, edition)
        return self._conditional_response(document, STATIC_FILE, XML)

    def oembed(self) -> ApiResponse:
        """Return how to embed the card at `url`; its own query parameters are checked as the card checks them.

        Raises:
            ProblemError: As `parse_card_url`; 404, there is no such card; 400, a parameter of either URL is invalid.

        """
        params = self._parameters(oembed.PARAMETERS)
        cards_url, path, card_query = oembed.parse_card_url(params, self._host, self._prefix)
        card_params = known_parameters(card_query, CONTENT_PARAMETERS)
        edition = self._load(card_params, "")[1]
        if self._card(edition, path) is None:
            raise no_card()
        src = f"{cards_url}{path}?{urlencode(card_params)}".removesuffix("?")
        document = to_document(oembed.rich_response(params, src, edition.article, S_MAXAGE))
        return self._conditional_response(document, STATIC_FILE, JSON)

    def static(self, name: str, lifetime: str = STATIC_FILE) -> ApiResponse:
        """Return a file of `static/`; it does not depend on the edition."""
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        self._parameters((), media_type)
        return self._conditional_response(static_file(name, self.element_name), lifetime, media_type)

    def reference(self) -> ApiResponse:
        """Return the reference of the API, a page. Like a static file, it does not depend on the edition."""
        self._media_type((HTML,))
        page = reference_page(self.element_name)
        return with_policy(self._conditional_response(page.document, STATIC_FILE, HTML), page)

    def problems(self) -> ApiResponse:
        """Return the kinds of problem; like a static file, they do not depend on the edition."""
        self._parameters(())
        return self._conditional_response(problem_types_document(), STATIC_FILE, JSON)

    def health(self) -> ApiResponse:
        """Return which edition is served, since when, and whether the last refresh worked; never cached."""
        self._parameters(())
        loaded, edition = self._load({}, "")
        meta = edition.meta
        data = Health(
            status="ok" if self.cache.state == "fresh" else "stale",
            edition=meta.edition,
            since=self.cache.since,
            languages=list(loaded.languages),
            languages_in_memory=sorted(loaded.rendered),
            check="overdue" if seconds_until(meta.next_check, int(time.time())) <= 0 else "current",
            last_refresh=self.cache.last_refresh,
        )
        links = {"self": "/v1/health", "service": "/v1"}
        body = msgspec.json.encode({"data": data, "meta": edition.encoded_meta, "links": links})
        headers = common_headers(NO_STORE, "", meta.language, JSON)
        return ApiResponse(HTTPStatus.OK, body.decode(), {}, headers, meta.edition, meta.language)

    @property
    def _request(self) -> Request:
        return cast("Request", self.app.current_request)

    @property
    def _host(self) -> str:
        # CloudFront puts the gateway's name into Host, and the public name into X-Public-Host.
        headers = self._request.headers
        return cast("str", headers.get("x-public-host") or headers.get("host", ""))

    @property
    def _prefix(self) -> str:
        # The gateway's own URLs begin with the stage; CloudFront's do not.
        if came_through_edge(self._request):
            return ""
        route_start, has_names, _ = self._request.path.partition("{")
        path = cast("str", self._request.context.get("path", ""))
        if has_names:
            return path.partition(route_start)[0]
        return path.rstrip("/").removesuffix(route_start.rstrip("/"))

    @property
    def _origin(self) -> str:
        """The URL that all paths of this API begin with. Without a host, it is a path."""
        scheme = self._request.headers.get("x-forwarded-proto", "http")
        origin = f"{scheme}://{self._host}{self._prefix}/" if self._host else f"{self._prefix}/"
        return origin.encode(errors="replace").decode()  # a header may contain a lone surrogate

    def _page(self, edition: RenderedEdition, path: str) -> Html:
        """Return a page, rendered when it is first requested."""
        key = f"/{path}"
        if key not in edition.pages:
            from chalicelib.documents import pages  # noqa: PLC0415 - load Jinja2 only if HTML is requested

            edition.pages[key] = pages.page(edition, path, self.element_name)
        return edition.pages[key]

    def _card(self, edition: RenderedEdition, path: str) -> Html | None:
        """Return a card, or None; keep all in memory: there are no more than entities and lists."""
        key = f"/embed/{path}"
        if key not in edition.pages:
            from chalicelib.documents import cards  # noqa: PLC0415 - load Jinja2 only if HTML is requested

            card = cards.card(edition, path)
            if card is None:
                return None
            edition.pages[key] = card
        return edition.pages[key]

    def _parameters(self, allowed: tuple[str, ...], media_type: str = JSON) -> dict[str, str]:
        """Return the query parameters of a URL with one media type; raise a 406 if `Accept` excludes that type."""
        self._media_type((media_type,))
        return self._query_parameters(allowed)

    def _media_type(self, offered: tuple[str, ...]) -> str:
        """Return the offered type that `Accept` prefers; raise a 406 if it accepts none."""
        accept = self._request.headers.get("accept", "")
        chosen = negotiate_media_type(accept, offered)
        if chosen is None:
            raise not_acceptable(offered, html_accepted=negotiate_media_type(accept, (HTML,)) is not None)
        return chosen

    def _query_parameters(self, allowed: tuple[str, ...]) -> dict[str, str]:
        sent = self._sent_parameters()
        return query_parameters(sent, allowed) if sent else {}

    def _page_parameters(self) -> dict[str, str]:
        return known_parameters(self._sent_parameters(), CONTENT_PARAMETERS)

    def _sent_parameters(self) -> SentParameters:
        query_params = self._request.query_params
        return {name: query_params.getlist(name) for name in query_params} if query_params else {}

    def _edition(self, params: Mapping[str, str]) -> RenderedEdition:
        return self._load(params, self._request.headers.get("accept-language", ""))[1]

    def _load(self, params: Mapping[str, str], accept_language: str) -> tuple[LoadedEdition, RenderedEdition]:
        try:
            loaded = self._pinned(params["edition"]) if "edition" in params else self.cache.current()
            if "lang" in params:
                language = require_choice("lang", params["lang"], loaded.languages)
            else:
                language = negotiate_language(accept_language, loaded.languages, loaded.default_language)
            return loaded, self.cache.rendered(loaded, language)
        except NoContentError as error:
            raise no_content(error.retry_after) from error

    def _pinned(self, edition: str) -> LoadedEdition:
        # Do not query DynamoDB for an impossible name: it rejects a key of 3 kB, which looks like an outage.
        if not EDITION_NAME.fullmatch(edition):
            raise edition_not_found(edition, gone=False)
        try:
            return self.cache.pinned(edition)
        except EditionNotFoundError as error:
            raise edition_not_found(edition, gone=error.gone) from error

    def _html_response(
        self,
        edition: RenderedEdition,
        page: Html,
        params: Mapping[str, str],
        *,
        negotiated: bool = False,
    ) -> ApiResponse:
        document = addressed(page.document, self._origin)
        return with_policy(self._content_response(edition, document, params, HTML, negotiated=negotiated), page)

    def _markdown_response(self, edition: RenderedEdition, params: Mapping[str, str]) -> ApiResponse:
        path = "/v1/article"
        if path not in edition.markdown:
            from chalicelib.documents.markdown import markdown_document  # noqa: PLC0415 - load only if requested

            edition.markdown[path] = markdown_document(edition)
        return self._content_response(edition, edition.markdown[path], params, MARKDOWN, negotiated=True)

    def _resource_response(
        self,
        edition: RenderedEdition,
        path: str,
        params: Mapping[str, str],
        media_type: str,
        offered: Collection[str],
    ) -> ApiResponse:
        """Return a list or an entity in one of the media types that it is offered in."""
        document = csl_document(edition, path) if media_type == CSL_JSON else edition.documents[path]
        return self._content_response(edition, document, params, media_type, negotiated=len(offered) > 1)

    def _content_response(
        self,
        edition: RenderedEdition,
        document: Document,
        params: Mapping[str, str],
        media_type: str = JSON,
        *,
        negotiated: bool = False,
    ) -> ApiResponse:
        for_edge = came_through_edge(self._request)
        lifetime = content_cache_control(edition.meta.next_check, int(time.time()), for_edge)
        vary = VARY[negotiated, "lang" not in params]
        return self._conditional_response(document, lifetime, media_type, vary, edition.meta)

    def _conditional_response(
        self, document: Document, lifetime: str, media_type: str, vary: str = "", meta: Meta | None = None
    ) -> ApiResponse:
        """Return the document, or 304 if `If-None-Match` matches (RFC 9110, section 13.1.2)."""
        edition, language = (meta.edition, meta.language) if meta else (None, None)
        own: Headers = {"ETag": document.etag}
        if not_modified(self._request.headers.get("if-none-match"), document.etag):
            return ApiResponse(HTTPStatus.NOT_MODIFIED, "", own, common_headers(lifetime, vary), edition, language)
        headers = common_headers(lifetime, vary, language or "", media_type)
        return ApiResponse(HTTPStatus.OK, document.body, own, headers, edition, language)


def with_policy(response: ApiResponse, page: Html) -> ApiResponse:
    """Return the response with the headers that only pages have."""
    response.own_headers |= {"Content-Security-Policy": page.policy, "Referrer-Policy": "no-referrer"}
    return response


def require_routes(paths: Collection[str]) -> None:
    """Raise `LookupError` unless each list has its two routes, for itself and for its items."""
    for resource in SERVED_LISTS:
        has_items = any(path.startswith(f"{resource.path}/{{") for path in paths)
        if resource.path not in paths or not has_items:
            raise LookupError(f"app.py lacks the route {resource.path} or {resource.path}/{{id}}")


def list_path(edition: RenderedEdition, resource: ListResource, params: Mapping[str, str]) -> str:
    """Return the path of a list, or of the part of it that the filter's value selects.

    Raises:
        ProblemError: 400, the filter does not take that value.

    """
    if resource.filter not in params:
        return resource.path
    value = require_choice(resource.filter, params[resource.filter], edition.filters[resource.path])
    return query(resource.path, resource.filter, value)


def media_types(resource: ListResource) -> tuple[str, ...]:
    """Return the media types that a list and its entities are offered in."""
    return (JSON, CSL_JSON) if resource is SOURCES else (JSON,)


@lru_cache(maxsize=256)
def common_headers(lifetime: str, vary: str, language: str = "", media_type: str = "") -> Headers:
    """Return the response headers that do not depend on the body, without empty ones."""
    headers = {
        "Content-Type": CONTENT_TYPES.get(media_type, media_type),
        "Content-Language": language,
        "Cache-Control": lifetime,
        "Vary": vary,
        "Link": LINK,
        **COMMON_HEADERS,
    }
    return {name: value for name, value in headers.items() if value}


@lru_cache(maxsize=64)
def addressed(document: Document, origin: str) -> Document:
    """Return a page that names the API's address where it had `ORIGIN`."""
    body = document.body.replace(ORIGIN, escape(origin))
    return text_document(body)


def sitemap_document(origin: str, loaded: LoadedEdition, edition: RenderedEdition) -> Document:
    """Return the sitemap: each page, in each language, and the reference. The default language needs no parameter."""
    others = [language for language in loaded.languages if language != loaded.default_language]
    queries = ["", *(f"?lang={language}" for language in others)]
    addresses = [*(f"{path}{query}" for path in PAGES for query in queries), REFERENCE]
    urls = "".join(
        f"<url><loc>{escape(f'{origin}{address}')}</loc><lastmod>{edition.meta.published_at.date()}</lastmod></url>"
        for address in addresses
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    )
    return text_document(body)


@cache
def static_file(name: str, element_name: str) -> Document:
    """Return a file of `static/`, with the custom element's name in place of `element-name`."""
    text = Path(__file__).with_name("static").joinpath(name).read_bytes().decode()
    class_name = element_name.title().replace("-", "")
    return text_document(text.replace("element-name", element_name).replace("ElementName", class_name))


@cache
def reference_page(element_name: str) -> Html:
    """Return the reference and its Content-Security-Policy, which names the digest of the page's style sheet."""
    from chalicelib.documents.pages import POLICY  # noqa: PLC0415 - load Jinja2 only for pages
    from chalicelib.documents.templating import content_security_policy  # noqa: PLC0415 - the same

    document = static_file("docs.html", element_name)
    css = document.body.partition("<style>")[2].partition("</style>")[0]
    return Html(document, content_security_policy(css, POLICY))
