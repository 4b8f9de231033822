"""What cards and pages share: templates, styles, Content-Security-Policy. Loaded only when HTML is requested."""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.content.model import Concern, DecisionFactor, Labels, Risk, Source
from chalicelib.documents.chart import make_chart
from chalicelib.documents.render import RenderedEdition

FOLDER = Path(__file__).with_name("templates")
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}  # primary subtags (RFC 5646)


def template_context(edition: RenderedEdition) -> dict[str, Any]:
    """Return what every page can speak of; made once, because it takes longer the more entities there are."""
    if edition.context:
        return edition.context
    entities = edition.entities.values()
    concerns = [it for it in entities if isinstance(it, Concern)]
    risks = [it for it in entities if isinstance(it, Risk)]
    edition.context.update(
        {
            "language": edition.article.language,
            "direction": "rtl" if edition.article.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
            "article": edition.article,
            "labels": labels_of(edition.article.labels),
            "superseded": edition.meta.superseded_by,
            "concerns": concerns,
            "risks": risks,
            "factors": [it for it in entities if isinstance(it, DecisionFactor)],
            "sources": [it for it in entities if isinstance(it, Source)],
            "chart": make_chart(concerns, risks, labels_of(edition.article.labels)),
        }
    )
    return edition.context


def labels_of(labels: Labels) -> dict[str, str]:
    """Give the labels by name."""
    return {name: getattr(labels, name) for name in labels.__struct_fields__}


def json_in_html(data: object) -> Markup:
    """Give JSON that no text in it can end: a `<` in a script element starts nothing (HTML, section 4.12.1.3)."""
    return Markup(msgspec.json.encode(data).decode().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def content_security_policy(css: str, more: str) -> str:
    """Give the Content-Security-Policy of a page: its own style, the API's scripts, and what more it needs."""
    digest = base64.b64encode(sha256(css.encode()).digest()).decode()
    own = "script-src 'self'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {own}; {more}"


@cache
def style(name: str) -> str:
    """Give a style sheet."""
    return FOLDER.joinpath(f"{name}.css").read_text(encoding="utf-8").strip()


@cache
def templates() -> Environment:
    """Give the templates, in which every text is escaped."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
