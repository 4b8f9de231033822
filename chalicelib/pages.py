"""From an edition to HTML: cards, the overview, the page for people; pure, and loaded only when HTML is asked for."""

import base64
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.article import (
    Comparison,
    Concern,
    DecisionFactor,
    Effectiveness,
    Labels,
    Listed,
    Risk,
    Seriousness,
    Source,
    literature_of,
)
from chalicelib.article import Point as Named
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.representations import Representation, View, etag

RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}  # primary subtags (RFC 5646)
LISTS = ("overview", "risks", "decision-factors")
KINDS = ("concern", "benefit", "risk", "decision-factor")
VERDICTS: tuple[Effectiveness, ...] = ("limited-evidence", "effective-in-some-cases")
COMPARISONS: tuple[Comparison, ...] = ("less-favourable", "needs-qualification", "agrees")
RANKS: tuple[Seriousness, ...] = ("side-effect", "rare-serious")
COLUMN, LINE = 154, 22  # of the picture, which is 320 wide
FOLDER = Path(__file__).with_name("documents") / "templates"


class Column(NamedTuple):
    """A column of the picture: one verdict of the article."""

    left: int
    x: int
    size: int
    label: str


class Row(NamedTuple):
    """A row of the picture: one way in which the literature compares."""

    y: int
    size: int
    label: str


class Point(NamedTuple):
    """A concern in the picture."""

    x: int
    y: int
    name: str
    short: str
    full: bool


class Grid(NamedTuple):
    """Things in cells, each in the one where it belongs."""

    columns: list[Column]
    rows: list[Row]
    points: list[Point]
    end: int


class Plot(NamedTuple):
    """The picture, in units of its own width of 320: the concerns, and below them the risks."""

    height: int
    concerns: Grid
    risks: Grid


def card(view: View, path: str) -> tuple[Representation, str] | None:
    """Give the card at a path below `/embed/`, for example `concern/cellulite` or `overview`; None if there is none.

    With it comes the policy that lets it be framed anywhere, and nothing else.
    """
    kind = path.partition("/")[0]
    entity = view.entities.get(path) if kind in KINDS else None
    if entity is None and path not in LISTS:
        return None
    labels, told = view.article.labels, everything(view)
    lists: dict[str, list[Listed]] = {
        "overview": [*told["concerns"], *told["risks"]],
        "risks": told["risks"],
        "decision-factors": told["factors"],
    }
    shown = [entity] if entity else lists[kind]
    titles = {"risks": labels.risks_heading, "decision-factors": labels.decision_factors_heading}
    title = entity.name if isinstance(entity, Named) else titles.get(kind, view.article.question)
    cited = {source for it in shown for said in literature_of(it).values() for source in said.sources}
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


def landing(view: View) -> tuple[Representation, str]:
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


def everything(view: View) -> dict[str, Any]:
    """Return what every page can speak of; made once, because it takes longer the more entities there are."""
    if view.context:
        return view.context
    entities = view.entities.values()
    concerns = [it for it in entities if isinstance(it, Concern)]
    risks = [it for it in entities if isinstance(it, Risk)]
    view.context.update(
        {
            "language": view.article.language,
            "direction": "rtl" if view.article.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
            "article": view.article,
            "labels": labels_of(view.article.labels),
            "superseded": view.about.superseded_by,
            "concerns": concerns,
            "risks": risks,
            "factors": [it for it in entities if isinstance(it, DecisionFactor)],
            "sources": [it for it in entities if isinstance(it, Source)],
            "plot": plot(concerns, risks, labels_of(view.article.labels)),
        }
    )
    return view.context


def plot(concerns: list[Concern], risks: list[Risk], words: dict[str, str]) -> Plot:
    """Give where everything stands in the picture.

    Concerns have a column for each verdict and a row for each comparison, risks a column for each seriousness. They are
    places in a grid, and nothing on an axis: it must not look like a score, nor like a probability.
    """
    compared = [(it.name, it.effectiveness, it.literature.comparison) for it in concerns if it.literature]
    upper = grid(compared, VERDICTS, COMPARISONS, words, 56)
    lower = grid(
        [(it.name, it.seriousness, "risks_heading") for it in risks], RANKS, ("risks_heading",), words, upper.end + 34
    )
    return Plot(lower.end - 18, upper, lower)


def grid(
    things: Sequence[tuple[str, str, str]], across: Sequence[str], down: Sequence[str], words: dict[str, str], top: int
) -> Grid:
    """Give where things stand, each with its name, its word across and its word down; the last column is filled."""
    columns = [
        Column(left, left + COLUMN // 2, COLUMN, shortened(words[word.replace("-", "_")], 24))
        for word, left in zip(across, (4, 8 + COLUMN), strict=True)
    ]
    rows: list[Row] = []
    points: list[Point] = []
    for word_down in down:
        cells = [[name for name, *places in things if places == [word_across, word_down]] for word_across in across]
        height = 12 + LINE * max(1, *map(len, cells))
        rows.append(Row(top, height, words[word_down.replace("-", "_")]))
        for column, cell in zip(columns, cells, strict=True):
            points += [
                Point(column.left + 14, top + 17 + LINE * place, name, shortened(name, 18), column is columns[-1])
                for place, name in enumerate(cell)
            ]
        top += height + 26
    return Grid(columns, rows, points, top)


def shortened(text: str, length: int) -> str:
    """Give a text that fits a place of so many characters; a picture's `desc` has the whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def labels_of(labels: Labels) -> dict[str, str]:
    """Give the labels by name."""
    return {name: getattr(labels, name) for name in labels.__struct_fields__}


def json_in_html(data: object) -> Markup:
    """Give JSON that no text in it can end: a `<` in a script element starts nothing (HTML, section 4.12.1.3)."""
    return Markup(msgspec.json.encode(data).decode().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def policy(css: str, more: str) -> str:
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
