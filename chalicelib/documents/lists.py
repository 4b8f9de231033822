"""The lists of the API."""

from typing import NamedTuple, get_args

from chalicelib.content.model import (
    Benefit,
    Concern,
    DecisionFactor,
    Effectiveness,
    FactorKind,
    ListedEntity,
    Risk,
    Seriousness,
    Source,
)


class Collection(NamedTuple):
    """A list of the API: where it is, its name there, what it holds, and the field that it can be filtered by."""

    path: str
    name: str
    kind: type[ListedEntity]
    filter: str | None


CONCERNS = Collection("/v1/concerns", "concerns", Concern, "effectiveness")
BENEFITS = Collection("/v1/benefits", "benefits", Benefit, None)
RISKS = Collection("/v1/risks", "risks", Risk, "seriousness")
DECISION_FACTORS = Collection("/v1/decision-factors", "decision-factors", DecisionFactor, "kind")
SOURCES = Collection("/v1/sources", "sources", Source, "about")
COLLECTIONS = (CONCERNS, BENEFITS, RISKS, DECISION_FACTORS, SOURCES)
VOCABULARIES: dict[Collection, tuple[str, ...]] = {
    CONCERNS: get_args(Effectiveness),
    RISKS: get_args(Seriousness),
    DECISION_FACTORS: get_args(FactorKind),
}
