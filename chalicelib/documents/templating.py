"""What cards and pages share: templates, styles, Content-Security-Policy. Imported on first use."""

import base64
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chalicelib.content.model import (
    Article,
    Benefit,
    Concern,
    DecisionFactor,
    Limitation,
    ListedEntity,
    ReportedHarm,
    Risk,
    Source,
)
from chalicelib.documents.citations import doi_url, pubmed_url
from chalicelib.documents.envelope import Document, etag
from chalicelib.documents.render import ORIGIN, Html, RenderedEdition
from chalicelib.documents.rows import (
    article_row,
    counted_sources,
    filled,
    fits_in_columns,
    in_risk_order,
    row_of,
    written_date,
)

FOLDER = Path(__file__).with_name("templates")
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}  # primary subtags (RFC 5646)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def template_context(edition: RenderedEdition) -> dict[str, Any]:
    """Return the variables of all templates. Cached in the edition: the cost grows with the number of entities."""
    if edition.context:
        return edition.context
    article = edition.article
    entities = edition.entities.values()
    concerns = [row_of(entity, article) for entity in entities if isinstance(entity, Concern)]
    safety = article_row("safety", article.headings.on_safety, article.safety, article)
    edition.context.update(
        {
            "language": article.language,
            "direction": "rtl" if article.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
            "article": article,
            "headings": article.headings,
            "superseded": edition.meta.superseded_by,
            "edition_name": edition.meta.edition,
            "attribution": article.attribution.replace(
                article.checked.isoformat(), written_date(article.checked, article.headings)
            ),
            "pin": pin(edition),
            "description": description(article),
            "short_answer": article_row("short_answer", article.headings.in_short, article.short_answer, article),
            "safety": safety,
            "concerns": concerns,
            "tight": fits_in_columns([*concerns, safety]),
            "risks": [row_of(risk, article) for risk in in_risk_order(e for e in entities if isinstance(e, Risk))],
            "reported_harms": [row_of(entity, article) for entity in entities if isinstance(entity, ReportedHarm)],
            "benefits": [row_of(entity, article) for entity in entities if isinstance(entity, Benefit | Limitation)],
            "factors": [row_of(entity, article) for entity in entities if isinstance(entity, DecisionFactor)],
            "sources": {entity.id: entity for entity in entities if isinstance(entity, Source)},
        }
    )
    return edition.context


def pin(edition: RenderedEdition) -> str:
    """Return the query string that keeps links within an edition that another one has superseded, and its language."""
    older = {"edition": edition.meta.edition} if edition.meta.superseded_by else {}
    query = urlencode(older | language_parameter(edition.article))
    return f"?{query}" if query else ""


def language_parameter(article: Article) -> dict[str, str]:
    """Return the query parameter that asks for a translation; the language of the source needs none."""
    return {} if article.translation.code == "source" else {"lang": article.language}


def canonical(article: Article, path: str) -> str:
    """Return the URL of the current edition's page at a path. A pinned page names it too."""
    query = urlencode(language_parameter(article))
    return f"{ORIGIN}{path}{'?' if query else ''}{query}"


def description(article: Article) -> str:
    """Return both voices in one text, for search engines and link previews."""
    headings, short = article.headings, article.short_answer
    research = f" {headings.literature_says}: {short.literature.line}" if short.literature else ""
    return f"{headings.article_says}: {short.line}{research} {headings.not_advice}"


def html_page(template: str, css: str, directives: str, context: dict[str, Any]) -> Html:
    """Return a rendered template with its policy, which allows its style sheet by hash."""
    html = templates().get_template(template).render(**context, css=Markup(css))  # noqa: S704 - our own files
    return Html(Document(html, etag(html.encode())), content_security_policy(css, directives))


def json_in_html(data: object) -> Markup:
    """Return JSON for a `<script>` element: with every `<` escaped, no text can end it (HTML, section 4.12.1.3)."""
    return Markup(msgspec.json.encode(data).decode().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def content_security_policy(css: str, directives: str) -> str:
    """Return a Content-Security-Policy that allows this style sheet and the API's scripts, with more directives."""
    digest = base64.b64encode(sha256(css.encode()).digest()).decode()
    common = "script-src 'self'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {common}; {directives}"


def linked_citation(source: Source, in_new_window: bool) -> Markup:  # noqa: FBT001 - a filter of the templates
    """Return a source's citation with links at its DOI, its PubMed number and its URL."""
    text = escape(source.citation or source.title)
    target = Markup(' target="_blank" rel="noopener"') if in_new_window else ""
    addresses = {source.url: source.url}
    addresses |= {f"doi:{source.doi}": doi_url(source), f"PMID: {source.pmid}": pubmed_url(source)}
    for words, url in addresses.items():
        if url and (shown := escape(words)) in text:
            link = Markup('<a href="{}"{}>{}</a>').format(url, target, words)
            text = Markup(text.replace(shown, link, 1))  # noqa: S704 - both are escaped
    return text


def entities_of(edition: RenderedEdition, entity_type: type[ListedEntity]) -> list[ListedEntity]:
    """Return the entities of a type, in the order in which they are shown."""
    found = [entity for entity in edition.entities.values() if isinstance(entity, entity_type)]
    return list(in_risk_order(found)) if entity_type is Risk else found  # type: ignore[arg-type]


@cache
def style(*names: str) -> str:
    """Return style sheets as one text, without comments and line breaks."""
    texts = (FOLDER.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in names)
    return " ".join(COMMENT.sub("", "".join(texts)).split())


@cache
def templates() -> Environment:
    """Return the template environment, which escapes all text."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        written_date=written_date, filled=filled, counted_sources=counted_sources, linked_citation=linked_citation
    )
    return environment
