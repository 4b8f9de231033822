"""The API serves every statement of the content brief, at the URL where an app expects it."""

from dataclasses import dataclass

import pytest
from chalice.test import Client

DEFINITION = ("non-surgical|without surgery", "small amounts", "customised medication", "vitamins", "injected")


@dataclass
class Row:
    """One statement of the brief: its paragraph, where it is served, and words that its text must contain."""

    paragraph: int
    path: str
    words: tuple[str, ...]
    field: str | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}#{self.field or ''}"


CONCERNS = "/v1/concerns"
EFFECTIVE = (("effectiveness", "effective-in-some-cases"),)
LIMITED = (("effectiveness", "limited-evidence"),)
SIDE_EFFECT = (("seriousness", "side-effect"),)
SERIOUS = (("seriousness", "rare-serious"),)
CHANGES_RESULTS = (("kind", "changes-results"),)
BEFORE_DECIDING = (("kind", "before-deciding"),)

ROWS = [
    Row(1, "/v1/article", (*DEFINITION, "wrinkles", "cellulite", "hair loss"), "definition"),
    Row(1, "/v1/article", ("experts", "significant benefit", "sceptical"), "debate"),
    Row(2, "/v1/article", ("person", "treatment"), "variation"),
    Row(2, f"{CONCERNS}/cellulite", ("effective in some cases", "reduce how visible"), facts=EFFECTIVE),
    Row(2, f"{CONCERNS}/skin-texture", ("effective in some cases", "improve the texture"), facts=EFFECTIVE),
    Row(2, f"{CONCERNS}/hair-loss", ("evidence", "limited"), facts=LIMITED),
    Row(2, f"{CONCERNS}/wrinkles", ("evidence", "limited"), facts=LIMITED),
    Row(3, "/v1/benefits/minimally-invasive", ("noticeable results", "without surgery", "less invasive")),
    Row(4, "/v1/benefits/customisable", ("needs of one patient", "chosen concerns", "results that are wanted")),
    Row(5, "/v1/article", ("not a miracle cure", "may not work for everyone"), "limitations"),
    Row(5, "/v1/decision-factors/practitioner-skill", ("skill", "experience"), facts=CHANGES_RESULTS),
    Row(5, "/v1/decision-factors/product-quality", ("quality of the products",), facts=CHANGES_RESULTS),
    Row(5, "/v1/decision-factors/individual-physiology", ("physiology",), facts=CHANGES_RESULTS),
    Row(2, "/v1/decision-factors/treatment-used", ("particular treatment",), facts=CHANGES_RESULTS),
    Row(2, "/v1/decision-factors/concern-treated", ("concern",), facts=CHANGES_RESULTS),
    Row(7, "/v1/decision-factors/concern-treated", ("concern",), facts=CHANGES_RESULTS),
    Row(6, "/v1/article", ("generally considered safe",), "safety"),
    Row(6, "/v1/risks/bruising", ("bruising",), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/swelling", ("swelling",), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/infection", ("infection",), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/scarring", ("scarring", "rare"), facts=SERIOUS),
    Row(6, "/v1/risks/allergic-reaction", ("allergic reaction", "rare"), facts=SERIOUS),
    Row(7, "/v1/article", ("can work", "cellulite", "skin texture", "hair loss", "wrinkles", "open"), "conclusion"),
    Row(7, "/v1/decision-factors/weigh-benefits-and-risks", ("benefits against the risks",), facts=BEFORE_DECIDING),
    Row(7, "/v1/decision-factors/consult-dermatologist", ("qualified", "dermatologist"), facts=BEFORE_DECIDING),
    Row(7, "/v1/article", ("benefits against the risks", "dermatologist"), "advice"),
]


@pytest.fixture
def api(shared_api: Client) -> Client:
    """The shared app: these tests only read."""
    return shared_api


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_brief_is_served(api: Client, row: Row) -> None:
    data = api.http.get(row.path).json_body["data"]
    statements = data[row.field] if row.field else data
    statements = statements if isinstance(statements, list) else [statements]
    text = " ".join(statement["text"] for statement in statements).lower()
    for words in row.words:
        assert any(word in text for word in words.split("|")), words
    assert any(row.paragraph in statement["paragraphs"] for statement in statements)
    assert all(data[field] == value for field, value in row.facts)


def test_the_lists_match_the_brief(api: Client) -> None:
    def ids(path: str) -> list[str]:
        return [entity["id"] for entity in api.http.get(path).json_body["data"]]

    assert ids("/v1/concerns") == ["cellulite", "skin-texture", "hair-loss", "wrinkles"]
    assert ids("/v1/benefits") == ["minimally-invasive", "customisable"]
    assert ids("/v1/risks?seriousness=side-effect") == ["bruising", "swelling", "infection"]
    assert ids("/v1/risks?seriousness=rare-serious") == ["scarring", "allergic-reaction"]
    assert ids("/v1/decision-factors?kind=before-deciding") == ["weigh-benefits-and-risks", "consult-dermatologist"]
    assert ids("/v1/decision-factors?kind=changes-results") == [
        "practitioner-skill",
        "product-quality",
        "individual-physiology",
        "treatment-used",
        "concern-treated",
    ]
    assert len(ids("/v1/sources")) == 38
    assert [limitation["id"] for limitation in api.http.get("/v1/article").json_body["data"]["limitations"]] == [
        "not-a-miracle-cure"
    ]


@pytest.mark.parametrize(
    ("concern", "comparison", "sources"),
    [
        ("cellulite", "less-favourable", 5),
        ("skin-texture", "needs-qualification", 9),
        ("hair-loss", "agrees", 6),
        ("wrinkles", "agrees", 7),
    ],
)
def test_each_concern_has_its_literature(api: Client, concern: str, comparison: str, sources: int) -> None:
    literature = api.http.get(f"/v1/concerns/{concern}").json_body["data"]["literature"]
    assert literature["comparison"] == comparison
    about = api.http.get(f"/v1/sources?about={concern}").json_body["data"]
    assert sorted(literature["sources"]) == sorted(source["id"] for source in about)
    assert len(about) == sources


def test_every_entity_has_literature(api: Client) -> None:
    for path in ("/v1/concerns", "/v1/benefits", "/v1/risks", "/v1/decision-factors"):
        for entity in api.http.get(path).json_body["data"]:
            assert entity["literature"]["text"]
            assert entity["literature"]["sources"]


def test_every_source_is_cited(api: Client) -> None:
    for source in api.http.get("/v1/sources").json_body["data"]:
        assert source["cited_by"]
        for path in source["cited_by"]:
            data = api.http.get(path.partition("#")[0]).json_body["data"]
            statement = data[path.partition("#")[2]] if "#" in path else data
            assert source["id"] in statement["literature"]["sources"]


def test_no_source_bans_all_mesotherapy(api: Client) -> None:
    for source in ("france-decree-2011-382", "conseil-etat-2012-349431"):
        data = api.http.get(f"/v1/sources/{source}").json_body["data"]
        assert "fat" in data["summary"]
        assert "fat" in data["finding"]
    text = api.http.get("/v1/article").json_body["data"]["safety"]["literature"]["text"]
    assert "does not cover all mesotherapy" in text


def test_every_reply_has_the_disclaimer(api: Client) -> None:
    for path in (
        "/v1",
        "/v1/article",
        "/v1/concerns",
        "/v1/risks/infection",
        "/v1/sources?about=general",
        "/v1/health",
    ):
        disclaimer = api.http.get(path).json_body["meta"]["disclaimer"]
        assert "not medical advice" in disclaimer
        assert "dermatologist" in disclaimer
