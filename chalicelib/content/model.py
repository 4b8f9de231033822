"""The content model: typed entities, one definition for validation, JSON and JSON Schema.

It does not depend on files, DynamoDB or HTTP. The fields of an entity are the members of the API's `data`.
"""

from datetime import date
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

# In Python, `$` also matches before a final newline. In JSON Schema it does not, so the OpenAPI document has plain `$`.
PATTERN_END = r"$(?!\n)"

Slug = Annotated[str, Meta(pattern=rf"^[a-z0-9]+(-[a-z0-9]+)*{PATTERN_END}", max_length=64)]
Text = Annotated[str, Meta(min_length=1)]
Summary = Annotated[str, Meta(min_length=1, description="A short version, for small screens.")]

# Quoted from a source, so not translated. All other strings without a pattern are written by editors in each language.
Quoted = Annotated[str, Meta(min_length=1, extra={"quoted": True})]
Paragraph = Annotated[int, Meta(ge=1, description="A paragraph of the article, counted from 1.")]
Paragraphs = Annotated[
    tuple[Paragraph, ...], Meta(min_length=1, description="The paragraphs that the statement comes from.")
]
LanguageTag = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2,3}}(-[A-Za-z0-9]{{2,8}})*{PATTERN_END}", description="A BCP 47 tag.")
]
Seriousness = Literal["side-effect", "rare-serious"]
FactorKind = Literal["changes-results", "before-deciding"]
Comparison = Literal["agrees", "needs-qualification", "less-favourable"]
Direction = Literal["supports", "contradicts", "mixed", "insufficient"]
StudyType = Literal[
    "systematic-review",
    "randomized-controlled-trial",
    "controlled-trial",
    "uncontrolled-trial",
    "case-series",
    "case-report",
    "outbreak-investigation",
    "narrative-review",
    "policy-statement",
    "regulator-notice",
]

Translation = Literal["source", "reviewed", "unreviewed"]

# The most severe first: `Superseded.kind` is the first that occurs.
ChangeKind = Literal["safety", "evidence", "wording", "translation"]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, keyword arguments only, unknown fields refused."""


class LiteratureView(Record, frozen=True, kw_only=True):
    """What published sources say about a statement of the article, and how the two compare."""

    comparison: Annotated[Comparison, Meta(description="How the literature compares with the article.")]
    text: Text
    sources: Annotated[tuple[Slug, ...], Meta(min_length=1, description="Ids of the cited sources.")]


class Statement(Record, frozen=True, kw_only=True):
    """A statement of the article and, kept separate from it, the literature's view."""

    summary: Summary
    text: Text
    paragraphs: Paragraphs
    literature: LiteratureView | None = None


class Labels(Record, frozen=True, kw_only=True):
    """Headings and labels of the HTML pages, in one language. They make no medical claims."""

    at_a_glance: Text
    article_says: Text
    literature_says: Text
    effectiveness_labels: dict[Slug, Text]
    agrees: Text
    needs_qualification: Text
    less_favourable: Text
    concerns_heading: Text
    risks_heading: Text
    side_effect: Text
    rare_serious: Text
    decision_factors_heading: Text
    changes_results: Text
    before_deciding: Text
    sources_heading: Text
    reviewed_on: Text
    superseded: Text


class Article(Record, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """The article's own statements in one language, and the texts that are sent with every reply."""

    language: LanguageTag
    translation: Translation
    reviewed: date
    next_review: date
    paragraph_count: Annotated[int, Meta(ge=1)]
    # From the most favourable to the least. At most four columns fit into the chart.
    effectiveness_values: Annotated[tuple[Slug, ...], Meta(min_length=1, max_length=4)]
    service_name: Text
    subject: Text
    question: Text
    attribution: Text
    disclaimer: Text
    labels: Labels
    short_answer: Statement
    definition: Statement
    debate: Statement
    variation: Statement
    safety: Statement
    conclusion: Statement


class NamedStatement(Record, frozen=True, kw_only=True):
    """A statement of the article that has an id and a name."""

    id: Slug
    name: Text
    summary: Summary
    text: Text
    paragraphs: Paragraphs
    literature: LiteratureView | None = None


class Concern(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="concern"):
    """A cosmetic concern, with the article's verdict on whether the treatment works for it."""

    effectiveness: Annotated[Slug, Meta(description="The article's verdict: one of the values that the filter takes.")]


class Benefit(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="benefit"):
    """A benefit that the article names."""


class Limitation(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="limitation"):
    """A limitation that the article names."""


class Risk(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="risk"):
    """A side effect or complication that the article names."""

    seriousness: Annotated[Seriousness, Meta(description="How the article ranks it; not a probability.")]


class DecisionFactor(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="decision-factor"):
    """Something that changes the results, or a step to take before deciding, with questions to ask."""

    kind: FactorKind
    questions: Annotated[tuple[Text, ...], Meta(min_length=1, description="Questions for the consultation.")]


class Source(Record, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A published source. Fields that nobody could verify are absent."""

    id: Slug
    title: Quoted
    authors: tuple[Quoted, ...] | None = None
    year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    journal_or_publisher: Quoted | None = None
    study_type: StudyType
    doi: Annotated[str, Meta(pattern=rf"^10\.[0-9]{{4,9}}/\S+{PATTERN_END}")] | None = None
    pmid: Annotated[str, Meta(pattern=rf"^[0-9]+{PATTERN_END}")] | None = None
    url: Annotated[str, Meta(pattern=rf"^https?://\S+{PATTERN_END}")] | None = None
    bears_on: Annotated[tuple[Slug, ...], Meta(min_length=1, description="Ids of entities, or `general`.")]
    direction: Annotated[
        Direction,
        Meta(description="What it says about the entities in `bears_on`. Do not add these up to a score."),
    ]
    summary: Summary
    finding: Annotated[str, Meta(min_length=1, description="What was studied and found, in our words.")]


ListedEntity: TypeAlias = Benefit | Concern | DecisionFactor | Limitation | Risk | Source

Entity: TypeAlias = Article | ListedEntity

# Fields of `Article`, in the order in which they are shown.
ARTICLE_STATEMENTS = ("short_answer", "definition", "debate", "variation", "safety", "conclusion")


def type_name(entity_type: type[Entity]) -> str:
    """Return the name of an entity type in documents and keys, for example `decision-factor`."""
    tag = entity_type.__struct_config__.tag
    return str(tag)


def entity_ref(entity: Entity) -> str:
    """Return the entity's name in change logs and card URLs, for example `concern/cellulite`."""
    return type_name(type(entity)) if isinstance(entity, Article) else f"{type_name(type(entity))}/{entity.id}"


def literature_by_statement(entity: Entity) -> dict[str, LiteratureView]:
    """Return the literature's views of an entity's statements, by entity id or, for the article, by field name."""
    if isinstance(entity, Source):
        return {}
    if isinstance(entity, Article):
        statements = {name: getattr(entity, name) for name in ARTICLE_STATEMENTS}
    else:
        statements = {entity.id: entity}
    return {name: statement.literature for name, statement in statements.items() if statement.literature is not None}
