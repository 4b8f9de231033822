"""One table of requests and replies, held against every surface: the app in process, `chalice local`, and the package.

The bodies that are expected come straight from the pure functions; the rest is written here. What a surface cannot have
is named in `NOT_THERE`, with the reason.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from httplint import HttpResponseLinter, levels

from chalicelib.documents.envelope import Document
from tests.contract.conftest import AS_CSL, Ask, Reply, as_csl
from tests.http.test_replies import CORS, KEPT, KEPT_AT_THE_EDGE, LINK, NOT_STORED, PROBLEM, SAFE

CSL_JSON = "application/vnd.citationstyles.csl+json"
CHEAP = {**PROBLEM, **CORS}
UNKEPT = {**NOT_STORED, **CORS}
DOCUMENT = {"Content-Language": "en", "Cache-Control": KEPT, "Link": LINK, **SAFE, **CORS}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET,HEAD,OPTIONS",
    "Access-Control-Max-Age": "86400",
}

# Set by each server for itself, or by nobody in process.
OF_THE_SERVER = {"date", "server", "content-length", "connection"}


@dataclass
class Row:
    """One request, and what it is answered with."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    document: str = ""
    problem: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = f"{self.method} {self.path} {self.headers or ''}"
        return shown if len(shown) < 100 else f"{shown[:60]}… ({len(shown)})"


def document(path: str, of: str | None = None, method: str = "GET", **headers: str) -> Row:
    """Give the row of a request that gets a document; with `lang`, the reply depends on no header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    expected = DOCUMENT | varying(path) | {"Content-Type": "application/json"}
    return Row(path, method, named, document=of or path, expected=expected)


def varying(path: str) -> dict[str, str]:
    """Give `Vary`: the language is negotiated unless the URL has it, the type where there are two."""
    names = ["Accept"] * path.startswith(("/v1/article", "/v1/sources")) + ["Accept-Language"] * ("lang=" not in path)
    return {"Vary": ", ".join(names)} if names else {}


def csl(path: str, of: str | None = None, accept: str = CSL_JSON, method: str = "GET") -> Row:
    """Give the row of a request that gets sources as CSL-JSON."""
    row = document(path, as_csl(of or path), method, Accept=accept)
    row.expected["Content-Type"] = CSL_JSON
    return row


def unmodified(path: str, condition: str) -> Row:
    """Give the row of a request whose condition holds; `{}` in it stands for the tag."""
    expected = DOCUMENT | varying(path)
    del expected["Content-Language"]
    return Row(path, headers={"If-None-Match": condition}, status=304, document=path, expected=expected)


def unmodified_csl(path: str) -> Row:
    """Give the row of a request for CSL-JSON whose condition holds: it has a tag of its own."""
    row = unmodified(path, "{}")
    row.document = as_csl(path)
    row.headers["Accept"] = CSL_JSON
    return row


def at_the_edge(row: Row) -> Row:
    """Give the row of the same request as CloudFront sends it; a function there removes the difference again."""
    row.headers["X-Public-Host"] = "evidence.example"
    row.expected["Cache-Control"] = KEPT_AT_THE_EDGE
    return row


def in_the_feed(row: Row) -> Row:
    """Give the row of a request for the feed as CloudFront sends it: the feed names the address that it is read at."""
    row = at_the_edge(row)
    row.headers["X-Forwarded-Proto"] = "https"
    if row.status == 200:
        row.expected["Content-Type"] = "application/atom+xml; charset=utf-8"
    return row


def modified(path: str, condition: str) -> Row:
    """Give the row of a request whose condition does not hold."""
    row = document(path)
    row.headers["If-None-Match"] = condition
    return row


def error(path: str, status: int, kind: tuple[str, str], detail: str, method: str = "GET", **members: Any) -> Row:
    """Give the row of a request that gets a problem; its kind is a fragment of `/v1/problems`, and a title."""
    name, title = kind
    problem = {"type": f"/v1/problems#{name}", "title": title, "status": status, "detail": detail, **members}
    kept = CHEAP if status in {400, 404} else UNKEPT
    return Row(path, method, status=status, problem=problem, expected=dict(kept))


def unknown_id(path: str, near: list[str], known: list[str], collection: str) -> Row:
    detail = "There is nothing with that id here."
    return error(path, 404, ("unknown-id", "Unknown id"), detail, did_you_mean=near, known=known, collection=collection)


def no_resource(path: str, method: str = "GET") -> Row:
    return error(path, 404, ("unknown-path", "Unknown path"), "There is nothing at this path.", method, service="/v1")


def read_only(path: str, method: str) -> Row:
    kind = ("method-not-allowed", "Method not allowed")
    row = error(path, 405, kind, "This URL can be read only: use GET, HEAD or OPTIONS.", method)
    row.expected["Allow"] = "GET, HEAD, OPTIONS"
    return row


def bad_value(path: str, parameter: str, value: str, allowed: list[str]) -> Row:
    detail = "This query parameter does not take that value."
    kind = ("unknown-value", "Unknown value of a query parameter")
    return error(path, 400, kind, detail, parameter=parameter, value=value, allowed=allowed)


def bad_parameter(path: str, parameter: str, allowed: list[str]) -> Row:
    kind = ("unknown-parameter", "Unknown query parameter")
    return error(path, 400, kind, "This URL does not take that query parameter.", parameter=parameter, allowed=allowed)


def twice(path: str, parameter: str) -> Row:
    kind = ("repeated-parameter", "Repeated query parameter")
    return error(path, 400, kind, "This query parameter can be given once only.", parameter=parameter)


def unacceptable(path: str, accept: str, *more: str, **members: str) -> Row:
    detail = "This URL is not available in any type that Accept names."
    kind = ("not-acceptable", "No acceptable media type")
    row = error(path, 406, kind, detail, available=["application/json", *more], **members)
    row.headers["Accept"] = accept
    return row


def no_edition(name: str) -> Row:
    shown = {"edition": name[:100], "editions": "/v1/editions"}
    kind = ("unknown-edition", "Unknown edition")
    return error(f"/v1/risks?edition={name}", 404, kind, "There is no edition of that name.", **shown)


BOTH = ["edition", "lang"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@dataclass(frozen=True, kw_only=True)
class Example:
    """The ids of an article that the table asks for; all rows are the same for every article."""

    concerns: list[str]
    effectiveness: str
    misspelt_concern: tuple[str, str]
    capitalised_concern: tuple[str, str]
    benefits: list[str]
    risks: list[str]
    risk: str
    harms: list[str]
    factor: str
    source: str


MESOTHERAPY = Example(
    concerns=["cellulite", "skin-texture", "hair-loss", "wrinkles"],
    effectiveness="limited-evidence",
    misspelt_concern=("celulite", "cellulite"),
    capitalised_concern=("Wrinkles", "wrinkles"),
    benefits=["minimally-invasive", "customisable"],
    risks=["bruising", "swelling", "infection", "scarring", "allergic-reaction"],
    risk="scarring",
    harms=[
        "dying-skin",
        "inflamed-fat-and-lumps",
        "hair-loss-where-injected",
        "allergic-shock",
        "effects-on-sperm",
    ],
    factor="practitioner-skill",
    source="park-2008",
)
SLEEP = Example(
    concerns=["restless-evenings", "late-screens", "early-waking"],
    effectiveness="helps-often",
    misspelt_concern=("early-wakin", "early-waking"),
    capitalised_concern=("Late-Screens", "late-screens"),
    benefits=["costs-nothing", "pleasant"],
    risks=["tired-eyes", "one-more-chapter"],
    risk="one-more-chapter",
    harms=["cold-tea"],
    factor="choice-of-book",
    source="example-a",
)


def rows(example: Example) -> list[Row]:
    """Return the table for an article."""
    risk, source = f"/v1/risks/{example.risk}", f"/v1/sources/{example.source}"
    (misspelt, near), (capitalised, same) = example.misspelt_concern, example.capitalised_concern
    # The same path with its first letters percent-encoded.
    one_encoded, two_encoded = (
        f"/v1/risks/{''.join(f'%{ord(letter):02x}' for letter in example.risk[:letters])}{example.risk[letters:]}"
        for letters in (1, 2)
    )
    return [
        # Every kind of document there is.
        *(document(path) for path in ("/v1", "/v1/article", "/v1/bundle", "/v1/editions")),
        *(document(f"/v1/{name}") for name in ("concerns", "risks", "decision-factors", "benefits", "sources")),
        document("/v1/reported-harms"),
        *(document(f"/v1/reported-harms/{name}") for name in example.harms),
        *(document(f"/v1/concerns/{name}") for name in example.concerns),
        document(risk),
        document(f"/v1/decision-factors/{example.factor}"),
        document(f"/v1/benefits/{example.benefits[1]}"),
        document(source),
        # Filters.
        document(f"/v1/concerns?effectiveness={example.effectiveness}"),
        document("/v1/risks?seriousness=rare-serious"),
        document("/v1/decision-factors?kind=before-deciding"),
        document("/v1/sources?about=general"),
        document("/v1/sources?about=safety"),
        document("/v1/sources?about=other-harms"),
        document(f"/v1/sources?about={example.harms[0]}"),
        document("/v1/sources?about=gener%61l", "/v1/sources?about=general"),
        # HEAD is GET without its body.
        *(
            document(path, method="HEAD")
            for path in ("/v1", "/v1/concerns", risk, "/v1/bundle", "/v1/reported-harms", source)
        ),
        # Spellings of one URL.
        document("/v1/risks/", "/v1/risks"),
        document(f"{risk}/", risk),
        document(one_encoded, risk),
        document(f"{two_encoded}?", risk),
        document("/v1/risks?", "/v1/risks"),
        # Languages.
        document("/v1/risks?lang=en", "/v1/risks"),
        document("/v1/reported-harms?lang=en", "/v1/reported-harms"),
        document("/v1/sources?lang=en", "/v1/sources"),
        document("/v1/risks?lang=en&seriousness=side-effect", "/v1/risks?seriousness=side-effect"),
        *(
            document("/v1/article", Accept_Language=wish)
            for wish in ("en", "EN-gb", "fr", "*", "fr;q=0.9, en;q=0.1", "en;q=0", ";;q=,", "x" * 500)
        ),
        bad_value("/v1/article?lang=fr", "lang", "fr", ["en"]),
        bad_value("/v1/article?lang=", "lang", "", ["en"]),
        bad_value("/v1/article?lang=EN", "lang", "EN", ["en"]),
        # Types.
        *(
            document("/v1/risks", Accept=wish)
            for wish in (
                "application/json",
                "*/*",
                "application/*;q=0.1",
                "text/html, */*;q=0.8",
                "nonsense",
                "application/json;charset=utf-8",
                ",,",
            )
        ),
        # A browser prefers HTML, but takes anything.
        *(document(path, Accept=BROWSER) for path in ("/v1/risks", "/v1/article", source)),
        *(unacceptable("/v1/risks", wish, page="/") for wish in ("text/html", "image/*, text/*;q=0.5")),
        *(unacceptable("/v1/risks", wish) for wish in ("application/json;q=0", "image/*", "text/markdown")),
        *(csl(path) for path in ("/v1/sources", source, "/v1/sources?about=general", "/v1/sources?about=other-harms")),
        csl(f"{source}?lang=en", source),
        csl(source, method="HEAD"),
        *(
            csl(source, accept=wish)
            for wish in (f"{CSL_JSON}, application/json;q=0.9", f"text/html, {CSL_JSON}", "application/json;q=0, */*")
        ),
        *(
            document(source, Accept=wish)
            for wish in ("*/*", "application/*", f"{CSL_JSON};q=0.5, application/json", f"{CSL_JSON};q=0, */*")
        ),
        *(unacceptable(path, "text/html", CSL_JSON, page="/") for path in ("/v1/sources", source)),
        *(unacceptable(path, CSL_JSON) for path in ("/v1/risks", "/v1/reported-harms", "/v1/bundle")),
        *(
            document("/v1/risks", Content_Type=kind)
            for kind in ("text/plain", "application/json", "application/x-unusual")
        ),
        # Conditions.
        *(
            unmodified("/v1/concerns", condition)
            for condition in ("{}", "W/{}", "*", '"other", {}', '"a,b" , W/{},"c"', " {} ")
        ),
        *(modified("/v1/concerns", condition) for condition in ('"other"', 'W/"other"', "nonsense", '"', "")),
        unmodified("/v1/bundle", "{}"),
        unmodified(source, "{}"),
        unmodified("/v1/reported-harms", "{}"),
        unmodified_csl("/v1/sources"),
        unmodified_csl(source),
        # As CloudFront asks.
        *(at_the_edge(row) for row in (document("/v1/concerns"), document(risk), unmodified("/v1/bundle", "{}"))),
        # The feed.
        *(
            in_the_feed(row)
            for row in (
                document("/feed.xml"),
                document("/feed.xml", method="HEAD"),
                document("/feed.xml", Accept="application/atom+xml"),
                unmodified("/feed.xml", "{}"),
            )
        ),
        bad_parameter("/feed.xml?kind=safety", "kind", BOTH),
        bad_value("/feed.xml?lang=fr", "lang", "fr", ["en"]),
        read_only("/feed.xml", "POST"),
        # What is not there.
        unknown_id(f"/v1/concerns/{misspelt}", [near], example.concerns, "/v1/concerns"),
        unknown_id(f"/v1/concerns/{capitalised}", [same], example.concerns, "/v1/concerns"),
        unknown_id("/v1/risks/nothing-like-it", [], example.risks, "/v1/risks"),
        unknown_id(f"/v1/risks/{quote('näsa')}", [], example.risks, "/v1/risks"),
        unknown_id("/v1/risks/%FF%00", [], example.risks, "/v1/risks"),
        unknown_id("/v1/risks/a%2Fb", [], example.risks, "/v1/risks"),
        unknown_id("/v1/risks/..%2e", [], example.risks, "/v1/risks"),
        unknown_id(f"/v1/risks/{'x' * 10_000}", [], example.risks, "/v1/risks"),
        unknown_id("/v1/benefits/expensive", [], example.benefits, "/v1/benefits"),
        unknown_id(f"/v1/reported-harms/{example.risk}", [], example.harms, "/v1/reported-harms"),
        unknown_id(f"/v1/reported-harms/{example.harms[0]}s", example.harms[:1], example.harms, "/v1/reported-harms"),
        *(no_edition(name) for name in ("0123456789abcdef0123456789abcdef", "latest", "x" * 5_000)),
        # What a URL does not take.
        bad_parameter("/v1/risks?severity=rare", "severity", ["edition", "lang", "seriousness"]),
        bad_parameter("/v1/benefits?kind=x", "kind", BOTH),
        bad_parameter("/v1/reported-harms?seriousness=side-effect", "seriousness", BOTH),
        bad_parameter("/v1/sources?direction=mixed", "direction", ["about", "edition", "lang"]),
        bad_parameter(f"{risk}?seriousness=rare-serious", "seriousness", BOTH),
        bad_parameter("/v1/health?lang=en", "lang", []),
        bad_parameter(f"/v1?{'x' * 10_000}=1", "x" * 100, BOTH),
        bad_parameter("/v1?%C3%B1=1", "ñ", BOTH),
        bad_value("/v1/risks?seriousness=deadly", "seriousness", "deadly", ["side-effect", "rare-serious"]),
        bad_value("/v1/risks?seriousness=", "seriousness", "", ["side-effect", "rare-serious"]),
        bad_value("/v1/risks?seriousness", "seriousness", "", ["side-effect", "rare-serious"]),
        bad_value(f"/v1/risks?seriousness={'x' * 10_000}", "seriousness", "x" * 100, ["side-effect", "rare-serious"]),
        twice("/v1/risks?seriousness=side-effect&seriousness=rare-serious", "seriousness"),
        twice("/v1?lang=en&lang=en", "lang"),
        # Methods.
        *(read_only("/v1/risks", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
        read_only(risk, "POST"),
        *(read_only("/v1/reported-harms", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
        read_only(f"/v1/reported-harms/{example.harms[0]}", "DELETE"),
        read_only("/v1/health", "DELETE"),
        # What no resource has.
        *(no_resource(path) for path in ("/v2", "/v1/nothing", f"{risk}/more", "/v1//risks", "/V1", "/%761")),
        *(read_only("/v1/risks", method) for method in ("TRACE", "QUERY", "PROPFIND")),
        no_resource("/nothing", "POST"),
        # Before another site's request.
        *(
            Row(path, "OPTIONS", {"Origin": "https://partner.example", **asked}, expected=PREFLIGHT)
            for path in (
                "/v1",
                "/v1/risks",
                risk,
                "/v1/reported-harms",
                f"/v1/reported-harms/{example.harms[0]}",
                source,
            )
            for asked in (
                {"Access-Control-Request-Method": "GET"},
                {
                    "Access-Control-Request-Method": "GET",
                    "Access-Control-Request-Headers": "baggage,cache-control,if-none-match,sentry-trace,traceparent",
                },
            )
        ),
    ]


ROWS = rows(MESOTHERAPY)

BY_THE_GATEWAY = "Chalice's test client has no gateway, which answers this without the app"
OF_NO_GATEWAY = "API Gateway has seven methods; to any other it says what it says to an unknown path"
NOT_THERE = {
    ("in-process", "OPTIONS"): BY_THE_GATEWAY,
    ("in-process", "There is nothing at this path."): BY_THE_GATEWAY,
    ("packaged", "TRACE"): OF_NO_GATEWAY,
    ("packaged", "QUERY"): OF_NO_GATEWAY,
    ("packaged", "PROPFIND"): OF_NO_GATEWAY,
}
SLEEP_CARDS = (
    "overview",
    "risks",
    "reported-harms",
    "decision-factors",
    *(f"concern/{name}" for name in SLEEP.concerns),
    *(f"reported-harm/{name}" for name in SLEEP.harms),
)

# What httplint says of replies as they must be.
EXPLAINED = {
    ("STATUS_BAD_REQUEST", 400): "that is what a 400 means",
    ("CORS_PREFLIGHT_ONLY", "OPTIONS"): "this is a preflight, which the linter is not told",
    ("FRESHNESS_HEURISTIC", "OPTIONS"): "an answer to OPTIONS is not cacheable (RFC 9110, section 9.3.7)",
}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_request_is_answered_alike_on_every_surface(
    row: Row, surface: tuple[str, Ask], documents: dict[str, Document]
) -> None:
    answers(row, *surface, documents)


@pytest.mark.parametrize("row", rows(SLEEP), ids=str)
def test_another_article_is_answered_alike(row: Row, sleep: Ask, sleep_documents: dict[str, Document]) -> None:
    answers(row, "in-process", sleep, sleep_documents)


def test_another_article_names_itself(sleep: Ask) -> None:
    def reply(path: str, accept: str = "*/*") -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(sleep("GET", path, {"Accept": accept, "Host": "api.example"}).body)
        return answer

    service = reply("/v1")["data"]
    assert (service["name"], service["question"]) == ("Bedtime Reading API", "Does reading before sleep help?")
    card = quote("https://api.example/embed/concern/late-screens", safe="")
    assert reply(f"/v1/oembed?url={card}")["provider_name"] == "Bedtime Reading API"
    assert reply("/v1/article", "application/ld+json")["about"]["name"] == "Reading before sleep"
    values = ["helps-often", "effective-in-some-cases", "not-known"]
    assert reply("/v1/concerns?effectiveness=proven")["allowed"] == values
    assert reply("/v1/article")["data"]["conclusion"]["paragraphs"] == [9]


def test_another_article_says_nothing_of_ours(sleep: Ask, sleep_documents: dict[str, Document]) -> None:
    pages = ("/", "/questions", "/sources", "/embed.js", *(f"/embed/{path}" for path in SLEEP_CARDS))
    accepted = {path: {"Accept": CSL_JSON} if path.endswith(AS_CSL) else {} for path in (*sleep_documents, *pages)}
    replies = {path: sleep("GET", path.removesuffix(AS_CSL), accept) for path, accept in accepted.items()}
    assert {reply.status for reply in replies.values()} == {200}
    assert sum(reply.headers["Content-Type"] == CSL_JSON for reply in replies.values()) > 2
    assert [path for path, reply in replies.items() if b"mesotherapy" in reply.body.lower()] == []
    assert b'&lt;sleep-evidence kind="concern" ref="restless-evenings"&gt;' in replies["/"].body
    assert b'customElements.define("sleep-evidence", SleepEvidence)' in replies["/embed.js"].body


def answers(row: Row, surface: str, ask: Ask, documents: dict[str, Document]) -> None:
    """Assert that a surface answers a row's request as the row says."""
    for (where, what), reason in NOT_THERE.items():
        if where == surface and what in {row.method, row.problem.get("detail")}:
            pytest.skip(reason)
    expected = dict(row.expected)
    found = documents.get(row.document)
    if found:
        expected["ETag"] = found.etag
    headers = {key: value.format(found.etag if found else "") for key, value in row.headers.items()}
    reply = ask(row.method, row.path, headers)
    sent_headers = {key: value for key, value in reply.headers.items() if key.lower() not in OF_THE_SERVER}
    assert (reply.status, sent_headers) == (row.status, expected)
    assert reply.body == body_of(row, found)
    if surface != "in-process":
        assert faults(row, reply) == []


def body_of(row: Row, found: Document | None) -> bytes:
    """Give the bytes that are expected."""
    if row.method in {"HEAD", "OPTIONS"} or row.status == 304:
        return b""
    if found:
        return found.body.encode()
    return json.dumps(row.problem, ensure_ascii=False, separators=(",", ":")).encode()


def faults(row: Row, reply: Reply) -> list[str]:
    """Give what httplint finds wrong with a reply."""
    linter = HttpResponseLinter()
    linter.process_response_topline(b"HTTP/1.1", str(reply.status).encode(), b"")
    linter.process_headers([(name.encode(), value.encode()) for name, value in reply.headers.items()])
    linter.feed_content(reply.body)
    linter.finish_content(True)  # noqa: FBT003 - httplint's word for "complete"
    return [
        note.__class__.__name__
        for note in linter.notes
        if note.level in {levels.BAD, levels.WARN}
        and (note.__class__.__name__, row.method if row.method == "OPTIONS" else reply.status) not in EXPLAINED
    ]


def test_health_is_answered_on_every_surface_and_never_cached(surface: tuple[str, Ask]) -> None:
    _, ask = surface
    reply = ask("GET", "/v1/health", {})
    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
    assert json.loads(reply.body)["data"]["status"] == "ok"


PUBLIC = {"X-Public-Host": "evidence.example", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?utm_source=letter&lang=en",
        "/?lang=en&lang=en",
        "/questions",
        "/questions?fbclid=1",
        "/sources",
        "/sources?edition=0",
        "/favicon.svg",
        "/robots.txt",
        "/sitemap.xml",
        "/embed/overview",
        "/embed/overview?utm_source=letter",
        "/embed/reported-harms",
        "/embed/reported-harm/allergic-shock",
        "/embed/reported-harm/bruising",
        "/embed/concern/cellulite?lang=en",
        "/embed/concern/%63ellulite",
        "/embed/concern/celulite",
        "/embed.js",
        "/embed-1.js",
        "/docs",
        "/docs.js",
        "/v1/openapi.json",
        "/v1/problems",
        "/v1/sources.csv",
        "/v1/sources.csv?about=safety&lang=en",
        "/v1/sources.csv?about=nothing",
        "/v1/oembed",
    ],
)
def test_pages_and_scripts_are_the_same_on_every_surface(path: str, surface: tuple[str, Ask], in_process: Ask) -> None:
    # A page names the address that it was asked at, so ask everywhere at the same.
    same_on_every_surface(path, PUBLIC, surface, in_process)


@pytest.mark.parametrize("path", ["/", "/v1/article", "/v1/article?lang=en"])
def test_markdown_is_the_same_on_every_surface(path: str, surface: tuple[str, Ask], in_process: Ask) -> None:
    same_on_every_surface(path, {"Accept": "text/markdown"}, surface, in_process)


def same_on_every_surface(path: str, accept: dict[str, str], surface: tuple[str, Ask], in_process: Ask) -> None:
    """Assert that a surface answers as the app in process does, also to a condition and to HEAD."""

    def sent_headers(reply: Reply) -> dict[str, str]:
        # A card's `Link` names the address that it was found at.
        return {name: value for name, value in reply.headers.items() if name.lower() not in {*OF_THE_SERVER, "link"}}

    expected, reply = in_process("GET", path, accept), surface[1]("GET", path, accept)
    assert (reply.status, sent_headers(reply), reply.body) == (expected.status, sent_headers(expected), expected.body)
    tag = {**accept, "If-None-Match": reply.headers.get("ETag", '""')}
    assert surface[1]("GET", path, tag).status == (304 if reply.status == 200 else reply.status)
    assert surface[1]("HEAD", path, accept).body == b""
