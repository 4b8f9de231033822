"""Cards: HTML for partner sites, in a frame or in the element that `embed.js` defines."""

from chalicelib.content.model import ListedEntity, ReportedHarm, Source, cited_texts
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.lists import LISTS, list_of
from chalicelib.documents.render import Html, RenderedEdition
from chalicelib.documents.rows import Row, row_of
from chalicelib.documents.templating import (
    canonical,
    entities_of,
    html_page,
    json_in_html,
    style,
    template_context,
)

OVERVIEW = "overview"
# In the element, nothing of the partner's style comes in.
RESET = ":host{all:initial;display:block;font-size:medium}body{margin:0}"
LIST_CARDS = {resource.name: resource for resource in LISTS if resource.has_list_card}


def card(edition: RenderedEdition, path: str) -> Html | None:
    """Return the card at a path below `/embed/`, or None if there is none.

    The path is `overview`, the name of a list, or for example `concern/cellulite`.
    """
    entity, resource = edition.entities.get(path), LIST_CARDS.get(path)
    if entity and not isinstance(entity, Source) and list_of(entity).has_cards:
        return render_card(edition, path, entity.name, [entity])
    if resource:
        entities = entities_of(edition, resource.entity)
        return render_card(edition, path, getattr(edition.article.headings, resource.section), entities)
    if path == OVERVIEW:
        context = template_context(edition)
        shown = [edition.entities[row.card] for row in context["concerns"] + context["risks"]]
        return render_card(edition, path, edition.article.question, shown, [*context["concerns"], context["safety"]])
    return None


def render_card(
    edition: RenderedEdition, path: str, title: str, entities: list[ListedEntity], rows: list[Row] | None = None
) -> Html:
    """Return a card of entities, with rows other than theirs if there are any. Every site may frame it."""
    context = template_context(edition)
    single = path in edition.entities
    cited = {source for entity in entities for view in cited_texts(entity).values() for source in view.sources}
    sources = [source for source in context["sources"].values() if source.id in cited]
    root = "../" * (2 if single else 1)
    return html_page(
        "card.html",
        RESET + style("tokens", "parts", "card"),
        "frame-ancestors *",
        context
        | {
            "card": True,
            "root": root,
            "title": title,
            "path": path,
            "address": canonical(edition.article, f"embed/{path}"),
            "current": root,
            "single": single,
            "rows": rows or [row_of(entity, edition.article) for entity in entities],
            "one": all(isinstance(entity, ReportedHarm) for entity in entities),
            "linked_data": json_in_html(medical_web_page(edition.article, [*entities, *sources], brief=not single)),
        },
    )
