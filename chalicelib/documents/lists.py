"""The registry of the lists: YAML sections, URLs, filters, cards and JSON-LD follow from one entry for each list.

A new list needs its entity type in `content/model.py`, an entry here, its two routes in `app.py`, a heading in
`Headings`, and labels for its comparisons.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import get_args

from msgspec import Struct

from chalicelib.content.model import (
    Article,
    Benefit,
    Concern,
    DecisionFactor,
    Entity,
    FactorKindCode,
    Limitation,
    ListedEntity,
    ReportedHarm,
    Risk,
    SeriousnessCode,
    Source,
)


class ListResource(Struct, frozen=True, kw_only=True, eq=False):
    """One list: its entity type, its section in the content files, and how it is served."""

    entity: type[ListedEntity]
    section: str
    """The name of the list in the content files, and of its heading in `Headings`."""

    path: str = ""
    """The URL path. A list without a path is served as a field of the article."""

    filter: str = ""
    """The query parameter. For all lists but the sources, also the field whose code it is compared with."""

    vocabulary: tuple[str, ...] = ()
    """The values of the filter. Empty if they depend on the edition."""

    compared_by: str = ""
    """The field whose code selects the label of a comparison. Empty: the type of the entity selects it."""

    has_cards: bool = True
    """Whether each entity has a card at `/embed/<type>/<id>`."""

    has_list_card: bool = False
    """Whether the list has a card at `/embed/<name>`, grouped by the values of its filter."""

    health_aspect: str
    """A member of https://schema.org/HealthAspectEnumeration, without the suffix `HealthAspect`."""

    health_aspects: Mapping[str, str] = {}
    """The aspect by filter value, where it differs from `health_aspect`."""

    @property
    def name(self) -> str:
        """The last segment of the path, or an empty string."""
        return self.path.removeprefix("/v1/")


CONCERNS = ListResource(
    entity=Concern,
    section="concerns",
    path="/v1/concerns",
    filter="effectiveness",  # the article's `effectiveness_values`
    compared_by="effectiveness",
    health_aspect="Effectiveness",
)
BENEFITS = ListResource(entity=Benefit, section="benefits", path="/v1/benefits", health_aspect="Benefits")
LIMITATIONS = ListResource(entity=Limitation, section="limitations", has_cards=False, health_aspect="Effectiveness")
RISKS = ListResource(
    entity=Risk,
    section="risks",
    path="/v1/risks",
    filter="seriousness",
    vocabulary=get_args(SeriousnessCode),
    has_list_card=True,
    health_aspect="RisksOrComplications",
    health_aspects={"side-effect": "SideEffects"},
)
REPORTED_HARMS = ListResource(
    entity=ReportedHarm,
    section="reported_harms",
    path="/v1/reported-harms",
    has_list_card=True,
    health_aspect="RisksOrComplications",
)
DECISION_FACTORS = ListResource(
    entity=DecisionFactor,
    section="decision_factors",
    path="/v1/decision-factors",
    filter="kind",
    vocabulary=get_args(FactorKindCode),
    compared_by="kind",
    has_list_card=True,
    health_aspect="Effectiveness",
    health_aspects={"before-deciding": "SeeDoctor"},
)
SOURCES = ListResource(
    entity=Source,
    section="sources",
    path="/v1/sources",
    filter="about",  # takes the subjects in `CitationIndex`
    has_cards=False,
    health_aspect="",
)

# In the order in which entities are stored and shown.
LISTS = (CONCERNS, BENEFITS, LIMITATIONS, RISKS, REPORTED_HARMS, DECISION_FACTORS, SOURCES)
SERVED_LISTS = tuple(resource for resource in LISTS if resource.path)


def list_of(entity: ListedEntity) -> ListResource:
    """Return the list an entity belongs to."""
    return next(resource for resource in LISTS if isinstance(entity, resource.entity))


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Return entities in the order of the lists, the article first.

    The table returns them in alphabetical order of type.
    """
    places = {resource.entity: place for place, resource in enumerate(LISTS)}
    return sorted(entities, key=lambda entity: -1 if isinstance(entity, Article) else places[type(entity)])


def require_entries(resources: Collection[ListResource]) -> None:
    """Raise `LookupError` unless each type of listed entity has an entry."""
    missing = set(get_args(ListedEntity)) - {resource.entity for resource in resources}
    if missing:
        names = ", ".join(sorted(entity.__name__ for entity in missing))
        raise LookupError(f"the registry of the lists lacks an entry for {names}")


require_entries(LISTS)
