"""Positions of everything in the chart of the overview, in SVG units. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.content.model import Comparison, Concern, Effectiveness, Risk, Seriousness

VERDICTS: tuple[Effectiveness, ...] = ("limited-evidence", "effective-in-some-cases")
COMPARISONS: tuple[Comparison, ...] = ("less-favourable", "needs-qualification", "agrees")
RANKS: tuple[Seriousness, ...] = ("side-effect", "rare-serious")
COLUMN_WIDTH, LINE_HEIGHT = 154, 22  # the chart is 320 wide


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


def make_chart(concerns: list[Concern], risks: list[Risk], labels: dict[str, str]) -> Chart:
    """Return the chart of the overview.

    Concerns have a column for each verdict and a row for each comparison, risks a column for each seriousness. The
    chart is a table without axes: it must not look like a score or a probability.
    """
    compared = [
        (concern.name, concern.effectiveness, concern.literature.comparison)
        for concern in concerns
        if concern.literature
    ]
    ranked = [(risk.name, risk.seriousness, "risks_heading") for risk in risks]
    upper = grid(compared, VERDICTS, COMPARISONS, labels, 56)
    lower = grid(ranked, RANKS, ("risks_heading",), labels, upper.bottom + 34)
    return Chart(lower.bottom - 18, upper, lower)


def grid(
    entries: Sequence[tuple[str, str, str]],
    across: Sequence[str],
    down: Sequence[str],
    labels: dict[str, str],
    top: int,
) -> Grid:
    """Return a grid of entries (name, column value, row value). Markers in the last column are filled."""
    columns = [
        Column(left, left + COLUMN_WIDTH // 2, COLUMN_WIDTH, truncate(labels[value.replace("-", "_")], 24))
        for value, left in zip(across, (4, 8 + COLUMN_WIDTH), strict=True)
    ]
    rows: list[Row] = []
    markers: list[Marker] = []
    for row_value in down:
        cells = [[name for name, *values in entries if values == [column_value, row_value]] for column_value in across]
        height = 12 + LINE_HEIGHT * max(1, *map(len, cells))
        rows.append(Row(top, height, labels[row_value.replace("-", "_")]))
        for column, cell in zip(columns, cells, strict=True):
            markers += [
                Marker(column.left + 14, top + 17 + LINE_HEIGHT * line, name, truncate(name, 18), column is columns[-1])
                for line, name in enumerate(cell)
            ]
        top += height + 26
    return Grid(columns, rows, markers, top)


def truncate(text: str, length: int) -> str:
    """Return a text cut to `length` characters. The complete text is in the marker's `title` and the chart's `desc`."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
