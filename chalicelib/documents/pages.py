"""The landing page, for people with a browser."""

import msgspec
from markupsafe import Markup

from chalicelib.documents.cards import card
from chalicelib.documents.envelope import Document, etag
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.render import RenderedEdition
from chalicelib.documents.templating import content_security_policy, json_in_html, style, template_context, templates


def page(edition: RenderedEdition, path: str, element_name: str) -> tuple[Document, str] | None:
    """Return an HTML page and its Content-Security-Policy.

    An empty path is the landing page. Any other is a card's path below `/embed/`. Return None if there is no such card.
    """
    return card(edition, path) if path else landing(edition, element_name)


def landing(edition: RenderedEdition, element_name: str) -> tuple[Document, str]:
    """Return the landing page and its policy. Unlike a card, it fetches cards, and no site may frame it."""
    context = template_context(edition)
    css = f"{style('card')}{style('landing')}"
    service = msgspec.json.decode(edition.documents["/v1"].body)
    reply = msgspec.json.format(edition.documents[f"/v1/concerns/{context['concerns'][0].id}"].body)
    html = (
        templates()
        .get_template("landing.html")
        .render(
            **context,
            element_name=element_name,
            css=Markup(css),  # noqa: S704 - our own files
            linked_data=json_in_html(medical_web_page(edition.article, context["concerns"], brief=True)),
            endpoints=list(service["links"].items()),
            reply=reply,
        )
    )
    return Document(html, etag(html.encode())), content_security_policy(
        css, "connect-src 'self'; frame-ancestors 'none'"
    )
