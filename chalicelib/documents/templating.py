"""What cards and the landing page share: templates, styles, Content-Security-Policy. Imported on first use."""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.content.model import Concern, ReportedHarm, Risk, Source
from chalicelib.documents.render import RenderedEdition

FOLDER = Path(__file__).with_name("templates")
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}  # primary subtags (RFC 5646)


def template_context(edition: RenderedEdition) -> dict[str, Any]:
    """Return the variables of all templates. Cached in the edition: the cost grows with the number of entities."""
    if edition.context:
        return edition.context
    entities = edition.entities.values()
    edition.context.update(
        {
            "language": edition.article.language,
            "direction": "rtl" if edition.article.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
            "article": edition.article,
            "superseded": edition.meta.superseded_by,
            "concerns": [entity for entity in entities if isinstance(entity, Concern)],
            "risks": [entity for entity in entities if isinstance(entity, Risk)],
            "reported_harms": [entity for entity in entities if isinstance(entity, ReportedHarm)],
            "sources": {entity.id: entity for entity in entities if isinstance(entity, Source)},
        }
    )
    return edition.context


def json_in_html(data: object) -> Markup:
    """Return JSON for a `<script>` element: with every `<` escaped, no text can end it (HTML, section 4.12.1.3)."""
    return Markup(msgspec.json.encode(data).decode().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def content_security_policy(css: str, directives: str) -> str:
    """Return a Content-Security-Policy that allows this style sheet and the API's scripts, with more directives."""
    digest = base64.b64encode(sha256(css.encode()).digest()).decode()
    common = "script-src 'self'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {common}; {directives}"


@cache
def style(name: str) -> str:
    """Return the text of a style sheet."""
    return FOLDER.joinpath(f"{name}.css").read_text(encoding="utf-8").strip()


@cache
def templates() -> Environment:
    """Return the template environment, which escapes all text."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
