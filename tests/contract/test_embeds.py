"""Cards in a partner's page: as an element, as a frame, under a strict policy, without script and without the API."""

import gzip
import json
import os
from typing import Literal
from urllib.parse import quote, urlencode

import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page

from chalicelib.documents.cards import card
from editorial.loading import LoadedContent
from tests.conftest import ROOT
from tests.contract.conftest import asking
from tests.unit.test_pages import spoilt, view

AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
CARDS = (
    "overview",
    "risks",
    "reported-harms",
    "decision-factors",
    "concern/cellulite",
    "risk/infection",
    "benefit/customisable",
    "reported-harm/allergic-shock",
)
COLOR_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# With `resultTypes`, axe describes only violations in full; it runs the same rules.
VIOLATIONS = """axe.run({resultTypes: ["violations"]}).then((result) =>
    result.violations.map((violation) => [violation.id, violation.nodes.map((node) => node.html)]))"""
PAGES = ("/", "/questions", "/sources", *(f"/embed/{path}" for path in CARDS))
WAIT = "document.querySelector('mesotherapy-evidence').shadowRoot?.querySelector('.card')"
SHOWN = "document.querySelector('mesotherapy-evidence').shadowRoot.querySelector('.card').innerText"


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs npm: `make setup` installs axe-core with it")
        pytest.skip("npm is not here, so `make setup` did not install axe-core")
    return AXE.read_text(encoding="utf-8")


def element(api: str, attributes: str, fallback: str = "Meanwhile.", name: str = "mesotherapy-evidence") -> str:
    script = f'<script type="module" src="{api}/embed.js"></script>'
    return f"{script}<{name} {attributes}>{fallback}</{name}>"


def visit(page: Page, partner: str, html: str, csp: str | None = None) -> None:
    query = {"page": html} | ({"csp": csp} if csp else {})
    page.goto(f"{partner}/?{urlencode(query)}")


def test_element_shows_its_card(page: Page, partner: str, local: str) -> None:
    visit(page, partner, element(local, 'kind="concern" ref="cellulite" lang="en"'))
    page.wait_for_function(WAIT)
    shown = page.evaluate(SHOWN)
    assert "What the article says\nEffective in some cases" in shown
    assert "Research is weaker than the article suggests" in shown
    assert "not medical advice" in shown
    assert "Meanwhile" not in shown


def test_element_follows_its_attributes(page: Page, partner: str, local: str) -> None:
    visit(page, partner, element(local, 'kind="concern" ref="cellulite"'))
    page.wait_for_function(WAIT)
    page.evaluate("document.querySelector('mesotherapy-evidence').setAttribute('ref', 'wrinkles')")
    page.wait_for_function(f"{SHOWN}.includes('Wrinkles')")


def test_elements_of_two_articles_share_a_page(page: Page, partner: str, local: str, sleep_local: str) -> None:
    ours = element(local, 'kind="concern" ref="cellulite"')
    other = element(sleep_local, 'kind="concern" ref="restless-evenings"', name="sleep-evidence")
    visit(page, partner, ours + other)
    for name, title in (("mesotherapy-evidence", "Cellulite"), ("sleep-evidence", "Restless evenings")):
        card = page.locator(f"{name} .card")  # in its shadow tree
        card.wait_for()
        assert card.locator("h1").inner_text() == title


def test_overview_has_a_row_per_concern(page: Page, sleep_local: str) -> None:
    """And one for safety. Another article has other verdicts."""
    page.goto(f"{sleep_local}/embed/overview")
    assert page.locator("tbody th").all_text_contents() == [
        "Restless evenings",
        "Late screens",
        "Early waking",
        "Safety",
    ]
    assert page.locator("td.article .tag").all_text_contents() == [
        "Helps often",
        "Helps in some cases",
        "Not known",
        "Considered harmless",
    ]


def test_element_works_under_a_strict_csp(page: Page, partner: str, local: str) -> None:
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    policy = f"default-src 'none'; script-src {local}; connect-src {local}"
    visit(page, partner, element(local, 'kind="overview"'), policy)
    page.wait_for_function(WAIT)
    card = "document.querySelector('mesotherapy-evidence').shadowRoot.querySelector('.card')"
    assert page.evaluate(f"getComputedStyle({card}).borderTopWidth") == "5px"
    assert [text for text in blocked if "favicon" not in text] == []


@pytest.mark.parametrize("attributes", ['kind="concern" ref="nonesuch"', 'kind="concern" ref="cellulite"'])
def test_fallback_stays_without_a_card(page: Page, partner: str, local: str, attributes: str) -> None:
    visit(page, partner, "")
    page.route(f"{local}/embed/concern/cellulite", lambda route: route.abort())
    fired = page.evaluate(
        """async ([html, src]) => {
            document.body.innerHTML = html;
            const event = new Promise((resolve) => {
                const element = document.querySelector("mesotherapy-evidence");
                for (const name of ["load", "error"]) element.addEventListener(name, () => resolve(name));
            });
            await import(src);
            return event;
        }""",
        [f"<mesotherapy-evidence {attributes}>Meanwhile.</mesotherapy-evidence>", f"{local}/embed.js"],
    )
    assert fired == "error"
    assert page.inner_text("mesotherapy-evidence") == "Meanwhile."
    assert page.evaluate("document.querySelector('mesotherapy-evidence').shadowRoot.querySelector('slot') !== null")


def test_frame_needs_no_script(browser: Browser, partner: str, local: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, partner, f'<iframe src="{local}/embed/concern/cellulite" title="Evidence" sandbox></iframe>')
    card = page.frame_locator("iframe").locator(".card")
    card.wait_for()
    assert "Effective in some cases" in card.inner_text()
    context.close()


def test_frame_posts_its_height(page: Page, partner: str, local: str) -> None:
    visit(page, partner, "")
    heights = page.evaluate(
        """(src) => new Promise((resolve) => {
            const heights = {};
            addEventListener("message", ({data}) => {
                heights[data.type] = data.height;
                if (Object.keys(heights).length === 2) resolve(heights);
            });
            const frame = document.createElement("iframe");
            frame.src = src;
            document.body.append(frame);
        })""",
        f"{local}/embed/concern/cellulite",
    )
    assert sorted(heights) == ["embed-size", "mesotherapy-evidence:height"]
    assert len(set(heights.values())) == 1
    assert heights["embed-size"] > 200


@pytest.mark.parametrize("path", CARDS)
def test_cards_are_small_and_self_contained(page: Page, local: str, path: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    reply = page.goto(f"{local}/embed/{path}")
    assert reply
    assert len(reply.body()) < 40_000
    assert len(gzip.compress(reply.body())) < 9_500  # as a browser gets it
    assert {url for url in requested if not url.startswith(local)} == set()
    assert "set-cookie" not in reply.all_headers()


@pytest.mark.parametrize("path", PAGES)
def test_pages_pass_axe_at_any_width(browser: Browser, local: str, axe: str, path: str) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{local}{path}")
    page.wait_for_load_state("networkidle")
    page.evaluate(axe)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in COLOR_SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(VIOLATIONS) == [], f"{width} px, {scheme}"
    page.close()


def test_every_card_passes_axe(browser: Browser, local: str, axe: str) -> None:
    bundle = json.loads(asking(local)("GET", "/v1/bundle", {}).body)["data"]
    resources = [resource["data"] for resource in bundle["resources"]]
    entities = [entity for entity in resources if entity["type"] not in {"article", "source"}]
    assert len(entities) == 23
    page = browser.new_page(viewport={"width": 320, "height": 800}, bypass_csp=True)
    for entity in entities:
        page.goto(f"{local}/embed/{entity['type']}/{entity['id']}")
        page.evaluate(axe)
        assert page.evaluate(VIOLATIONS) == [], entity["id"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("path", ["overview", "concern/hair-loss", "reported-harm/allergic-shock"])
def test_right_to_left_text_fits(browser: Browser, content: LoadedContent, path: str) -> None:
    article, *others = content.languages["en"]
    cards = card(view((structs.replace(article, language="ar"), *others)), path)  # type: ignore[call-arg]
    assert cards
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.set_content(cards.document.body)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_overview_tells_both_views_in_words(page: Page, local: str) -> None:
    page.goto(f"{local}/embed/overview")
    shown = " ".join(page.inner_text("main").split())
    for words in (
        "What research says Four expert reports from 2010 to 2014 found no firm proof that it works.",
        "Effective in some cases It has been shown to work in some cases, such as making cellulite less visible.",
        "Research is weaker than the article suggests Weak and mixed.",
        "Limited evidence There is limited scientific evidence that it works for hair loss.",
        "Research agrees: the proof is limited",
        "Generally considered safe",
        "Research is more cautious than the article",
    ):
        assert words in shown


@pytest.mark.parametrize("path", ["concern/wrinkles", "reported-harm/effects-on-sperm"])
def test_each_sentence_links_to_its_sources(page: Page, local: str, path: str) -> None:
    kind, _, name = path.partition("/")
    data = json.loads(asking(local)("GET", f"/v1/{kind}s/{name}", {}).body)["data"]
    view_of_research = data.get("literature", data)
    page.goto(f"{local}/embed/{path}")
    page.locator("details > summary").click()
    links = page.locator("sup a").evaluate_all("links => links.map((link) => [link.textContent, link.href])")
    assert links == [
        [str(view_of_research["sources"].index(source) + 1), f"{local}/sources#{source}"]
        for sentence in view_of_research["sentences"]
        for source in sentence["sources"]
    ]
    shown = page.inner_text("main")
    assert all(sentence["text"] in shown for sentence in view_of_research["sentences"])
    ours = [sentence for sentence in view_of_research["sentences"] if not sentence["sources"]]
    assert shown.count("(Our own search or reading)") == len(ours)


def test_unknown_cards_suggest_near_ones(page: Page, local: str) -> None:
    reply = page.goto(f"{local}/embed/concern/celulite")
    assert reply
    assert reply.status == 404
    assert "concern/cellulite" in reply.json()["did_you_mean"]


def test_oembed_html_shows_the_card(page: Page, partner: str, local: str) -> None:
    url = f"{local}/embed/concern/wrinkles"
    reply = asking(local)("GET", f"/v1/oembed?{urlencode({'url': url, 'maxwidth': 400})}", {})
    embed = json.loads(reply.body)
    assert (embed["version"], embed["type"], embed["width"], embed["cache_age"]) == (
        "1.0",
        "rich",
        400,
        300,
    )
    visit(page, partner, embed["html"])
    card = page.frame_locator("iframe").locator(".card")
    card.wait_for()
    assert "Wrinkles" in card.inner_text()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"url": "{local}/embed/concern/nonesuch"}, 404),
        ({"url": "{local}/v1/concerns"}, 404),
        ({"url": "https://elsewhere.example/embed/overview"}, 404),
        ({"url": "javascript://x/embed/overview"}, 404),
        ({"url": "http://[/embed/overview"}, 404),
        ({}, 404),
        ({"url": "{local}/embed/overview", "format": "xml"}, 501),
        ({"url": "{local}/embed/overview", "maxwidth": "wide"}, 400),
        ({"url": "{local}/embed/overview", "maxheight": "0"}, 400),
        ({"url": "{local}/embed/overview?lang=en&lang=en"}, 400),
        ({"url": '{local}/embed/overview?lang="><script>'}, 400),
    ],
)
def test_oembed_refuses_other_urls(local: str, query: dict[str, str], status: int) -> None:
    encoded = urlencode({name: value.format(local=local) for name, value in query.items()})
    assert asking(local)("GET", f"/v1/oembed?{encoded}", {}).status == status


def test_oembed_ignores_what_cards_ignore(local: str) -> None:
    encoded = urlencode({"url": f"{local}/embed/overview?size=big&lang=en"})
    reply = asking(local)("GET", f"/v1/oembed?{encoded}", {})
    assert reply.status == 200
    assert f'src="{local}/embed/overview?lang=en"' in json.loads(reply.body)["html"]


def test_oembed_answers_304(local: str) -> None:
    path = f"/v1/oembed?{urlencode({'url': f'{local}/embed/concern/cellulite'})}"
    tag = asking(local)("GET", path, {}).headers["ETag"]
    again = asking(local)("GET", path, {"If-None-Match": tag})
    assert (again.status, again.headers["ETag"], again.body) == (304, tag, b"")


def test_cards_take_the_public_host(local: str) -> None:
    """Behind CloudFront, a card and its oEmbed reply use the host that the client used."""
    public = {"X-Public-Host": "evidence.example", "X-Forwarded-Proto": "https"}
    url = "https://evidence.example/embed/concern/cellulite"
    assert quote(url, safe="") in asking(local)("GET", "/embed/concern/cellulite", public).headers["Link"]
    reply = asking(local)("GET", f"/v1/oembed?{urlencode({'url': url})}", public)
    assert reply.status == 200
    assert asking(local)("GET", f"/v1/oembed?{urlencode({'url': url})}", {}).status == 404


def test_cards_link_to_their_oembed(local: str) -> None:
    links = asking(local)("GET", "/embed/concern/cellulite", {}).headers["Link"]
    assert f'/v1/oembed?url={quote(local + "/embed/concern/cellulite", safe="")}>; rel="alternate"' in links


@pytest.mark.parametrize("path", ["overview", "concern/cellulite", "risks", "reported-harm/allergic-shock"])
def test_hostile_text_breaks_no_layout(browser: Browser, content: LoadedContent, path: str) -> None:
    cards = card(view(tuple(spoilt(entity) for entity in content.languages["en"])), path)
    assert cards
    page = browser.new_page(viewport={"width": 320, "height": 800})
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.set_content(cards.document.body)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert alerts == []
    page.close()


def test_reserved_space_prevents_layout_shift(page: Page, partner: str, local: str) -> None:
    reserved = "<style>mesotherapy-evidence { display: block; min-height: 1200px }</style>"
    visit(page, partner, "")
    shift = page.evaluate(
        """async ([html, src]) => {
            let shift = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
                .observe({type: "layout-shift", buffered: true});
            document.body.innerHTML = html;
            const loaded = new Promise((resolve) =>
                document.querySelector("mesotherapy-evidence").addEventListener("load", resolve));
            await import(src);
            await loaded;
            await new Promise((resolve) => setTimeout(resolve, 500));
            return shift;
        }""",
        [
            f'{reserved}<mesotherapy-evidence kind="concern" ref="cellulite"></mesotherapy-evidence><p>After.</p>',
            f"{local}/embed.js",
        ],
    )
    assert shift == 0


def test_script_is_small() -> None:
    script = (ROOT / "chalicelib" / "web" / "static" / "embed.js").read_bytes()
    assert len(gzip.compress(script)) < 4_000
