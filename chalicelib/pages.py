"""From an edition to the HTML of cards and of the overview; pure, and loaded only when HTML is asked for."""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

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
    Source,
    literature_of,
)
from chalicelib.article import Point as Named
from chalicelib.linked_data import medical_web_page
from chalicelib.representations import Representation, View, etag

RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}  # primary subtags (RFC 5646)
LISTS = ("overview", "risks", "decision-factors")
KINDS = ("concern", "benefit", "risk", "decision-factor")
VERDICTS: tuple[Effectiveness, ...] = ("limited-evidence", "effective-in-some-cases")
COMPARISONS: tuple[Comparison, ...] = ("less-favourable", "needs-qualification", "agrees")
COLUMN, LINE = 154, 22  # of the picture, which is 320 wide
FOLDER = Path(__file__).with_name("templates")


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


class Plot(NamedTuple):
    """The picture, in units of its own width of 320."""

    height: int
    columns: list[Column]
    rows: list[Row]
    points: list[Point]


def card(view: View, path: str) -> tuple[Representation, str] | None:
    """Give the card at a path below `/embed/`, for example `concern/cellulite` or `overview`; None if there is none.

    With it comes the policy that lets it be framed anywhere, and nothing else.
    """
    kind = path.partition("/")[0]
    entity = view.entities.get(path) if kind in KINDS else None
    if entity is None and path not in LISTS:
        return None
    article = view.article
    concerns = [it for it in view.entities.values() if isinstance(it, Concern)]
    risks = [it for it in view.entities.values() if isinstance(it, Risk)]
    factors = [it for it in view.entities.values() if isinstance(it, DecisionFactor)]
    lists: dict[str, list[Listed]] = {
        "overview": [*concerns, *risks],
        "risks": [*risks],
        "decision-factors": [*factors],
    }
    shown = [entity] if entity else lists[kind]
    titles = {"risks": article.labels.risks_heading, "decision-factors": article.labels.decision_factors_heading}
    title = entity.name if isinstance(entity, Named) else titles.get(kind, article.question)
    cited = {source for it in shown for said in literature_of(it).values() for source in said.sources}
    sources = [it for it in view.entities.values() if isinstance(it, Source) and it.id in cited]
    html = (
        templates()
        .get_template("page.html")
        .render(
            language=article.language,
            direction="rtl" if article.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
            title=title,
            css=Markup(style()),  # noqa: S704 - our own file
            linked_data=json_in_html(medical_web_page(article, [*shown, *sources], brief=entity is None)),
            up="../" * (2 if entity else 1),
            superseded=view.about.superseded_by,
            kind=kind,
            entity=entity,
            article=article,
            labels=labels_of(article.labels),
            concerns=concerns,
            risks=risks,
            factors=factors,
            plot=plot(concerns, article.labels),
        )
    )
    return Representation(html, etag(html.encode())), policy()


def plot(concerns: list[Concern], labels: Labels) -> Plot:
    """Give where the concerns stand in the picture: a column for each verdict, a row for each comparison.

    A place in a grid, and nothing on an axis: it must not look like a score.
    """
    words = labels_of(labels)
    columns = [
        Column(left, left + COLUMN // 2, COLUMN, shortened(words[verdict.replace("-", "_")], 24))
        for verdict, left in zip(VERDICTS, (4, 8 + COLUMN), strict=True)
    ]
    rows: list[Row] = []
    points: list[Point] = []
    top = 56
    for comparison in COMPARISONS:
        beside = [it for it in concerns if it.literature and it.literature.comparison == comparison]
        cells = [[it for it in beside if it.effectiveness == verdict] for verdict in VERDICTS]
        height = 12 + LINE * max(1, *map(len, cells))
        rows.append(Row(top, height, words[comparison.replace("-", "_")]))
        for column, cell in zip(columns, cells, strict=True):
            points += [
                Point(
                    column.left + 14,
                    top + 17 + LINE * place,
                    it.name,
                    shortened(it.name, 18),
                    it.effectiveness == "effective-in-some-cases",
                )
                for place, it in enumerate(cell)
            ]
        top += height + 26
    return Plot(top - 18, columns, rows, points)


def shortened(text: str, length: int) -> str:
    """Give a text that fits a place of so many characters; a picture's `desc` has the whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def labels_of(labels: Labels) -> dict[str, str]:
    """Give the labels by name."""
    return {name: getattr(labels, name) for name in labels.__struct_fields__}


def json_in_html(data: object) -> Markup:
    """Give JSON that no text in it can end: a `<` in a script element starts nothing (HTML, section 4.12.1.3)."""
    return Markup(msgspec.json.encode(data).decode().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def policy() -> str:
    """Give the Content-Security-Policy of cards: their own style and script, framing anywhere, and nothing else."""
    digest = base64.b64encode(sha256(f"body{{margin:0}}{style()}".encode()).digest()).decode()
    own = "script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {own}"


@cache
def style() -> str:
    """Give the style of cards."""
    return FOLDER.joinpath("card.css").read_text(encoding="utf-8").strip()


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
