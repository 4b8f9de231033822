"""The content model: typed entities, one definition for validation, JSON and JSON Schema.

It does not depend on files, DynamoDB or HTTP. The fields of an entity are the members of the API's `data`.
"""

from datetime import date
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

# In Python, `$` also matches before a final newline. In JSON Schema it does not, so the OpenAPI document has plain `$`.
PATTERN_END = r"$(?!\n)"

Slug = Annotated[str, Meta(pattern=rf"^[a-z0-9]+(-[a-z0-9]+)*{PATTERN_END}", max_length=64)]
Text = Annotated[str, Meta(min_length=1)]
Line = Annotated[str, Meta(min_length=1, max_length=160, description="For small screens: at most 160 characters.")]

# Quoted from a source, so not translated. All other strings without a pattern are written by editors in each language.
Quoted = Annotated[str, Meta(min_length=1, extra={"quoted": True})]
Paragraph = Annotated[int, Meta(ge=1, description="A paragraph of the article, counted from 1.")]
Paragraphs = Annotated[
    tuple[Paragraph, ...], Meta(min_length=1, description="The paragraphs that the statement comes from.")
]
LanguageTag = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2,3}}(-[A-Za-z0-9]{{2,8}})*{PATTERN_END}", description="A BCP 47 tag.")
]
# The codes of the closed vocabularies. A reply has each with its label: the classes below.
SeriousnessCode = Literal["side-effect", "rare-serious"]
FactorKindCode = Literal["changes-results", "before-deciding"]
ComparisonCode = Literal["agrees", "needs-qualification", "less-favourable", "different-question"]
StudyTypeCode = Literal[
    "meta-analysis",
    "systematic-review",
    "randomized-controlled-trial",
    "controlled-trial",
    "uncontrolled-trial",
    "retrospective-study",
    "survey",
    "case-series",
    "case-report",
    "outbreak-investigation",
    "narrative-review",
    "consensus-statement",
    "policy-statement",
    "health-technology-assessment",
    "drug-bulletin",
    "regulator-notice",
    "licensing-board-notice",
    "press-report",
    "legislation",
    "court-ruling",
]
StudySubjectCode = Literal[
    "classic-mesotherapy-mixture",
    "fat-dissolving-injection",
    "hyaluronic-acid-skin-booster",
    "dutasteride",
    "minoxidil",
    "several",
    "not-stated",
]
ControlCode = Literal["placebo", "active", "untreated", "none-described", "not-applicable"]
AboutEffectCode = Literal["favourable", "mixed", "insufficient", "unfavourable"]
AboutHarmCode = Literal["reports-harm", "asks-caution", "no-harm-seen"]
StatusCode = Literal["ok", "corrected", "concern", "retracted"]
# "reviewed" is left for a clinician's review.
TranslationCode = Literal["source", "checked", "unchecked"]
# The most severe first: `Superseded.kind` is the first that occurs.
ChangeKindCode = Literal["safety", "evidence", "wording", "translation"]

Code = TypeVar("Code")


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, keyword arguments only, unknown fields refused."""


class Labelled(Record, Generic[Code], frozen=True, kw_only=True):
    """A code of a closed vocabulary, and its label in the language of the reply."""

    code: Code
    label: Text


class Effectiveness(Labelled[Slug], frozen=True, kw_only=True):
    """The article's verdict: one of the codes that the filter takes."""


class Seriousness(Labelled[SeriousnessCode], frozen=True, kw_only=True):
    """How the article ranks a risk; not a probability."""


class FactorKind(Labelled[FactorKindCode], frozen=True, kw_only=True):
    """Whether a factor changes the results, or is a step before deciding."""


class Comparison(Labelled[ComparisonCode], frozen=True, kw_only=True):
    """How research compares with the article. Show the label: what a code means depends on the kind of statement."""


class StudyType(Labelled[StudyTypeCode], frozen=True, kw_only=True):
    """What kind of publication a source is."""


class StudySubject(Labelled[StudySubjectCode], frozen=True, kw_only=True):
    """What was injected."""


class Control(Labelled[ControlCode], frozen=True, kw_only=True):
    """What the treatment was compared with."""


class AboutEffect(Labelled[AboutEffectCode], frozen=True, kw_only=True):
    """Which way a source points on whether the treatment works. Do not add these up to a score."""


class AboutHarm(Labelled[AboutHarmCode], frozen=True, kw_only=True):
    """What a source says on harm. Do not add these up to a score."""


class Status(Labelled[StatusCode], frozen=True, kw_only=True):
    """Whether a source was corrected or retracted, as seen on `status_checked`."""


class Translation(Labelled[TranslationCode], frozen=True, kw_only=True):
    """Whether a language is the source, or a translation that somebody checked."""


class ChangeKind(Labelled[ChangeKindCode], frozen=True, kw_only=True):
    """What kind of change an edition makes."""


class Sentence(Record, frozen=True, kw_only=True):
    """One or more sentences with the same sources. Without sources, they describe our own search or reading."""

    id: Slug
    text: Text
    sources: Annotated[tuple[Slug, ...], Meta(description="Ids of the sources that this sentence rests on.")]


Sentences = Annotated[tuple[Sentence, ...], Meta(min_length=1)]
CitedSources = Annotated[
    tuple[Slug, ...],
    Meta(min_length=1, description="Ids of the sources of the sentences, then of those that also bear on the point."),
]


class LiteratureView(Record, frozen=True, kw_only=True):
    """What published sources say about a statement of the article, and how the two compare."""

    comparison: Comparison
    line: Line
    sentences: Sentences
    sources: CitedSources


class Statement(Record, frozen=True, kw_only=True):
    """A statement of the article and, kept separate from it, the literature's view."""

    line: Line
    text: Text
    paragraphs: Paragraphs
    literature: LiteratureView | None = None


class Headings(Record, frozen=True, kw_only=True):
    """The words of pages and cards around the statements, in one language. They make no medical claims.

    `placeholders` of a field must stand in its text, each in braces.
    """

    at_a_glance: Text
    article_says: Text
    literature_says: Text
    concerns: Text
    benefits: Text
    limitations: Text
    risks: Text
    reported_harms: Text
    decision_factors: Text
    to_ask: Text
    sources: Text
    own_search: Text
    checked: Text
    no_clinical_review: Text
    clinical_review: Text
    superseded: Text
    months: Text
    date_order: Annotated[Text, Meta(extra={"placeholders": ["day", "month", "year"]})]
    site: Text
    skip: Text
    pages: Text
    to_answer: Text
    to_questions: Text
    to_sources: Text
    to_reference: Text
    to_feed: Text
    current_edition: Text
    in_short: Text
    article_column: Text
    research_column: Text
    on_safety: Text
    all_risks: Text
    why: Text
    one_source: Text
    many_sources: Annotated[Text, Meta(extra={"placeholders": ["count"]})]
    on_subject: Annotated[Text, Meta(extra={"placeholders": ["subject"]})]
    one_paragraph: Annotated[Text, Meta(extra={"placeholders": ["paragraphs"]})]
    many_paragraphs: Annotated[Text, Meta(extra={"placeholders": ["paragraphs"]})]
    further_sources: Text
    concerns_table: Text
    what_can_go_wrong: Text
    risks_table: Text
    for_and_limits: Text
    benefits_table: Text
    weigh_and_ask: Text
    take_questions: Text
    all_questions: Text
    ask: Text
    origin: Text
    what_it_is: Text
    debate: Text
    how_made: Text
    all_sources: Annotated[Text, Meta(extra={"placeholders": ["count"]})]
    what_it_is_not: Text
    not_advice: Text
    not_a_score: Text
    no_adding_up: Text
    who: Text
    editors: Text
    mistake: Text
    report: Text
    edition: Text
    use_it: Text
    on_your_site: Text
    cards_offer: Text
    see_a_card: Text
    in_your_app: Text
    api_offer: Text
    read_the_reference: Text
    sources_title: Annotated[Text, Meta(extra={"placeholders": ["count"]})]
    sources_lead: Text
    as_spreadsheet: Text
    subjects: Text
    other_harms: Text
    general: Text
    people: Annotated[Text, Meta(extra={"placeholders": ["count"]})]
    injected: Text
    paid: Text
    rests_on_it: Text
    no_sentence: Text
    above: Annotated[Text, Meta(extra={"placeholders": ["subject"]})]
    questions_title: Text
    questions_lead: Text
    know_before: Text


class Labels(Record, frozen=True, kw_only=True):
    """The label of each code, by vocabulary, in one language. Each label can stand alone."""

    effectiveness: dict[Slug, Text]
    # For tables whose column names the article: its verdicts, its seriousness, and `safety`, its word on safety.
    short: dict[Slug, Text]
    seriousness: dict[SeriousnessCode, Text]
    factor_kind: dict[FactorKindCode, Text]
    # By type of entity (`article`, `benefit`, …), but for concerns by verdict and for factors by kind.
    comparison: dict[Slug, dict[ComparisonCode, Text]]
    study_type: dict[StudyTypeCode, Text]
    study_subject: dict[StudySubjectCode, Text]
    control: dict[ControlCode, Text]
    about_effect: dict[AboutEffectCode, Text]
    about_harm: dict[AboutHarmCode, Text]
    status: dict[StatusCode, Text]
    translation: dict[TranslationCode, Text]
    change_kind: dict[ChangeKindCode, Text]


class ClinicalReview(Record, frozen=True, kw_only=True):
    """Which clinician reviewed the content, and when."""

    name: Quoted
    qualification: Quoted
    date: date


class Article(Record, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """The article's own statements in one language, and the texts that are sent with every reply."""

    language: LanguageTag
    translation: Translation
    checked: Annotated[date, Meta(description="When the article was last compared with its sources.")]
    next_check: date
    clinical_review: ClinicalReview | None
    paragraph_count: Annotated[int, Meta(ge=1)]
    # From the most favourable to the least.
    effectiveness_values: Annotated[tuple[Slug, ...], Meta(min_length=1)]
    service_name: Text
    subject: Text
    question: Text
    attribution: Text
    disclaimer: Text
    headings: Headings
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
    line: Line
    text: Text
    paragraphs: Paragraphs
    literature: LiteratureView | None = None


class Concern(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="concern"):
    """A cosmetic concern, with the article's verdict on whether the treatment works for it."""

    effectiveness: Effectiveness


class Benefit(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="benefit"):
    """A benefit that the article names."""


class Limitation(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="limitation"):
    """A limitation that the article names."""


class Risk(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="risk"):
    """A side effect or complication that the article names."""

    seriousness: Seriousness


class DecisionFactor(NamedStatement, frozen=True, kw_only=True, tag_field="type", tag="decision-factor"):
    """Something that changes the results, or a step to take before deciding, with questions to ask."""

    kind: FactorKind
    questions: Annotated[tuple[Text, ...], Meta(min_length=1, description="Questions for the consultation.")]


class ReportedHarm(Record, frozen=True, kw_only=True, tag_field="type", tag="reported-harm"):
    """A harm that research reports and the article does not name. So it has no seriousness and no comparison."""

    id: Slug
    name: Text
    line: Line
    sentences: Sentences
    sources: CitedSources


# In `bears_on`, what is no statement: the treatment as a whole, and harms that the article does not name.
GENERAL, OTHER_HARMS = "general", "other-harms"


class Source(Record, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """A published source. Fields that nobody could verify are absent."""

    id: Slug
    title: Quoted
    authors: tuple[Quoted, ...] | None = None
    year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    journal_or_publisher: Quoted | None = None
    # Not in the files: made from the other fields when the content is loaded.
    citation: Annotated[Quoted, Meta(description="In the style of the National Library of Medicine.")] | None = None
    study_type: StudyType
    study_subject: StudySubject
    control: Control
    population_n: Annotated[int, Meta(ge=1, description="How many people were studied.")] | None = None
    about_effect: AboutEffect | None = None
    about_harm: AboutHarm | None = None
    funding: Text | None = None
    status: Status | None = None
    status_checked: date | None = None
    doi: Annotated[str, Meta(pattern=rf"^10\.[0-9]{{4,9}}/\S+{PATTERN_END}")] | None = None
    pmid: Annotated[str, Meta(pattern=rf"^[0-9]+{PATTERN_END}")] | None = None
    url: Annotated[str, Meta(pattern=rf"^https?://\S+{PATTERN_END}")] | None = None
    bears_on: Annotated[tuple[Slug, ...], Meta(min_length=1, description="Ids, `general` or `other-harms`.")]
    summary: Line
    finding: Annotated[str, Meta(min_length=1, description="What was studied and found, in our words.")]


ListedEntity: TypeAlias = Benefit | Concern | DecisionFactor | Limitation | ReportedHarm | Risk | Source

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


def cited_texts(entity: Entity) -> dict[str, LiteratureView | ReportedHarm]:
    """Return what an entity says by its sources: sentences by entity id or, for the article, by field name."""
    if isinstance(entity, Source):
        return {}
    if isinstance(entity, ReportedHarm):
        return {entity.id: entity}
    if isinstance(entity, Article):
        statements = {name: getattr(entity, name) for name in ARTICLE_STATEMENTS}
    else:
        statements = {entity.id: entity}
    return {name: statement.literature for name, statement in statements.items() if statement.literature is not None}
