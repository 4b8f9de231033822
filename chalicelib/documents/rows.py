"""What pages and cards show of a statement: its words, its shapes, and its place among the others. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct, structs

from chalicelib.content.model import (
    Article,
    ComparisonCode,
    Concern,
    DecisionFactor,
    Headings,
    ListedEntity,
    LiteratureView,
    NamedStatement,
    ReportedHarm,
    Risk,
    Source,
    Statement,
    entity_ref,
)

# The shapes of research's verdicts, by comparison. None means two things, so harms have their own.
COMPARISON_SHAPES: dict[ComparisonCode, str] = {
    "agrees": "same",
    "needs-qualification": "part",
    "less-favourable": "less",
    "different-question": "aside",
}
HARM_SHAPES: dict[ComparisonCode, str] = COMPARISON_SHAPES | {
    "needs-qualification": "unsure",
    "less-favourable": "worse",
}
SERIOUSNESS_SHAPES = {"side-effect": "side", "rare-serious": "rare"}
# The order of risks: first those that research shows can be worse, then those it cannot confirm to be rare. Within one
# of these, as in the content.
RISK_ORDER: dict[ComparisonCode, int] = {"less-favourable": 0, "needs-qualification": 1}
MONTHS = 12
# With words of at most so many letters, a table has its three columns on a phone too.
LONGEST_IN_COLUMNS = 12


class Row(Struct, frozen=True, kw_only=True):
    """A statement as a row of a table: the subject, then what each voice says, if it says something."""

    id: str
    name: str
    card: str = ""
    article_tag: str = ""
    article_shape: str = ""
    article_line: str = ""
    article_text: str = ""
    paragraphs: tuple[int, ...] = ()
    research_tag: str = ""
    research_shape: str = ""
    view: LiteratureView | ReportedHarm | None = None
    worse: bool = False
    """Whether research shows a harm to be worse than the article says."""

    questions: tuple[str, ...] = ()


def row_of(entity: ListedEntity, article: Article) -> Row:
    """Return an entity as a row.

    Raises:
        TypeError: It is a source, which is no statement.

    """
    if isinstance(entity, Source):
        raise TypeError(f"{entity.id} is a source")
    if isinstance(entity, ReportedHarm):
        return Row(id=entity.id, name=entity.name, card=entity_ref(entity), view=entity)
    tag, shape = article_verdict(entity, article)
    row = Row(
        id=entity.id,
        name=entity.name,
        card=entity_ref(entity),
        article_tag=tag,
        article_shape=shape,
        # A risk's line says again what its tag says.
        article_line="" if isinstance(entity, Risk) else entity.line,
        questions=entity.questions if isinstance(entity, DecisionFactor) else (),
    )
    return with_voices(row, entity, harm=isinstance(entity, Risk))


def article_row(name: str, title: str, statement: Statement, article: Article) -> Row:
    """Return one of the article's own statements as a row."""
    is_safety = name == "safety"
    tag = article.labels.short.get(name, "")
    row = Row(id=name, name=title, article_tag=tag, article_shape="say" if tag else "", article_line=statement.line)
    return with_voices(row, statement, harm=is_safety)


def with_voices(row: Row, statement: Statement | NamedStatement, *, harm: bool) -> Row:
    """Return a row with the full text of the article, and with what research says."""
    row = structs.replace(row, article_text=statement.text, paragraphs=statement.paragraphs)
    view = statement.literature
    if view is None:
        return row
    code = view.comparison.code
    return structs.replace(
        row,
        view=view,
        research_tag=view.comparison.label,
        research_shape=(HARM_SHAPES if harm else COMPARISON_SHAPES).get(code, "aside"),
        worse=harm and code == "less-favourable",
    )


def article_verdict(entity: ListedEntity, article: Article) -> tuple[str, str]:
    """Return the article's verdict on a concern or a risk in a few words, and its shape; else two empty texts."""
    short = article.labels.short
    if isinstance(entity, Concern):
        code, values = entity.effectiveness.code, article.effectiveness_values
        return short.get(code, entity.effectiveness.label), verdict_shape(code, values)
    if isinstance(entity, Risk):
        code = entity.seriousness.code
        return short.get(code, entity.seriousness.label), SERIOUSNESS_SHAPES.get(code, "side")
    return "", ""


def verdict_shape(code: str, values: Sequence[str]) -> str:
    """Return the circle of a verdict: dashed for the least favourable, full for the most of three, else half."""
    if code == values[-1]:
        return "limited"
    return "often" if code == values[0] and len(values) > 2 else "some"  # noqa: PLR2004 - as the docstring says


def in_risk_order(risks: Iterable[Risk]) -> list[Risk]:
    """Return risks in the order of `RISK_ORDER`."""
    return sorted(risks, key=lambda risk: RISK_ORDER.get(risk.literature.comparison.code, 2) if risk.literature else 2)


def fits_in_columns(rows: Iterable[Row]) -> bool:
    """Return whether the longest word of the names and tags leaves room for three columns on a phone."""
    texts = (text for row in rows for text in (row.name, row.article_tag, row.research_tag))
    words = (word for text in texts for word in text.replace("\u00ad", " ").split())
    return max(map(len, words), default=0) <= LONGEST_IN_COLUMNS


def written_date(day: date, headings: Headings) -> str:
    """Return a date as people write it in the language of the headings, or in digits if they lack the months."""
    months = [month.strip() for month in headings.months.split(",")]
    if len(months) != MONTHS:
        return day.isoformat()
    parts = {"{day}": str(day.day), "{month}": months[day.month - 1], "{year}": str(day.year)}
    text = headings.date_order
    for placeholder, part in parts.items():
        text = text.replace(placeholder, part)
    return text


def filled(text: str, **values: object) -> str:
    """Return a heading with its placeholders filled in. Braces of any other text stay as they are."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def counted_sources(number: int, headings: Headings) -> str:
    """Return how many sources there are, in words."""
    return headings.one_source if number == 1 else filled(headings.many_sources, count=number)
