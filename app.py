"""The API: one short function per URL, in reading order.

`chalicelib.documents` makes what a URL holds, `chalicelib.web` sends it, and `chalicelib.edition_cache` refreshes the
content.
"""

import os
from typing import Any

from chalice.app import Chalice, Response

from chalicelib.content.table import connect
from chalicelib.documents.lists import BENEFITS, CONCERNS, DECISION_FACTORS, RISKS, SOURCES
from chalicelib.edition_cache import EditionCache
from chalicelib.web import caching, problems, request_log
from chalicelib.web.endpoints import Endpoints, require_routes
from chalicelib.web.response import CORS

# Logs stay with the Lambda runtime's handler, which writes them as the function's logging configuration says.
app = Chalice(app_name="mesotherapy-evidence", configure_logs=False)
app.api.binary_types = []  # nothing here is binary, and Chalice would look for it three times a request

content = EditionCache(
    connect=lambda: connect(os.environ), refresh_seconds=float(os.environ.get("CONTENT_REFRESH_SECONDS", "30"))
)

if request_log.is_enabled():
    app.register_middleware(request_log.RequestLog(content), "http")
app.register_middleware(problems.problem_middleware, "http")

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    content.refresh()  # Lambda runs initialisation at full speed, and the first request then finds the content there
elif "AWS_CHALICE_CLI_MODE" in os.environ:
    import localdev  # noqa: F401 - on a developer's machine, `chalice local` is to behave as the cloud does

endpoints = Endpoints(app, content)

# A GET that says it carries some unusual type of body is answered all the same.
READ: dict[str, Any] = {"methods": ["GET", "HEAD"], "cors": CORS, "content_types": ["*/*"]}


@app.route("/", **READ)
def landing() -> Response:
    """The page for people."""
    return endpoints.landing()


@app.route("/v1", **READ)
def service() -> Response:
    """Where everything is."""
    return endpoints.document("/v1")


@app.route("/v1/article", **READ)
def article() -> Response:
    """The question, the short answer, and the article in reading order."""
    return endpoints.article()


@app.route("/v1/concerns", **READ)
def concerns() -> Response:
    """Each cosmetic concern's effectiveness."""
    return endpoints.list(CONCERNS)


@app.route("/v1/concerns/{concern}", **READ)
def one_concern(concern: str) -> Response:
    """One concern."""
    return endpoints.item(CONCERNS, concern)


@app.route("/v1/risks", **READ)
def risks() -> Response:
    """Side effects and complications."""
    return endpoints.list(RISKS)


@app.route("/v1/risks/{risk}", **READ)
def one_risk(risk: str) -> Response:
    """One risk."""
    return endpoints.item(RISKS, risk)


@app.route("/v1/decision-factors", **READ)
def decision_factors() -> Response:
    """What changes results, and what to do before deciding."""
    return endpoints.list(DECISION_FACTORS)


@app.route("/v1/decision-factors/{factor}", **READ)
def one_decision_factor(factor: str) -> Response:
    """One decision factor, with questions for the consultation."""
    return endpoints.item(DECISION_FACTORS, factor)


@app.route("/v1/benefits", **READ)
def benefits() -> Response:
    """The benefits that the article names."""
    return endpoints.list(BENEFITS)


@app.route("/v1/benefits/{benefit}", **READ)
def one_benefit(benefit: str) -> Response:
    """One benefit."""
    return endpoints.item(BENEFITS, benefit)


@app.route("/v1/sources", **READ)
def sources() -> Response:
    """The bibliography."""
    return endpoints.list(SOURCES)


@app.route("/v1/sources/{source}", **READ)
def one_source(source: str) -> Response:
    """One published source, with the statements that rest on it."""
    return endpoints.item(SOURCES, source)


@app.route("/v1/editions", **READ)
def editions() -> Response:
    """What changed, when, and of what kind."""
    return endpoints.document("/v1/editions")


@app.route("/v1/bundle", **READ)
def bundle() -> Response:
    """Everything in one reply, for use without a network."""
    return endpoints.document("/v1/bundle")


@app.route("/v1/openapi.json", **READ)
def openapi() -> Response:
    """The API itself, described in OpenAPI 3.1."""
    return endpoints.static("openapi.json")


@app.route("/v1/health", **READ)
def health() -> Response:
    """Which edition is served, and whether the last look at the table worked."""
    return endpoints.health()


@app.route("/v1/oembed", **READ)
def oembed() -> Response:
    """How to show a card in a page, for programs that know oEmbed."""
    return endpoints.oembed()


@app.route("/landing.js", **READ)
def landing_js() -> Response:
    """The script of the page for people."""
    return endpoints.static("landing.js")


@app.route("/embed.js", **READ)
def embed_js() -> Response:
    """The custom element that places cards in a page."""
    return endpoints.static("embed.js")


@app.route("/embed-1.js", **READ)
def embed_1_js() -> Response:
    """The same, in its first version, whose bytes never change."""
    return endpoints.static("embed.js", caching.IMMUTABLE)


@app.route("/embed/{kind}", **READ)
def list_card(kind: str) -> Response:
    """The overview, the risks or the decision factors, as a card to be framed."""
    return endpoints.card(kind)


@app.route("/embed/{kind}/{name}", **READ)
def card(kind: str, name: str) -> Response:
    """One entity, as a card to be framed."""
    return endpoints.card(f"{kind}/{name}")


require_routes(app.routes)

# API Gateway answers 403 to an undeclared method. Declare them all, so that ours is a 405 with Allow.
for path in list(app.routes):
    app.route(path, methods=["DELETE", "PATCH", "POST", "PUT"], cors=False, content_types=["*/*"])(
        problems.method_not_allowed
    )
