"""Cards in a partner's page: the element and the frame, under a strict policy, without script, and without the API."""

import gzip
import json
import os
from typing import Any
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
CARDS = ("overview", "risks", "decision-factors", "concern/cellulite", "risk/infection", "benefit/customisable")
PAGES = ("/", *(f"/embed/{path}" for path in CARDS))
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


def element(api: str, attributes: str, inside: str = "Meanwhile.") -> str:
    script = f'<script type="module" src="{api}/embed.js"></script>'
    return f"{script}<mesotherapy-evidence {attributes}>{inside}</mesotherapy-evidence>"


def visit(page: Page, partner: str, html: str, csp: str | None = None) -> None:
    asked = {"page": html} | ({"csp": csp} if csp else {})
    page.goto(f"{partner}/?{urlencode(asked)}")


def test_the_element_shows_the_card_that_it_names(page: Page, partner: str, local: str) -> None:
    visit(page, partner, element(local, 'kind="concern" ref="cellulite" lang="en"'))
    page.wait_for_function(WAIT)
    shown = page.evaluate(SHOWN)
    assert "Effective in some cases" in shown
    assert "less favourable" in shown
    assert "not medical advice" in shown
    assert "Meanwhile" not in shown


def test_the_element_shows_another_card_when_it_is_told_to(page: Page, partner: str, local: str) -> None:
    visit(page, partner, element(local, 'kind="concern" ref="cellulite"'))
    page.wait_for_function(WAIT)
    page.evaluate("document.querySelector('mesotherapy-evidence').setAttribute('ref', 'wrinkles')")
    page.wait_for_function(f"{SHOWN}.includes('Wrinkles')")


def test_the_element_works_under_a_policy_that_allows_the_api_and_nothing_else(
    page: Page, partner: str, local: str
) -> None:
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    policy = f"default-src 'none'; script-src {local}; connect-src {local}"
    visit(page, partner, element(local, 'kind="overview"'), policy)
    page.wait_for_function(WAIT)
    card = "document.querySelector('mesotherapy-evidence').shadowRoot.querySelector('.card')"
    assert page.evaluate(f"getComputedStyle({card}).borderRadius") != "0px"
    assert [text for text in blocked if "favicon" not in text] == []


@pytest.mark.parametrize("attributes", ['kind="concern" ref="nonesuch"', 'kind="concern" ref="cellulite"'])
def test_what_is_inside_the_element_stays_when_no_card_comes_and_error_fires(
    page: Page, partner: str, local: str, attributes: str
) -> None:
    visit(page, partner, "")
    page.route(f"{local}/embed/concern/cellulite", lambda route: route.abort())
    fired = page.evaluate(
        """async ([html, src]) => {
            document.body.innerHTML = html;
            const event = new Promise((resolve) => {
                const it = document.querySelector("mesotherapy-evidence");
                for (const name of ["load", "error"]) it.addEventListener(name, () => resolve(name));
            });
            await import(src);
            return event;
        }""",
        [f"<mesotherapy-evidence {attributes}>Meanwhile.</mesotherapy-evidence>", f"{local}/embed.js"],
    )
    assert fired == "error"
    assert page.inner_text("mesotherapy-evidence") == "Meanwhile."
    assert page.evaluate("document.querySelector('mesotherapy-evidence').shadowRoot.querySelector('slot') !== null")


def test_a_frame_shows_a_card_without_script(browser: Browser, partner: str, local: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, partner, f'<iframe src="{local}/embed/concern/cellulite" title="Evidence" sandbox></iframe>')
    card = page.frame_locator("iframe").locator(".card")
    card.wait_for()
    assert "Effective in some cases" in card.inner_text()
    context.close()


def test_a_frame_tells_the_page_how_high_its_card_is(page: Page, partner: str, local: str) -> None:
    visit(page, partner, "")
    heights = page.evaluate(
        """(src) => new Promise((resolve) => {
            const told = {};
            addEventListener("message", ({data}) => {
                told[data.type] = data.height;
                if (Object.keys(told).length === 2) resolve(told);
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
def test_a_card_is_small_and_sets_and_asks_nothing_of_others(page: Page, local: str, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    reply = page.goto(f"{local}/embed/{path}")
    assert reply
    assert len(reply.body()) < 10_000
    assert {url for url in asked if not url.startswith(local)} == set()
    assert "set-cookie" not in reply.all_headers()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(browser: Browser, local: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{local}{path}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation(  # noqa: PLR0913, PLR0917 - the columns of a table
    browser: Browser, local: str, axe: str, path: str, scheme: Any, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{local}{path}")
    page.wait_for_load_state("networkidle")
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run().then((result) => result.violations.map((it) => [it.id, it.nodes.map((n) => n.html)]))"
    )
    assert found == []
    page.close()


def test_axe_finds_no_violation_on_any_card_there_is(browser: Browser, local: str, axe: str) -> None:
    bundle = json.loads(asking(local)("GET", "/v1/bundle", {}).body)["data"]
    entities = [it["data"] for it in bundle["resources"] if it["data"]["type"] not in {"article", "source"}]
    assert len(entities) == 18
    page = browser.new_page(viewport={"width": 320, "height": 800}, bypass_csp=True)
    for entity in entities:
        page.goto(f"{local}/embed/{entity['type']}/{entity['id']}")
        page.evaluate(axe)
        assert page.evaluate("axe.run().then((result) => result.violations.map((it) => it.id))") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_card_in_a_language_written_from_right_to_left_keeps_its_picture_whole(
    browser: Browser, content: LoadedContent
) -> None:
    article, *others = content.languages["en"]
    found = card(view((structs.replace(article, language="ar"), *others)), "overview")  # type: ignore[call-arg]
    assert found
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.set_content(found[0].body)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert (
        page.evaluate(
            """() => {
            const picture = document.querySelector("svg").getBoundingClientRect();
            return [...document.querySelectorAll("svg text")].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.left < picture.left - 1 || box.right > picture.right + 1;
            }).map((text) => text.textContent);
        }"""
        )
        == []
    )
    page.close()


def test_the_picture_says_in_words_what_it_shows(page: Page, local: str) -> None:
    page.goto(f"{local}/embed/overview")
    described: Any = page.evaluate("document.querySelector('svg desc').textContent")
    for said in ("Cellulite: The article says Effective in some cases; Published literature less favourable.",
                 "Hair loss: The article says Limited evidence; Published literature agrees.",
                 "Scarring: Rare, more serious."):  # fmt: skip
        assert said in described


def test_an_unknown_card_is_a_404_that_names_near_ones(page: Page, local: str) -> None:
    reply = page.goto(f"{local}/embed/concern/celulite")
    assert reply
    assert reply.status == 404
    assert "concern/cellulite" in reply.json()["did_you_mean"]


def test_the_page_for_people_shows_live_cards_and_copies_what_to_paste(browser: Browser, local: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(local)
    page.locator("mesotherapy-evidence .card").nth(3).wait_for()  # in its shadow tree
    assert page.locator("mesotherapy-evidence").count() == 4
    page.click("text=Copy")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == (
        f'<script type="module" src="{local}/embed.js"></script>\n'
        '<mesotherapy-evidence kind="concern" ref="cellulite"></mesotherapy-evidence>'
    )
    context.close()


def test_the_keyboard_alone_reaches_every_link_and_button_of_the_page_for_people(page: Page, local: str) -> None:
    page.goto(local)
    page.wait_for_load_state("networkidle")
    can_be_reached = page.evaluate(
        """() => {
            const inside = (root) => [...root.querySelectorAll("*")].flatMap((it) =>
                [it, ...(it.shadowRoot ? inside(it.shadowRoot) : [])]);
            return inside(document).filter((it) => it.matches("a[href], button") && it.checkVisibility()).length;
        }"""
    )
    reached = set()
    for _ in range(can_be_reached + 10):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                    let it = document.activeElement;
                    while (it.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
                    if (!it.matches("a[href], button")) return "";
                    return `${it.getBoundingClientRect().top + scrollY} ${it.outerHTML}`;
                }"""
            )
        )
    assert len(reached - {""}) == can_be_reached


def test_the_html_that_oembed_gives_shows_the_card(page: Page, partner: str, local: str) -> None:
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
        ({"url": "{local}/embed/overview?size=big"}, 400),
        ({"url": '{local}/embed/overview?lang="><script>'}, 400),
    ],
)
def test_oembed_refuses_what_is_no_card_of_ours(local: str, query: dict[str, str], status: int) -> None:
    asked = urlencode({name: value.format(local=local) for name, value in query.items()})
    assert asking(local)("GET", f"/v1/oembed?{asked}", {}).status == status


def test_who_has_an_oembed_reply_already_gets_a_304(local: str) -> None:
    path = f"/v1/oembed?{urlencode({'url': f'{local}/embed/concern/cellulite'})}"
    tag = asking(local)("GET", path, {}).headers["ETag"]
    again = asking(local)("GET", path, {"If-None-Match": tag})
    assert (again.status, again.headers["ETag"], again.body) == (304, tag, b"")


def test_behind_the_edge_a_card_and_its_oembed_go_by_the_name_that_the_reader_used(local: str) -> None:
    public = {"X-Public-Host": "evidence.example", "X-Forwarded-Proto": "https"}
    url = "https://evidence.example/embed/concern/cellulite"
    assert quote(url, safe="") in asking(local)("GET", "/embed/concern/cellulite", public).headers["Link"]
    reply = asking(local)("GET", f"/v1/oembed?{urlencode({'url': url})}", public)
    assert reply.status == 200
    assert asking(local)("GET", f"/v1/oembed?{urlencode({'url': url})}", {}).status == 404


def test_a_card_says_where_its_oembed_is(local: str) -> None:
    links = asking(local)("GET", "/embed/concern/cellulite", {}).headers["Link"]
    assert f'/v1/oembed?url={quote(local + "/embed/concern/cellulite", safe="")}>; rel="alternate"' in links


@pytest.mark.parametrize("path", ["overview", "concern/cellulite", "risks"])
def test_ten_thousand_hostile_characters_break_no_layout(browser: Browser, content: LoadedContent, path: str) -> None:
    found = card(view(tuple(spoilt(entity) for entity in content.languages["en"])), path)
    assert found
    page = browser.new_page(viewport={"width": 320, "height": 800})
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.set_content(found[0].body)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert alerts == []
    page.close()


def test_a_card_in_a_reserved_box_shifts_nothing(page: Page, partner: str, local: str) -> None:
    reserved = "<style>mesotherapy-evidence { display: block; min-height: 1200px }</style>"
    visit(page, partner, "")
    shift = page.evaluate(
        """async ([html, src]) => {
            let shift = 0;
            new PerformanceObserver((list) => { for (const it of list.getEntries()) shift += it.value; })
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


def test_the_script_is_small() -> None:
    script = (ROOT / "chalicelib" / "web" / "static" / "embed.js").read_bytes()
    assert len(gzip.compress(script)) < 4_000
