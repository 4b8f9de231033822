"""Cards: HTML that partner sites frame, or place in their pages by the script."""

from markupsafe import Markup

from chalicelib.content.model import ListedEntity, NamedStatement, literature_by_statement
from chalicelib.documents.envelope import Representation, etag
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.render import RenderedEdition
from chalicelib.documents.templating import everything, json_in_html, policy, style, templates

LISTS = ("overview", "risks", "decision-factors")
KINDS = ("concern", "benefit", "risk", "decision-factor")


def card(view: RenderedEdition, path: str) -> tuple[Representation, str] | None:
    """Give the card at a path below `/embed/`, for example `concern/cellulite` or `overview`; None if there is none.

    With it comes the policy that lets it be framed anywhere, and nothing else.
    """
    kind = path.partition("/")[0]
    entity = view.entities.get(path) if kind in KINDS else None
    if entity is None and path not in LISTS:
        return None
    labels, told = view.article.labels, everything(view)
    lists: dict[str, list[ListedEntity]] = {
        "overview": [*told["concerns"], *told["risks"]],
        "risks": told["risks"],
        "decision-factors": told["factors"],
    }
    shown = [entity] if entity else lists[kind]
    titles = {"risks": labels.risks_heading, "decision-factors": labels.decision_factors_heading}
    title = entity.name if isinstance(entity, NamedStatement) else titles.get(kind, view.article.question)
    cited = {source for it in shown for said in literature_by_statement(it).values() for source in said.sources}
    sources = [it for it in told["sources"] if it.id in cited]
    css = f"body{{margin:0}}{style('card')}"
    html = (
        templates()
        .get_template("page.html")
        .render(
            **told,
            title=title,
            kind=kind,
            entity=entity,
            css=Markup(css),  # noqa: S704 - our own file
            linked_data=json_in_html(medical_web_page(view.article, [*shown, *sources], brief=entity is None)),
            up="../" * (2 if entity else 1),
        )
    )
    return Representation(html, etag(html.encode())), policy(css, "frame-ancestors *")
