"""Complete replies of the app, called as Lambda calls it: status, headers and body."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse
from msgspec import structs

from chalicelib.content.model import Article, Concern, Effectiveness, Limitation, Source, Translation
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent, load
from editorial.publishing import Author, Publisher, read_pointer
from editorial.writer import Writer
from tests.conftest import PUBLISHED, ROOT

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag,Link,Retry-After",
}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
LINK = '</v1/openapi.json>; rel="describedby", <https://spdx.org/licenses/MIT.html>; rel="license"'
PROBLEM = {
    "Content-Type": "application/problem+json",
    "Content-Language": "en",
    "Cache-Control": "max-age=0, s-maxage=60",
    **SAFE,
}
NOT_STORED = PROBLEM | {"Cache-Control": "no-store"}
KEPT = "max-age=0, s-maxage=300, stale-if-error=86400"
KEPT_AT_THE_EDGE = "max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
META = {
    "published_at": "2026-11-22T00:00:00Z",
    "language": "en",
    "translation": {"code": "source", "label": "The language in which it was written"},
    "checked": "2026-11-24",
    "next_check": "2027-11-24",
    "clinical_review": None,
    "attribution": (
        "From the blog article “Is Mesotherapy Really Effective?”, which cites no sources. The editors of this API set"
        " it beside published research on 2026-11-24."
    ),
    "disclaimer": (
        "This is information, not medical advice. Ask a qualified skin doctor (dermatologist) before you decide."
    ),
}
WRINKLES = {
    "type": "concern",
    "id": "wrinkles",
    "name": "Wrinkles",
    "line": "There is limited scientific evidence that it works for wrinkles. This is still up for debate.",
    "text": (
        "The article says that there is limited scientific evidence that mesotherapy works for wrinkles. It calls the"
        " question still up for debate."
    ),
    "paragraphs": [2, 7],
    "literature": {
        "comparison": {"code": "agrees", "label": "Research agrees: the proof is limited"},
        "line": (
            "Results clash. Two studies saw fewer wrinkles, two saw no clear change. Both controlled trials we found"
            " are tied to the maker."
        ),
        "sentences": [
            {
                "id": "results-clash",
                "text": "Results clash.",
                "sources": ["jewds-2015", "savoia-2013", "amin-2006", "el-domyati-2012"],
            },
            {
                "id": "two-studies-saw",
                "text": "Two studies saw fewer lines or better wrinkle scores.",
                "sources": ["jewds-2015", "savoia-2013"],
            },
            {"id": "two-saw-no", "text": "Two saw no significant change.", "sources": ["amin-2006", "el-domyati-2012"]},
            {
                "id": "none-four-describes",
                "text": "None of the four describes a control group.",
                "sources": ["jewds-2015", "savoia-2013", "amin-2006", "el-domyati-2012"],
            },
            {
                "id": "30-people-hyaluronic",
                "text": "In 30 people, hyaluronic acid beat salt water ten days after the last session.",
                "sources": ["duteil-2023"],
            },
            {
                "id": "146-people-beat",
                "text": "In 146 people, it beat a cream alone at days 75 and 120, with no dummy injection.",
                "sources": ["fanian-2023"],
            },
            {
                "id": "both-trials-tied",
                "text": "Both trials are tied to the maker.",
                "sources": ["duteil-2023", "fanian-2023"],
            },
            {
                "id": "2017-review-says",
                "text": "A 2017 review says that most studies judge by eye.",
                "sources": ["matthews-2017"],
            },
            {
                "id": "2021-review-does",
                "text": "A 2021 review does not recommend routine use.",
                "sources": ["jcs-update-2021"],
            },
        ],
        "sources": [
            "jewds-2015",
            "savoia-2013",
            "amin-2006",
            "el-domyati-2012",
            "duteil-2023",
            "fanian-2023",
            "matthews-2017",
            "jcs-update-2021",
            "mammucari-2011",
        ],
    },
    "effectiveness": {"code": "limited-evidence", "label": "The article says: limited evidence"},
}


@pytest.fixture
def api(shared_api: Client) -> Client:
    """The shared app: these tests only read."""
    return shared_api


def full_reply(response: HTTPResponse) -> tuple[int, dict[str, str], Any]:
    body = json.loads(response.body) if response.body else None
    return response.status_code, dict(response.headers), body


def test_an_entity_is_served_complete(api: Client, content: LoadedContent) -> None:
    response = api.http.get("/v1/concerns/wrinkles")
    edition = draft(content.languages).edition
    assert full_reply(response) == (
        200,
        {
            "Content-Type": "application/json",
            "Content-Language": "en",
            "ETag": response.headers["ETag"],
            "Cache-Control": KEPT,
            "Vary": "Accept-Language",
            "Link": LINK,
            **SAFE,
            **CORS,
        },
        {
            "data": WRINKLES,
            "meta": {"edition": edition, **META},
            "links": {
                "self": "/v1/concerns/wrinkles",
                "collection": "/v1/concerns",
                "service": "/v1",
                "sources": "/v1/sources?about=wrinkles",
            },
        },
    )


def test_head_is_get_without_a_body(api: Client) -> None:
    get, head = api.http.get("/v1/concerns/wrinkles"), api.http.request("HEAD", "/v1/concerns/wrinkles")
    assert (head.status_code, head.headers, head.body) == (200, get.headers, b"")


def test_a_matching_etag_is_a_304(api: Client) -> None:
    get = api.http.get("/v1/risks")
    response = api.http.get("/v1/risks", headers={"If-None-Match": f'"other", W/{get.headers["ETag"]}'})
    body_headers = {"Content-Type", "Content-Language"}  # a 304 has none of these (RFC 9110, section 15.4.5)
    headers = {name: value for name, value in get.headers.items() if name not in body_headers}
    assert (response.status_code, response.headers, response.body) == (304, headers, b"")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "/v1/concerns/celulite",
            {
                "type": "/v1/problems#unknown-id",
                "title": "Unknown id",
                "status": 404,
                "detail": "There is nothing with that id here.",
                "did_you_mean": ["cellulite"],
                "known": ["cellulite", "skin-texture", "hair-loss", "wrinkles"],
                "collection": "/v1/concerns",
            },
        ),
        (
            f"/v1/risks/{'x' * 10_000}",
            {
                "type": "/v1/problems#unknown-id",
                "title": "Unknown id",
                "status": 404,
                "detail": "There is nothing with that id here.",
                "did_you_mean": [],
                "known": ["bruising", "swelling", "infection", "scarring", "allergic-reaction"],
                "collection": "/v1/risks",
            },
        ),
        (
            "/v1/risks?seriousness=deadly",
            {
                "type": "/v1/problems#unknown-value",
                "title": "Unknown value of a query parameter",
                "status": 400,
                "detail": "This query parameter does not take that value.",
                "parameter": "seriousness",
                "value": "deadly",
                "allowed": ["side-effect", "rare-serious"],
            },
        ),
        (
            "/v1/risks?severity=rare-serious",
            {
                "type": "/v1/problems#unknown-parameter",
                "title": "Unknown query parameter",
                "status": 400,
                "detail": "This URL does not take that query parameter.",
                "parameter": "severity",
                "allowed": ["edition", "lang", "seriousness"],
            },
        ),
        (
            "/v1/benefits?effectiveness=limited-evidence",
            {
                "type": "/v1/problems#unknown-parameter",
                "title": "Unknown query parameter",
                "status": 400,
                "detail": "This URL does not take that query parameter.",
                "parameter": "effectiveness",
                "allowed": ["edition", "lang"],
            },
        ),
        (
            "/v1/risks?seriousness=side-effect&seriousness=side-effect",
            {
                "type": "/v1/problems#repeated-parameter",
                "title": "Repeated query parameter",
                "status": 400,
                "detail": "This query parameter can be given once only.",
                "parameter": "seriousness",
            },
        ),
        (
            "/v1/article?lang=xx",
            {
                "type": "/v1/problems#unknown-value",
                "title": "Unknown value of a query parameter",
                "status": 400,
                "detail": "This query parameter does not take that value.",
                "parameter": "lang",
                "value": "xx",
                "allowed": sorted(load(ROOT / "content").languages),
            },
        ),
        (
            "/v1/article?edition=0123456789abcdef0123456789abcdef",
            {
                "type": "/v1/problems#unknown-edition",
                "title": "Unknown edition",
                "status": 404,
                "detail": "There is no edition of that name.",
                "edition": "0123456789abcdef0123456789abcdef",
                "editions": "/v1/editions",
            },
        ),
        (
            f"/v1/article?edition={'x' * 5_000}",
            {
                "type": "/v1/problems#unknown-edition",
                "title": "Unknown edition",
                "status": 404,
                "detail": "There is no edition of that name.",
                "edition": "x" * 100,
                "editions": "/v1/editions",
            },
        ),
    ],
)
def test_a_client_error_says_what_to_change(api: Client, path: str, problem: dict[str, Any]) -> None:
    assert full_reply(api.http.get(path)) == (
        problem["status"],
        PROBLEM | CORS,
        problem,
    )


def test_a_wrong_method_is_a_405(api: Client) -> None:
    assert full_reply(api.http.post("/v1/concerns")) == (
        405,
        NOT_STORED | CORS | {"Allow": "GET, HEAD, OPTIONS"},
        {
            "type": "/v1/problems#method-not-allowed",
            "title": "Method not allowed",
            "status": 405,
            "detail": "This URL can be read only: use GET, HEAD or OPTIONS.",
        },
    )


def test_a_filter_may_match_nothing(
    table: Table, writer: Writer, content: LoadedContent, instance: Callable[[], ModuleType]
) -> None:
    limited = Effectiveness(code="limited-evidence", label="The article says: limited evidence")
    english = tuple(
        structs.replace(entity, effectiveness=limited) if isinstance(entity, Concern) else entity
        for entity in content.languages["en"]
    )
    author = Author("n", "e", PUBLISHED)
    Publisher(table, writer, author).publish(draft({"en": english}), "evidence", read_pointer(table))
    response = Client(instance().app).http.get("/v1/concerns?effectiveness=effective-in-some-cases")
    assert (response.status_code, response.json_body["data"]) == (200, [])


def test_a_406_lists_the_available_types(api: Client) -> None:
    assert full_reply(api.http.get("/v1/concerns", headers={"Accept": "text/html, application/json;q=0"})) == (
        406,
        NOT_STORED | CORS,
        {
            "type": "/v1/problems#not-acceptable",
            "title": "No acceptable media type",
            "status": 406,
            "detail": "This URL is not available in any type that Accept names.",
            "available": ["application/json"],
            "page": "/",
        },
    )


def test_kinds_of_problem_are_a_static_document(api: Client) -> None:
    response = api.http.get("/v1/problems")
    assert response.headers == {
        "Content-Type": "application/json",
        "ETag": response.headers["ETag"],
        "Cache-Control": "max-age=0, s-maxage=300",
        "Link": LINK,
        **SAFE,
        **CORS,
    }
    body = response.json_body
    assert body["links"] == {"self": "/v1/problems", "service": "/v1"}
    assert body["data"][2] == {
        "type": "/v1/problems#unknown-value",
        "title": "Unknown value of a query parameter",
        "status": 400,
        "advice": "Use one of the values in `allowed`.",
    }
    unmodified = api.http.get("/v1/problems", headers={"If-None-Match": response.headers["ETag"]})
    assert (unmodified.status_code, unmodified.body) == (304, b"")
    assert api.http.get("/v1/problems?lang=en").status_code == 400


def test_accept_selects_json_ld(api: Client, content: LoadedContent) -> None:
    response = api.http.get("/v1/article", headers={"Accept": "application/ld+json, application/json;q=0.5"})
    assert response.headers["Content-Type"] == "application/ld+json"
    assert response.headers["Vary"] == "Accept, Accept-Language"
    page = response.json_body
    assert page["@type"] == "MedicalWebPage"
    assert page.keys() & {"lastReviewed", "reviewedBy"} == set()
    kinds = [type(entity) for entity in content.languages["en"]]
    assert len(page["citation"]) == kinds.count(Source)
    assert len(page["hasPart"]) == len(kinds) - kinds.count(Source) - kinds.count(Article)
    revalidated = api.http.get(
        "/v1/article", headers={"Accept": "application/ld+json", "If-None-Match": response.headers["ETag"]}
    )
    assert revalidated.status_code == 304


def test_only_the_versioned_script_is_immutable(api: Client) -> None:
    first, newest = api.http.get("/embed-1.js"), api.http.get("/embed.js")
    assert first.body == newest.body
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert first.headers["Cache-Control"] == "max-age=31536000, immutable"
    assert newest.headers["Cache-Control"] == "max-age=0, s-maxage=300"


def test_the_bundle_contains_every_resource(api: Client, content: LoadedContent) -> None:
    bundle = api.http.get("/v1/bundle").json_body["data"]
    entities = [entity for entity in content.languages["en"] if not isinstance(entity, Limitation)]
    assert len(bundle["resources"]) == len(entities)
    for resource in bundle["resources"]:
        assert resource["data"] == api.http.get(resource["path"]).json_body["data"]
    for listing in bundle["lists"]:
        ids = [entity["id"] for entity in api.http.get(listing["path"]).json_body["data"]]
        assert listing["members"] == [f"{listing['path']}/{name}" for name in ids]


def test_a_get_may_have_a_content_type(api: Client) -> None:
    for content_type in ("text/plain", "", "application/x-unusual"):
        assert api.http.get("/v1/risks", headers={"Content-Type": content_type}).status_code == 200


def test_a_percent_encoded_id_is_decoded(api: Client) -> None:
    plain, encoded = api.http.get("/v1/risks/scarring"), api.http.get("/v1/risks/%73carring")
    assert full_reply(encoded) == full_reply(plain)


def test_the_language_is_negotiated(
    table: Table, writer: Writer, content: LoadedContent, instance: Callable[[], ModuleType]
) -> None:
    english = content.languages["en"]
    unchecked = Translation(code="unchecked", label="Traducción que nadie ha comprobado")
    article = structs.replace(english[0], language="es", translation=unchecked, question="¿Es eficaz?")  # type: ignore[call-arg]
    author = Author("n", "e", PUBLISHED)
    both = draft({"en": english, "es": (article, *english[1:])})
    Publisher(table, writer, author).publish(both, "translation", read_pointer(table))
    http = Client(instance().app).http

    negotiated = http.get("/v1/article", headers={"Accept-Language": "es-MX, en;q=0.5"})
    assert negotiated.json_body["data"]["question"] == "¿Es eficaz?"
    assert negotiated.json_body["meta"]["translation"] == {
        "code": "unchecked",
        "label": "Traducción que nadie ha comprobado",
    }
    assert negotiated.headers["Content-Language"] == "es"
    assert negotiated.headers["Vary"] == "Accept, Accept-Language"

    explicit = http.get("/v1/article?lang=es", headers={"Accept-Language": "en"})
    assert explicit.body == negotiated.body
    assert explicit.headers["ETag"] == negotiated.headers["ETag"]
    assert explicit.headers["Vary"] == "Accept"
    assert "Vary" not in http.get("/v1/risks?lang=es").headers

    assert http.get("/v1/article", headers={"Accept-Language": "fr"}).headers["Content-Language"] == "en"
