"""The page for people."""

import msgspec
from markupsafe import Markup

from chalicelib.documents.cards import card
from chalicelib.documents.envelope import Document, etag
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.render import RenderedEdition
from chalicelib.documents.templating import content_security_policy, json_in_html, style, template_context, templates


def page(edition: RenderedEdition, path: str) -> tuple[Document, str] | None:
    """Return the page for people if the path is empty, else the card at that path below `/embed/`, or None."""
    return card(edition, path) if path else landing(edition)


def landing(edition: RenderedEdition) -> tuple[Document, str]:
    """Give the page for people, and its policy: like a card's, but nobody may frame it, and it fetches cards."""
    context = template_context(edition)
    css = f"{style('card')}{style('landing')}"
    service = msgspec.json.decode(edition.documents["/v1"].body)
    reply = msgspec.json.format(edition.documents[f"/v1/concerns/{context['concerns'][0].id}"].body)
    html = (
        templates()
        .get_template("landing.html")
        .render(
            **context,
            css=Markup(css),  # noqa: S704 - our own files
            linked_data=json_in_html(medical_web_page(edition.article, context["concerns"], brief=True)),
            endpoints=list(service["links"].items()),
            reply=reply,
        )
    )
    return Document(html, etag(html.encode())), content_security_policy(
        css, "connect-src 'self'; frame-ancestors 'none'"
    )
