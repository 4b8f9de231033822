"""The routes: one short view per URL, in reading order. A view's docstring is its summary in OpenAPI.

`chalicelib.documents` builds the body of a URL, `chalicelib.edition_cache` keeps it in memory and refreshes it, and
`chalicelib.web` turns it into a response.
"""

import gc
import os
from typing import Any

gc.disable()  # until the end of this module: 3.7 % of the instructions of a cold start (decision 3)

from chalice.app import Chalice, Response

from chalicelib.content.table import connect
from chalicelib.documents.lists import BENEFITS, CONCERNS, DECISION_FACTORS, REPORTED_HARMS, RISKS, SOURCES
from chalicelib.edition_cache import EditionCache
from chalicelib.settings import APPLICATION, settings
from chalicelib.web import caching, problems, request_log
from chalicelib.web.endpoints import Endpoints, require_routes
from chalicelib.web.response import CORS

# Leave logging to the Lambda runtime, which follows the level and format configured for the function.
app = Chalice(app_name=APPLICATION, configure_logs=False)
app.api.binary_types = []  # no response is binary; otherwise Chalice checks for it three times a request

deployment = settings(os.environ)
cache = EditionCache(connect=lambda: connect(os.environ), refresh_seconds=deployment.refresh_seconds)

if request_log.is_enabled():
    app.register_middleware(request_log.RequestLog(cache), "http")
app.register_middleware(problems.problem_middleware, "http")

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    cache.refresh()  # Lambda initialises at full speed, so load the content before the first request
elif "AWS_CHALICE_CLI_MODE" in os.environ:
    import localdev  # noqa: F401 - its import makes `chalice local` behave as the cloud does

endpoints = Endpoints(app, cache, deployment.element_name)

# A GET has no body, so ignore its Content-Type. By default, Chalice answers 415 to all but application/json.
READ: dict[str, Any] = {"methods": ["GET", "HEAD"], "cors": CORS, "content_types": ["*/*"]}


@app.route("/", **READ)
def answer() -> Response:
    """Return the page of the answer, or the article as Markdown."""
    return endpoints.answer()


@app.route("/questions", **READ)
def questions_page() -> Response:
    """Return the questions for a consultation, as a page that prints."""
    return endpoints.page("questions")


@app.route("/sources", **READ)
def sources_page() -> Response:
    """Return the sources by subject, as a page."""
    return endpoints.page("sources")


@app.route("/favicon.svg", **READ)
def favicon() -> Response:
    """Return the icon of the pages."""
    return endpoints.static("favicon.svg")


@app.route("/robots.txt", **READ)
def robots() -> Response:
    """Return what crawlers may read, and where the sitemap is."""
    return endpoints.robots()


@app.route("/sitemap.xml", **READ)
def sitemap() -> Response:
    """Return the list of the pages, for search engines."""
    return endpoints.sitemap()


@app.route("/v1", **READ)
def service() -> Response:
    """Return the name, the languages and the links of the API."""
    return endpoints.document("/v1")


@app.route("/v1/article", **READ)
def article() -> Response:
    """Return the article: the question, the short answer, and its statements in reading order."""
    return endpoints.article()


@app.route("/v1/concerns", **READ)
def concerns() -> Response:
    """List the cosmetic concerns, and how effective the treatment is for each."""
    return endpoints.list(CONCERNS)


@app.route("/v1/concerns/{concern}", **READ)
def one_concern(concern: str) -> Response:
    """Return one concern."""
    return endpoints.item(CONCERNS, concern)


@app.route("/v1/risks", **READ)
def risks() -> Response:
    """List the side effects and complications."""
    return endpoints.list(RISKS)


@app.route("/v1/risks/{risk}", **READ)
def one_risk(risk: str) -> Response:
    """Return one risk."""
    return endpoints.item(RISKS, risk)


@app.route("/v1/reported-harms", **READ)
def reported_harms() -> Response:
    """List the harms that research reports and the article does not name."""
    return endpoints.list(REPORTED_HARMS)


@app.route("/v1/reported-harms/{harm}", **READ)
def one_reported_harm(harm: str) -> Response:
    """Return one harm that research reports and the article does not name."""
    return endpoints.item(REPORTED_HARMS, harm)


@app.route("/v1/decision-factors", **READ)
def decision_factors() -> Response:
    """List what changes results, and what to do before deciding."""
    return endpoints.list(DECISION_FACTORS)


@app.route("/v1/decision-factors/{factor}", **READ)
def one_decision_factor(factor: str) -> Response:
    """Return one decision factor, with questions for the consultation."""
    return endpoints.item(DECISION_FACTORS, factor)


@app.route("/v1/benefits", **READ)
def benefits() -> Response:
    """List the benefits that the article names."""
    return endpoints.list(BENEFITS)


@app.route("/v1/benefits/{benefit}", **READ)
def one_benefit(benefit: str) -> Response:
    """Return one benefit."""
    return endpoints.item(BENEFITS, benefit)


@app.route("/v1/sources", **READ)
def sources() -> Response:
    """List the published sources that the statements cite."""
    return endpoints.list(SOURCES)


@app.route("/v1/sources.csv", **READ)
def sources_csv() -> Response:
    """List the sources as a table for spreadsheets."""
    return endpoints.sources_csv()


@app.route("/v1/sources/{source}", **READ)
def one_source(source: str) -> Response:
    """Return one published source, with the sentences that rest on it."""
    return endpoints.item(SOURCES, source)


@app.route("/v1/editions", **READ)
def editions() -> Response:
    """List the editions: what each one changed, when, and the kind of change."""
    return endpoints.editions()


@app.route("/v1/bundle", **READ)
def bundle() -> Response:
    """Return all content in one response, for offline use."""
    return endpoints.document("/v1/bundle")


@app.route("/v1/openapi.json", **READ)
def openapi() -> Response:
    """Return the OpenAPI 3.1 description of the API."""
    return endpoints.static("openapi.json")


@app.route("/v1/problems", **READ)
def problem_types() -> Response:
    """List the kinds of problem: what each means, and what to do."""
    return endpoints.problems()


@app.route("/v1/health", **READ)
def health() -> Response:
    """Return which edition is served, and whether the last refresh from the table worked."""
    return endpoints.health()


@app.route("/v1/oembed", **READ)
def oembed() -> Response:
    """Return how to embed a card in a page, as oEmbed describes it."""
    return endpoints.oembed()


@app.route("/feed.xml", **READ)
def feed() -> Response:
    """Return the change log as an Atom feed, for feed readers."""
    return endpoints.feed()


@app.route("/docs", **READ)
def docs() -> Response:
    """Return the reference of the API, for developers with a browser."""
    return endpoints.reference()


@app.route("/docs.js", **READ)
def docs_js() -> Response:
    """Return the script of the reference."""
    return endpoints.static("docs.js")


@app.route("/embed.js", **READ)
def embed_js() -> Response:
    """Return the script of the custom element that embeds cards in a page."""
    return endpoints.static("embed.js")


@app.route("/embed-1.js", **READ)
def embed_1_js() -> Response:
    """Return version 1 of that script, whose bytes never change."""
    return endpoints.static("embed.js", caching.IMMUTABLE)


@app.route("/embed/{kind}", **READ)
def list_card(kind: str) -> Response:
    """Return the overview, or the risks, reported harms or decision factors, as a card, for an iframe."""
    return endpoints.card(kind)


@app.route("/embed/{kind}/{name}", **READ)
def card(kind: str, name: str) -> Response:
    """Return one entity as a card, for an iframe."""
    return endpoints.card(f"{kind}/{name}")


require_routes(app.routes)

# API Gateway answers 403 to an undeclared method. Declare them all, so that ours is a 405 with Allow.
for path in list(app.routes):
    app.route(path, methods=["DELETE", "PATCH", "POST", "PUT"], cors=False, content_types=["*/*"])(
        problems.method_not_allowed
    )

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.freeze()  # what is loaded stays, so the collector need not look at it
gc.enable()
