"""The page for people."""

import msgspec
from markupsafe import Markup

from chalicelib.documents.cards import card
from chalicelib.documents.envelope import Representation, etag
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.render import RenderedEdition
from chalicelib.documents.templating import everything, json_in_html, policy, style, templates


def page(view: RenderedEdition, path: str) -> tuple[Representation, str] | None:
    """Return the page for people if the path is empty, else the card at that path below `/embed/`, or None."""
    return card(view, path) if path else landing(view)


def landing(view: RenderedEdition) -> tuple[Representation, str]:
    """Give the page for people, and its policy: like a card's, but nobody may frame it, and it fetches cards."""
    told = everything(view)
    css = f"{style('card')}{style('landing')}"
    service = msgspec.json.decode(view.documents["/v1"].body)
    reply = msgspec.json.format(view.documents[f"/v1/concerns/{told['concerns'][0].id}"].body)
    html = (
        templates()
        .get_template("landing.html")
        .render(
            **told,
            css=Markup(css),  # noqa: S704 - our own files
            linked_data=json_in_html(medical_web_page(view.article, told["concerns"], brief=True)),
            endpoints=list(service["links"].items()),
            reply=reply,
        )
    )
    return Representation(html, etag(html.encode())), policy(css, "connect-src 'self'; frame-ancestors 'none'")
