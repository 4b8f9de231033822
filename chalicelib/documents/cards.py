"""Cards: HTML for partner sites, in a frame or in the element that `embed.js` defines."""

from markupsafe import Markup

from chalicelib.content.model import ListedEntity, Source, cited_texts
from chalicelib.documents.envelope import Document, etag
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.lists import LISTS, ListResource, list_of
from chalicelib.documents.render import RenderedEdition
from chalicelib.documents.templating import (
    content_security_policy,
    json_in_html,
    style,
    template_context,
    templates,
)

OVERVIEW = "overview"
LIST_CARDS = {resource.name: resource for resource in LISTS if resource.has_list_card}


def card(edition: RenderedEdition, path: str) -> tuple[Document, str] | None:
    """Return the card at a path below `/embed/` and its Content-Security-Policy, or None if there is none.

    The path is `overview`, the name of a list, or for example `concern/cellulite`.
    """
    entity, resource = edition.entities.get(path), LIST_CARDS.get(path)
    entities: list[ListedEntity]
    if entity and not isinstance(entity, Source) and list_of(entity).has_cards:
        title, entities = entity.name, [entity]
    elif resource:
        title = getattr(edition.article.headings, resource.section)
        entities = [entity for entity in edition.entities.values() if isinstance(entity, resource.entity)]
    elif path == OVERVIEW:
        context = template_context(edition)
        title, entities = (
            edition.article.question,
            [*context["concerns"], *context["risks"], *context["reported_harms"]],
        )
    else:
        return None
    return render_card(edition, path, title, entities, resource)


def render_card(
    edition: RenderedEdition, path: str, title: str, entities: list[ListedEntity], resource: ListResource | None
) -> tuple[Document, str]:
    """Return a card and its Content-Security-Policy, which lets every site frame it."""
    context = template_context(edition)
    single = path in edition.entities
    views = [view for entity in entities for view in cited_texts(entity).values()]
    cited = {source for view in views for source in view.sources}
    sources = [source for source in context["sources"].values() if source.id in cited]
    css = f"body{{margin:0}}{style('card')}"
    html = (
        templates()
        .get_template("page.html")
        .render(
            **context,
            title=title,
            path=path,
            list=resource,
            entities=entities,
            single=single,
            css=Markup(css),  # noqa: S704 - our own file
            linked_data=json_in_html(medical_web_page(edition.article, [*entities, *sources], brief=not single)),
            root="../" * (2 if single else 1),
        )
    )
    return Document(html, etag(html.encode())), content_security_policy(css, "frame-ancestors *")
