"""The pages as readers meet them: what stands above the fold, what opens, what fits, and what a link preview says."""

import gzip
import re
from typing import Any

import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page

from chalicelib.documents import pages
from editorial.loading import LoadedContent
from tests.contract.conftest import Ask, asking
from tests.contract.test_embeds import COLOR_SCHEMES, VIOLATIONS, axe
from tests.unit.test_pages import spoilt, view

__all__ = ["axe"]  # a fixture

READERS_PAGES = ("/", "/questions", "/sources")
LONGEST_PAGE = 30_000  # bytes, compressed
SMALLEST_TEXT = 14  # px
SMALLEST_TARGET = 24  # px (WCAG 2.2, 2.5.8)
FOLDS = ((1280, 800), (390, 844))
OPEN = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
SMALL_TEXTS = """(smallest) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const small = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const shown = texts.currentNode.data.trim() && element.checkVisibility();
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (shown && size < smallest) small.push([size, texts.currentNode.data.trim()]);
    }
    return small;
}"""
# Links in a line of text are excepted. A control that is only seen on focus has no size until then.
SMALL_TARGETS = """(smallest) => [...document.querySelectorAll("nav a, .foot li a, .button, summary, .chips a, .brand")]
    .filter((node) => node.checkVisibility())
    .map((node) => [node.getBoundingClientRect(), node.outerHTML])
    .filter(([box]) => box.width && (box.width < smallest || box.height < smallest))
    .map(([box, html]) => [box.width, box.height, html])"""


@pytest.fixture(params=FOLDS, ids=lambda size: f"{size[0]}x{size[1]}")
def answer(request: pytest.FixtureRequest, browser: Browser, local: str) -> Any:
    """The page of the answer, on a screen of each size."""
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(local)
    yield page
    page.close()


def test_answers_and_verdicts_are_above_the_fold(answer: Page) -> None:
    """The question, both short answers, and each concern's two verdicts can be read without scrolling."""
    assert answer.viewport_size
    rows = answer.locator(".hero tbody")
    concerns = rows.count() - 1  # the last row is safety
    assert concerns == 4
    parts = [answer.locator("h1"), *answer.locator(".hero .two .voice").all()]
    parts += [rows.nth(row).locator(".tag").nth(voice) for row in range(concerns) for voice in (0, 1)]
    assert len(parts) == 1 + 2 + 2 * concerns
    for part in parts:
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] <= answer.viewport_size["height"], part.inner_text()
        assert box["x"] + box["width"] <= answer.viewport_size["width"], part.inner_text()


def test_opened_rows_span_their_table(answer: Page) -> None:
    """What opens is as wide as the table, below the row, and nothing in it is cut."""
    row = answer.locator("#cellulite")
    summary, table = row.locator("summary"), answer.locator(".hero table").bounding_box()
    above = row.locator("tr").first.bounding_box()
    summary.click()
    details, panel = row.locator("details").bounding_box(), row.locator(".full").bounding_box()
    assert table
    assert above
    assert details
    assert panel
    assert abs(details["width"] - table["width"]) <= 1
    rail = row.locator("th").bounding_box()
    assert rail
    beside_the_rail = answer.viewport_size == {"width": 1280, "height": 800}
    assert panel["width"] >= table["width"] - (rail["width"] + 40 if beside_the_rail else 1)
    assert panel["y"] >= above["y"] + above["height"] - 1
    assert panel["x"] + panel["width"] <= table["x"] + table["width"] + 1
    voices = [voice.bounding_box() for voice in row.locator(".full > .voice").all()]
    assert len(voices) == 2
    for cell, voice in zip(row.locator("tr").first.locator("td").all(), voices, strict=True):
        column = cell.bounding_box()
        assert column
        assert voice
        if beside_the_rail:  # each voice stays in its column
            assert abs(column["x"] - voice["x"]) <= 1
            assert abs(column["width"] - voice["width"]) <= 1


def test_infection_is_the_first_risk(answer: Page) -> None:
    risks = answer.locator("section[aria-labelledby=risks] table").first.locator("tbody")
    assert risks.locator("th").first.inner_text() == "Infection"
    assert "Research shows this can be worse than the article suggests" in risks.first.inner_text()


@pytest.mark.parametrize("path", READERS_PAGES)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_pages_are_legible_and_fit(browser: Browser, local: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{local}{path}")
    for opened in (False, True):
        if opened:
            page.evaluate(OPEN)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TEXTS, SMALLEST_TEXT) == []
        assert page.evaluate(SMALL_TARGETS, SMALLEST_TARGET) == []
    page.close()


@pytest.mark.parametrize("path", READERS_PAGES)
def test_opened_pages_pass_axe(browser: Browser, local: str, axe: str, path: str) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{local}{path}")
    page.evaluate(axe)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in COLOR_SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for opened in (False, True):
                page.evaluate(OPEN.replace("true", str(opened).lower()))
                assert page.evaluate(VIOLATIONS) == [], f"{width} px, {scheme}"
    page.close()


@pytest.mark.parametrize("path", READERS_PAGES)
def test_keyboard_reaches_every_control(page: Page, local: str, path: str) -> None:
    page.goto(f"{local}{path}")
    controls = page.evaluate(
        "[...document.querySelectorAll('a[href], summary, [tabindex]')].filter((node) => node.checkVisibility()).length"
    )
    reached = set()
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                    const node = document.activeElement;
                    const all = [...document.querySelectorAll("a[href], summary, [tabindex]")];
                    return all.indexOf(node);
                }"""
            )
        )
    assert len(reached - {-1}) == controls
    page.keyboard.press("Tab")


def test_keyboard_opens_a_row(page: Page, local: str) -> None:
    page.goto(local)
    page.locator("#cellulite summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#cellulite .full").is_visible()


@pytest.mark.parametrize("path", READERS_PAGES)
def test_pages_are_small_and_ask_nobody_else(page: Page, local: str, path: str) -> None:
    requested: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    reply = page.goto(f"{local}{path}")
    assert reply
    assert len(gzip.compress(reply.body())) <= LONGEST_PAGE
    assert {url for url in requested if not url.startswith(local)} == set()
    assert errors == []
    assert "style=" not in reply.text()
    assert "set-cookie" not in reply.all_headers()


def test_pages_ignore_unknown_parameters(surface: tuple[str, Ask]) -> None:
    """Campaigns and apps add their own to links. Data keeps its 400: there, a typo must not pass."""
    _, ask = surface
    for path in (*READERS_PAGES, "/embed/overview", "/embed/risk/infection"):
        plain, with_more = ask("GET", path, {}), ask("GET", f"{path}?utm_source=letter&fbclid=1&q=", {})
        assert (with_more.status, with_more.body) == (200, plain.body)
        assert ask("GET", f"{path}?lang=xx", {}).status == 400
    assert ask("GET", "/v1/risks?utm_source=letter", {}).status == 400


@pytest.mark.parametrize("path", READERS_PAGES)
def test_pages_name_their_address(local: str, path: str) -> None:
    """Behind CloudFront, the address is the one that the reader used. A pinned page names the current one."""
    public = {"X-Public-Host": "evidence.example", "X-Forwarded-Proto": "https"}
    ask = asking(local)
    edition = re.search(rb"[0-9a-f]{32}", ask("GET", "/v1/health", {}).body)
    assert edition
    for query in ("", f"?edition={edition[0].decode()}", "?utm_source=letter"):
        html = ask("GET", f"{path}{query}", public).body.decode()
        assert f'<link rel="canonical" href="https://evidence.example{path}">' in html
        assert f'<meta property="og:url" content="https://evidence.example{path}">' in html
    assert f'<link rel="canonical" href="{local}{path}">' in ask("GET", path, {}).body.decode()
    assert "address.invalid" not in html


def test_hosts_are_escaped(local: str) -> None:
    html = asking(local)("GET", "/", {"X-Public-Host": '"><script>alert(1)</script>'}).body
    assert b"<script>alert" not in html


def test_sitemap_lists_the_pages(local: str) -> None:
    public = {"X-Public-Host": "evidence.example", "X-Forwarded-Proto": "https"}
    ask = asking(local)
    robots, sitemap = ask("GET", "/robots.txt", public), ask("GET", "/sitemap.xml", public)
    assert b"Sitemap: https://evidence.example/sitemap.xml" in robots.body
    assert re.findall(rb"<loc>https://evidence.example([^<]*)</loc>", sitemap.body) == [
        path.encode() for path in (*READERS_PAGES, "/docs")
    ]


LONG_WORD = "Rindfleischetikettierungsüberwachung"  # 36 letters: such as a name may have in German


def with_long_names(entities: tuple[Any, ...], language: str) -> tuple[Any, ...]:
    """Return the content in another language, with a long word in every name."""
    article, *others = entities
    named = (structs.replace(entity, name=LONG_WORD) if hasattr(entity, "name") else entity for entity in others)
    return structs.replace(article, language=language), *named


@pytest.mark.parametrize("language", ["ar", "de"])
@pytest.mark.parametrize("path", READERS_PAGES)
def test_other_scripts_and_long_words_fit(browser: Browser, content: LoadedContent, path: str, language: str) -> None:
    entities = with_long_names(content.languages["en"], language)
    tab = browser.new_page()
    tab.set_content(pages.page(view(entities), path.removeprefix("/"), "an-element").document.body)
    tab.evaluate(OPEN)
    for width in (320, 390, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    first = tab.locator(".top a").first.bounding_box()
    assert first
    assert (first["x"] > 640) is (language == "ar")  # the mark stands where a line begins
    tab.close()


def test_hostile_text_breaks_no_page(browser: Browser, content: LoadedContent) -> None:
    tab = browser.new_page(viewport={"width": 320, "height": 800})
    alerts: list[str] = []
    tab.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for path in READERS_PAGES:
        entities = tuple(spoilt(entity) for entity in content.languages["en"])
        tab.set_content(pages.page(view(entities), path.removeprefix("/"), "an-element").document.body)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    assert alerts == []
    tab.close()


def test_questions_print_on_one_sheet(browser: Browser, local: str) -> None:
    page = browser.new_page()
    page.goto(f"{local}/questions")
    pdf = page.pdf(format="A4", margin={"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"})
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
