"""The API serves every statement of the content brief, at the URL where an app expects it."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from chalice.test import Client

from tests.conftest import ROOT

DEFINITION = ("needs no surgery", "small amounts", "customised drugs", "vitamins", "injections", "such as")


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
    Row(2, "/v1/article", ("can vary", "person", "treatment"), "variation"),
    Row(
        2, f"{CONCERNS}/cellulite", ("effective in some cases", "shown to make cellulite less visible"), facts=EFFECTIVE
    ),
    Row(
        2, f"{CONCERNS}/skin-texture", ("effective in some cases", "shown to make skin texture better"), facts=EFFECTIVE
    ),
    Row(2, f"{CONCERNS}/hair-loss", ("evidence", "limited", "up for debate"), facts=LIMITED),
    Row(2, f"{CONCERNS}/wrinkles", ("evidence", "limited", "up for debate"), facts=LIMITED),
    Row(3, "/v1/benefits/minimally-invasive", ("notice", "no surgery", "less invasive")),
    Row(4, "/v1/benefits/customisable", ("patient's specific needs", "specific concerns", "results that are wanted")),
    Row(5, "/v1/article", ("no miracle cure", "may not work for everyone"), "limitations"),
    Row(5, "/v1/decision-factors/practitioner-skill", ("skill", "experience"), facts=CHANGES_RESULTS),
    Row(5, "/v1/decision-factors/product-quality", ("quality of the products",), facts=CHANGES_RESULTS),
    Row(5, "/v1/decision-factors/individual-physiology", ("physiology",), facts=CHANGES_RESULTS),
    Row(2, "/v1/decision-factors/treatment-used", ("specific treatment",), facts=CHANGES_RESULTS),
    Row(2, "/v1/decision-factors/concern-treated", ("concern",), facts=CHANGES_RESULTS),
    Row(7, "/v1/decision-factors/concern-treated", ("concern",), facts=CHANGES_RESULTS),
    Row(6, "/v1/article", ("generally seen as safe", "rare cases", "may"), "safety"),
    Row(6, "/v1/risks/bruising", ("bruising", "can cause"), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/swelling", ("swelling", "can cause"), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/infection", ("infection", "can cause"), facts=SIDE_EFFECT),
    Row(6, "/v1/risks/scarring", ("scarring", "rare", "may"), facts=SERIOUS),
    Row(6, "/v1/risks/allergic-reaction", ("allergic reaction", "rare", "may"), facts=SERIOUS),
    Row(7, "/v1/article", ("can be", "such as cellulite and skin texture", "hair loss", "wrinkles"), "conclusion"),
    Row(7, "/v1/decision-factors/weigh-benefits-and-risks", ("potential benefits and risks",), facts=BEFORE_DECIDING),
    Row(7, "/v1/decision-factors/consult-dermatologist", ("qualified", "dermatologist"), facts=BEFORE_DECIDING),
    Row(7, "/v1/article", ("potential benefits and risks", "dermatologist"), "advice"),
]

SECTIONS = {
    "concerns": ("concern", "effectiveness"),
    "benefits": ("benefit", ""),
    "limitations": ("limitation", ""),
    "risks": ("risk", "seriousness"),
    "decision_factors": ("decision-factor", "kind"),
}
PATHS = {
    "concerns": "/v1/concerns",
    "benefits": "/v1/benefits",
    "risks": "/v1/risks",
    "decision_factors": "/v1/decision-factors",
}
LISTS = (*PATHS.values(), "/v1/reported-harms")
CSL_JSON = {"Accept": "application/vnd.citationstyles.csl+json"}


@pytest.fixture
def api(shared_api: Client) -> Client:
    """The shared app: these tests only read."""
    return shared_api


@pytest.fixture(scope="session")
def facts() -> Any:
    """The facts as they are in the file, and the sources."""
    return {**read("facts.yaml"), "sources": read("sources.yaml")}


@pytest.fixture(scope="session")
def words() -> Any:
    """The words as they are in the file."""
    return read("words/en.yaml")


def read(file: str) -> Any:
    return yaml.safe_load((ROOT / "content" / file).read_text(encoding="utf-8"))


def data_of(api: Client, path: str) -> Any:
    return api.http.get(path).json_body["data"]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_brief_is_served(api: Client, row: Row) -> None:
    data = data_of(api, row.path)
    statements = data[row.field] if row.field else data
    statements = statements if isinstance(statements, list) else [statements]
    text = " ".join(statement["text"] for statement in statements).lower()
    for words in row.words:
        assert any(word in text for word in words.split("|")), words
    assert any(row.paragraph in statement["paragraphs"] for statement in statements)
    assert all(data[field]["code"] == value for field, value in row.facts)


def sentences(facts: Any, words: Any) -> dict[str, Any]:
    """Return the sentences as they are to be served, and the sources: those of the sentences, then further ones."""
    served = [
        {"id": name, "text": words["sentences"][name], "sources": sources}
        for name, sources in facts["sentences"].items()
    ]
    cited = [source for sources in facts["sentences"].values() for source in sources]
    return {"sentences": served, "sources": list(dict.fromkeys(cited + facts.get("further_sources", [])))}


def statement(facts: Any, words: Any, kind: str, labels: Any) -> dict[str, Any]:
    """Return a statement as it is to be served: facts and words together, with a label beside each code."""
    served = facts | words
    if "literature" in facts:
        code = facts["literature"]["comparison"]
        served["literature"] = {
            "comparison": {"code": code, "label": labels["comparison"][kind][code]},
            "line": words["literature"]["line"],
            **sentences(facts["literature"], words["literature"]),
        }
    return served


def entities(facts: Any, words: Any, section: str) -> list[dict[str, Any]]:
    """Return the entities of a section as they are to be served."""
    entity_type, field = SECTIONS[section]
    vocabulary = "factor_kind" if field == "kind" else field
    served = []
    for name, own in facts[section].items():
        code = own.get(field)
        kind = code if section in {"concerns", "decision_factors"} else entity_type
        entity = {"type": entity_type, "id": name} | statement(own, words[section][name], kind, words["labels"])
        served.append(entity | ({field: {"code": code, "label": words["labels"][vocabulary][code]}} if field else {}))
    return served


@pytest.mark.parametrize(("section", "path"), PATHS.items())
def test_each_statement_is_served_whole(api: Client, facts: Any, words: Any, section: str, path: str) -> None:
    assert data_of(api, path) == entities(facts, words, section)


def test_the_article_is_served_whole(api: Client, facts: Any, words: Any) -> None:
    assert data_of(api, "/v1/article") == {
        "type": "article",
        "question": words["question"],
        **{
            name: statement(own, words["article"][name], "article", words["labels"])
            for name, own in facts["article"].items()
        },
        "limitations": entities(facts, words, "limitations"),
        "advice": [
            factor
            for factor in entities(facts, words, "decision_factors")
            if factor["kind"]["code"] == "before-deciding"
        ],
    }


def test_v1_has_the_short_answer_of_each_voice(api: Client, words: Any) -> None:
    short_answer = words["article"]["short_answer"]
    assert data_of(api, "/v1")["short_answer"] == {
        "article": short_answer["line"],
        "literature": short_answer["literature"]["line"],
    }


def test_other_harms_are_served_whole(api: Client, facts: Any, words: Any) -> None:
    """They have no seriousness and no comparison, and none of them is among the article's risks."""
    harms = data_of(api, "/v1/reported-harms")
    assert harms == [
        {
            "type": "reported-harm",
            "id": name,
            "name": words["reported_harms"][name]["name"],
            "line": words["reported_harms"][name]["line"],
            **sentences(own, words["reported_harms"][name]),
        }
        for name, own in facts["reported_harms"].items()
    ]
    assert {harm["id"] for harm in harms} & {risk["id"] for risk in data_of(api, "/v1/risks")} == set()


def test_each_source_is_served_whole(api: Client, facts: Any, words: Any) -> None:
    coded = ("study_type", "study_subject", "control", "about_effect", "about_harm", "status")
    sources = data_of(api, "/v1/sources")
    for source in sources:
        own = {**facts["sources"][source["id"]], **words["sources"][source["id"]]}
        labels = {
            field: {"code": own[field], "label": words["labels"][field][own[field]]} for field in coded if field in own
        }
        links = {
            "doi_url": f"https://doi.org/{own['doi']}" if "doi" in own else None,
            "pubmed_url": f"https://pubmed.ncbi.nlm.nih.gov/{own['pmid']}/" if "pmid" in own else None,
        }
        made = {"citation": source["citation"], "cited_by": source["cited_by"]}
        expected = {"type": "source", "id": source["id"], **own, **labels, **made}
        assert source == expected | {name: link for name, link in links.items() if link}
    assert [source["id"] for source in sources] == list(facts["sources"])


def test_the_lists_match_the_brief(api: Client) -> None:
    def ids(path: str) -> list[str]:
        return [entity["id"] for entity in data_of(api, path)]

    assert ids("/v1/concerns") == ["cellulite", "skin-texture", "hair-loss", "wrinkles"]
    assert ids("/v1/benefits") == ["minimally-invasive", "customisable"]
    assert ids("/v1/risks?seriousness=side-effect") == ["bruising", "swelling", "infection"]
    assert ids("/v1/risks?seriousness=rare-serious") == ["scarring", "allergic-reaction"]
    assert ids("/v1/reported-harms") == [
        "dying-skin",
        "inflamed-fat-and-lumps",
        "hair-loss-where-injected",
        "allergic-shock",
        "effects-on-sperm",
    ]
    assert ids("/v1/decision-factors?kind=before-deciding") == ["weigh-benefits-and-risks", "consult-dermatologist"]
    assert ids("/v1/decision-factors?kind=changes-results") == [
        "practitioner-skill",
        "product-quality",
        "individual-physiology",
        "treatment-used",
        "concern-treated",
    ]
    assert len(ids("/v1/sources")) == 64
    assert [limitation["id"] for limitation in data_of(api, "/v1/article")["limitations"]] == ["not-a-miracle-cure"]


@pytest.mark.parametrize(
    ("concern", "code", "label", "sources"),
    [
        ("cellulite", "less-favourable", "Research is weaker than the article suggests", 8),
        ("skin-texture", "needs-qualification", "Research backs the article only in part", 12),
        ("hair-loss", "needs-qualification", "Research backs the article only in part", 14),
        ("wrinkles", "agrees", "Research agrees: the proof is limited", 9),
    ],
)
def test_each_concern_has_its_literature(api: Client, concern: str, code: str, label: str, sources: int) -> None:
    literature = data_of(api, f"/v1/concerns/{concern}")["literature"]
    assert literature["comparison"] == {"code": code, "label": label}
    about = data_of(api, f"/v1/sources?about={concern}")
    assert sorted(literature["sources"]) == sorted(source["id"] for source in about)
    assert len(about) == sources


def test_lists_tell_both_views(api: Client) -> None:
    """A list shows verdict, line, comparison and research's line of each entity: nobody need open an item."""
    for path, verdict in zip(PATHS.values(), ("effectiveness", None, "seriousness", "kind"), strict=True):
        for entity in data_of(api, path):
            shown = [entity["name"], entity["line"], entity["literature"]["line"]]
            labelled = [entity["literature"]["comparison"], *([entity[verdict]] if verdict else [])]
            assert all(shown + [part for value in labelled for part in (value["code"], value["label"])])
    for harm in data_of(api, "/v1/reported-harms"):
        assert all((harm["name"], harm["line"], harm["sentences"], harm["sources"]))


@pytest.mark.parametrize(("path", "kilobytes"), [("/v1/concerns", 3.5), ("/v1/bundle", 45)])
def test_replies_are_small(api: Client, path: str, kilobytes: float) -> None:
    assert len(gzip.compress(api.http.get(path).body, 6)) < kilobytes * 1000


def cited(api: Client) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield each sentence that is served: where a source names it, its id, its text and its sources."""
    article = data_of(api, "/v1/article")
    views = [(f"/v1/article#{name}", part) for name, part in article.items() if isinstance(part, dict)]
    views += [("/v1/article#limitations", limitation) for limitation in article["limitations"]]
    views += [(f"{path}/{entity['id']}", entity) for path in LISTS for entity in data_of(api, path)]
    for path, entity in views:
        for sentence in entity.get("literature", entity).get("sentences", ()):
            yield path, sentence["id"], sentence["text"], tuple(sentence["sources"])


def test_a_source_leads_to_its_sentences(api: Client) -> None:
    """From `prescrire-2015`, one request leads to each sentence that rests on it, and each sentence names it."""
    by_source = data_of(api, "/v1/sources/prescrire-2015")["cited_by"]
    assert [(citing["path"], citing["sentence"]["id"]) for citing in by_source] == [
        ("/v1/article#safety", "drug-bulletin-says"),
        ("/v1/risks/bruising", "french-drug-bulletin"),
        ("/v1/risks/infection", "infection-well-recorded"),
        ("/v1/risks/scarring", "scars-common-infections"),
        ("/v1/risks/allergic-reaction", "french-drug-bulletin"),
        ("/v1/risks/allergic-reaction", "does-not-say"),
        ("/v1/reported-harms/dying-skin", "french-drug-bulletin"),
        ("/v1/reported-harms/allergic-shock", "french-drug-bulletin"),
        ("/v1/reported-harms/allergic-shock", "does-not-say"),
    ]
    for citing in by_source:
        path, _, field = citing["path"].partition("#")
        data = data_of(api, path)
        statement = data[field] if field else data
        assert {**citing["sentence"], "sources": ["prescrire-2015"]} in [
            {**sentence, "sources": [source for source in sentence["sources"] if source == "prescrire-2015"]}
            for sentence in statement.get("literature", statement)["sentences"]
        ]


def test_citations_lead_there_and_back(api: Client) -> None:
    """Every sentence is named by each of its sources, and a source names no other."""
    from_sentences = {(source, path, name, text) for path, name, text, sources in cited(api) for source in sources}
    from_sources = {
        (source["id"], citing["path"], citing["sentence"]["id"], citing["sentence"]["text"])
        for source in data_of(api, "/v1/sources")
        for citing in source["cited_by"]
        if "sentence" in citing
    }
    assert from_sources == from_sentences
    assert len({source for source, *_ in from_sentences}) == 59


def test_every_source_is_cited(api: Client) -> None:
    """Those that no sentence rests on are further sources of a statement."""
    for source in data_of(api, "/v1/sources"):
        assert source["cited_by"]
        for citing in source["cited_by"]:
            path, _, field = citing["path"].partition("#")
            data = data_of(api, path)
            statements = data[field] if field else data
            statements = statements if isinstance(statements, list) else [statements]
            assert any(source["id"] in entity.get("literature", entity)["sources"] for entity in statements)


def test_every_entity_has_literature(api: Client) -> None:
    for path in PATHS.values():
        for entity in data_of(api, path):
            assert entity["literature"]["sentences"]
            assert entity["literature"]["sources"]


def test_no_source_bans_all_mesotherapy(api: Client) -> None:
    for source in ("france-decree-2011-382", "conseil-etat-2012-349431"):
        data = data_of(api, f"/v1/sources/{source}")
        assert "fat" in data["summary"]
        assert "fat" in data["finding"]
    safety = data_of(api, "/v1/article")["safety"]["literature"]["sentences"]
    assert [sentence["text"] for sentence in safety if "ban" in sentence["text"]] == [
        "In 2011 France banned injected mesotherapy mixes for destroying fat cells.",
        "In 2012 a court left that ban standing.",
    ]
    assert safety[-1] == {"id": "we-not-seen", "text": "We have not seen today's law.", "sources": []}


def test_every_reply_has_the_disclaimer(api: Client) -> None:
    for path in (
        "/v1",
        "/v1/article",
        "/v1/concerns",
        "/v1/risks/infection",
        "/v1/reported-harms",
        "/v1/sources?about=general",
        "/v1/health",
    ):
        disclaimer = api.http.get(path).json_body["meta"]["disclaimer"]
        assert "not medical advice" in disclaimer
        assert "dermatologist" in disclaimer


def test_citation_managers_read_every_source(api: Client) -> None:
    """An author has a family and a given name only where the source has a comma. Nothing else is guessed."""
    sources = data_of(api, "/v1/sources")
    items = json.loads(api.http.get("/v1/sources", headers=CSL_JSON).body)
    assert [item["id"] for item in items] == [source["id"] for source in sources]
    for source, item in zip(sources, items, strict=True):
        names = [author.partition(", ") for author in source.get("authors", ())]
        assert item.get("author", []) == [
            {"family": family, "given": given} if comma else {"literal": family} for family, comma, given in names
        ]
        assert (item["title"], item.get("DOI"), item.get("PMID"), item.get("URL")) == (
            source["title"],
            source.get("doi"),
            source.get("pmid"),
            source.get("url"),
        )
        single = api.http.get(f"/v1/sources/{source['id']}", headers=CSL_JSON)
        assert json.loads(single.body) == [item]
    assert [item["id"] for item in items if any("family" in name for name in item.get("author", ()))] == [
        "moftah-2013",
        "da-mata-jardin-2010",
        "natoli-2026",
    ]


@pytest.mark.parametrize(
    ("source", "item"),
    [
        (
            "inserm-2010",
            {
                "id": "inserm-2010",
                "type": "report",
                "title": (
                    "Évaluation de l\N{RIGHT SINGLE QUOTATION MARK}efficacité de la pratique de la mésothérapie à visée"
                    " esthétique"
                ),
                "author": [{"literal": "Caroline Barry"}, {"literal": "Bruno Falissard"}],
                "issued": {"date-parts": [[2010]]},
                "publisher": "Inserm",
                "URL": (
                    "https://www.inserm.fr/sites/default/files/2017-11/"
                    "Inserm_RapportThematique_EvaluationEfficaciteMesotherapieEsthetique_2010.pdf"
                ),
            },
        ),
        (
            "oregon-medical-board",
            {
                "id": "oregon-medical-board",
                "type": "webpage",
                "title": "Mesotherapy and Injection Lipolysis",
                "author": [{"literal": "Oregon Medical Board"}],
                "publisher": "Oregon Medical Board (Statements of Philosophy)",
                "URL": ("https://www.oregon.gov/omb/board/Philosophy/Pages/Mesotherapy-and-Injection-Lipolysis.aspx"),
            },
        ),
    ],
)
def test_csl_json_has_what_is_known(api: Client, source: str, item: dict[str, Any]) -> None:
    response = api.http.get(f"/v1/sources/{source}", headers=CSL_JSON)
    assert response.headers["Content-Type"] == "application/vnd.citationstyles.csl+json"
    assert response.headers["Vary"] == "Accept, Accept-Language"
    assert json.loads(response.body) == [item]
    again = api.http.get(f"/v1/sources/{source}", headers={**CSL_JSON, "If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("source", "citation"),
    [
        (
            "salti-2008",
            "Giovanni Salti, Ilaria Ghersetich, Franca Tantussi, Bruno Bovani, Torello Lotti. Phosphatidylcholine and"
            " sodium deoxycholate in the treatment of localized fat: a double-blind, randomized study. Dermatol Surg."
            " 2008. doi:10.1111/j.1524-4725.2007.34009.x PubMed PMID: 18053049.",
        ),
        (
            "has-2014",
            "Haute Autorité de Santé. [Assessment of the risks associated with aesthetic mesotherapy practices]"
            " [Internet]. Haute Autorité de Santé; 2014. Available from: https://database.inahta.org/article/17010",
        ),
        (
            "france-decree-2011-382",
            "Premier ministre (République française). Décret n° 2011-382 du 11 avril 2011 relatif à l'interdiction de"
            " la pratique d'actes de lyse adipocytaire à visée esthétique [Internet]. Journal officiel de la"
            " République française (Légifrance); 2011. Available from:"
            " http://legifrance.gouv.fr/affichTexte.do?cidTexte=JORFTEXT000023845272",
        ),
        (
            "fda-2023-press",
            "Unapproved 'fat-dissolving' injections are leaving patients maimed, FDA warns. Medical Xpress (press"
            " report of a US FDA notice) [Internet]. 2023. Available from:"
            " https://medicalxpress.com/news/2023-12-unapproved-fat-dissolving-patients-maimed-fda.html",
        ),
        (
            "oregon-medical-board",
            "Oregon Medical Board. Mesotherapy and Injection Lipolysis [Internet]. Oregon Medical Board (Statements of"
            " Philosophy). Available from:"
            " https://www.oregon.gov/omb/board/Philosophy/Pages/Mesotherapy-and-Injection-Lipolysis.aspx",
        ),
        (  # initials only here: a comma tells the family name from the given one
            "natoli-2026",
            "Natoli S, Taccagna DM, Chiara G. Consensus statement on mesotherapy for clinical and regulatory practice"
            " [Internet]. 2026. Available from: https://iris.unipv.it/handle/11571/1549456",
        ),
    ],
)
def test_citations_are_in_the_nlms_style(api: Client, source: str, citation: str) -> None:
    assert data_of(api, f"/v1/sources/{source}")["citation"] == citation
