"""Positions of everything in the chart of the overview, in SVG units. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.content.model import Article, Comparison, Concern, Labels, Risk, Seriousness

COMPARISONS: tuple[Comparison, ...] = ("less-favourable", "needs-qualification", "agrees")
RANKS: tuple[Seriousness, ...] = ("side-effect", "rare-serious")
COLUMN_GAP, LINE_HEIGHT, WIDTH = 4, 22, 320
LABEL_CHARACTER, NAME_CHARACTER = 6, 7  # the width of a character of a column's label, and of a name


class Column(NamedTuple):
    """A column of a grid: one verdict of the article."""

    left: int
    center: int
    width: int
    label: str


class Row(NamedTuple):
    """A row of a grid: one way in which the literature compares."""

    y: int
    height: int
    label: str


class Marker(NamedTuple):
    """The symbol of a concern or risk, with its full name and a label that fits."""

    x: int
    y: int
    name: str
    label: str
    filled: bool


class Grid(NamedTuple):
    """A table of cells with markers; `bottom` is where the next grid may start."""

    columns: list[Column]
    rows: list[Row]
    markers: list[Marker]
    bottom: int


class Chart(NamedTuple):
    """The chart: the concerns, and below them the risks."""

    height: int
    concerns: Grid
    risks: Grid


def make_chart(article: Article, concerns: list[Concern], risks: list[Risk]) -> Chart:
    """Return the chart of the overview.

    Concerns have a column for each verdict and a row for each comparison, risks a column for each seriousness. The
    chart is a table without axes: it must not look like a score or a probability.
    """
    compared = [
        (concern.name, concern.effectiveness, concern.literature.comparison)
        for concern in concerns
        if concern.literature
    ]
    labels = article.labels
    verdicts = {value: labels.effectiveness_labels[value] for value in reversed(article.effectiveness_values)}
    upper = grid(compared, verdicts, labels_by_code(labels, COMPARISONS), 56)
    ranked = [(risk.name, risk.seriousness, "") for risk in risks]
    lower = grid(ranked, labels_by_code(labels, RANKS), {"": labels.risks_heading}, upper.bottom + 34)
    return Chart(lower.bottom - 18, upper, lower)


def labels_by_code(labels: Labels, codes: Sequence[str]) -> dict[str, str]:
    """Return the labels of codes, in the order of the codes."""
    return {code: getattr(labels, code.replace("-", "_")) for code in codes}


def grid(entries: Sequence[tuple[str, str, str]], across: Mapping[str, str], down: Mapping[str, str], top: int) -> Grid:
    """Return a grid of entries (name, column value, row value). Markers in the last column are filled.

    Columns and rows are given as labels by value.
    """
    width = (WIDTH - COLUMN_GAP) // len(across) - COLUMN_GAP
    columns = [
        Column(left, left + width // 2, width, truncate(label, (width - 10) // LABEL_CHARACTER))
        for label, left in zip(across.values(), range(COLUMN_GAP, WIDTH, COLUMN_GAP + width), strict=False)
    ]
    rows: list[Row] = []
    markers: list[Marker] = []
    for row_value, label in down.items():
        cells = [[name for name, *values in entries if values == [column_value, row_value]] for column_value in across]
        height = 12 + LINE_HEIGHT * max(1, *map(len, cells))
        rows.append(Row(top, height, label))
        for column, cell in zip(columns, cells, strict=True):
            markers += [
                Marker(
                    column.left + 14,
                    top + 17 + LINE_HEIGHT * line,
                    name,
                    truncate(name, (width - 26) // NAME_CHARACTER),
                    column is columns[-1],
                )
                for line, name in enumerate(cell)
            ]
        top += height + 26
    return Grid(columns, rows, markers, top)


def truncate(text: str, length: int) -> str:
    """Return a text cut to `length` characters. The complete text is in the marker's `title` and the chart's `desc`."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
