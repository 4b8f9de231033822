"""Where everything stands in the overview's chart."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.content.model import Comparison, Concern, Effectiveness, Risk, Seriousness

VERDICTS: tuple[Effectiveness, ...] = ("limited-evidence", "effective-in-some-cases")
COMPARISONS: tuple[Comparison, ...] = ("less-favourable", "needs-qualification", "agrees")
RANKS: tuple[Seriousness, ...] = ("side-effect", "rare-serious")
COLUMN, LINE = 154, 22  # of the chart, which is 320 wide


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


class Marker(NamedTuple):
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
    points: list[Marker]
    end: int


class Chart(NamedTuple):
    """The picture, in units of its own width of 320: the concerns, and below them the risks."""

    height: int
    concerns: Grid
    risks: Grid


def make_chart(concerns: list[Concern], risks: list[Risk], words: dict[str, str]) -> Chart:
    """Give where everything stands in the picture.

    Concerns have a column for each verdict and a row for each comparison, risks a column for each seriousness. They are
    places in a grid, and nothing on an axis: it must not look like a score, nor like a probability.
    """
    compared = [(it.name, it.effectiveness, it.literature.comparison) for it in concerns if it.literature]
    upper = grid(compared, VERDICTS, COMPARISONS, words, 56)
    lower = grid(
        [(it.name, it.seriousness, "risks_heading") for it in risks], RANKS, ("risks_heading",), words, upper.end + 34
    )
    return Chart(lower.end - 18, upper, lower)


def grid(
    things: Sequence[tuple[str, str, str]], across: Sequence[str], down: Sequence[str], words: dict[str, str], top: int
) -> Grid:
    """Give where things stand, each with its name, its word across and its word down; the last column is filled."""
    columns = [
        Column(left, left + COLUMN // 2, COLUMN, truncate(words[word.replace("-", "_")], 24))
        for word, left in zip(across, (4, 8 + COLUMN), strict=True)
    ]
    rows: list[Row] = []
    points: list[Marker] = []
    for word_down in down:
        cells = [[name for name, *places in things if places == [word_across, word_down]] for word_across in across]
        height = 12 + LINE * max(1, *map(len, cells))
        rows.append(Row(top, height, words[word_down.replace("-", "_")]))
        for column, cell in zip(columns, cells, strict=True):
            points += [
                Marker(column.left + 14, top + 17 + LINE * place, name, truncate(name, 18), column is columns[-1])
                for place, name in enumerate(cell)
            ]
        top += height + 26
    return Grid(columns, rows, points, top)


def truncate(text: str, length: int) -> str:
    """Give a text that fits a place of so many characters; a picture's `desc` has the whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
