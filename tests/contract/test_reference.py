"""The reference at `/docs`: made from the OpenAPI document, current, complete, accessible, and alone."""

import gzip
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from operations import openapi, reference
from tests.conftest import ROOT
from tests.contract.conftest import asking
from tests.contract.test_embeds import COLOR_SCHEMES, VIOLATIONS, axe

__all__ = ["axe"]  # a fixture

PAGE = reference.FILE.read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = json.loads(openapi.FILE.read_text(encoding="utf-8"))
WIDTHS = (320, 1280)


def test_committed_page_is_current(tmp_path: Path) -> None:
    file = tmp_path / "docs.html"
    program = (
        f"from operations import reference; reference.FILE = __import__('pathlib').Path({str(file)!r});"
        " reference.write()"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
    assert file.read_text(encoding="utf-8") == PAGE, "run `make openapi`"


def test_every_operation_is_there_once() -> None:
    heading = '<article class="op" id="(\\w+)">\n<div>\n<h3 class="path"><b>GET</b> <code>(.+?)</code>'
    shown = re.findall(heading, PAGE)
    expected = {(item["get"]["operationId"], path) for path, item in DOCUMENT["paths"].items()}
    assert sorted(shown) == sorted(expected)


def test_everything_that_is_promised_is_there() -> None:
    problems = DOCUMENT["paths"]["/v1/problems"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    for problem in problems["data"]:
        assert f'<div id="{problem["type"].partition("#")[2]}">' in PAGE
    for name in reference.RECIPE_TITLES:
        recipe = (ROOT / "docs" / "recipes" / name).read_text(encoding="utf-8")
        assert recipe in unescape(re.sub("</?(pre|code)[^>]*>", "", PAGE))
    for name in reference.SECTIONS:
        assert f'<section id="{name}">' in PAGE
    assert {file.name for file in (ROOT / "docs" / "recipes").iterdir()} == set(reference.RECIPE_TITLES)


def test_anchors_lead_somewhere() -> None:
    ids = re.findall(r'\bid="([^"]+)"', PAGE)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', PAGE)) - set(ids) == set()


def test_links_to_replies_open(local: str) -> None:
    links = re.findall(r'<p class="reply"><a href="([^"]+)">', PAGE)
    assert len(links) == len(DOCUMENT["paths"])
    for link in links:
        # The page's script puts the real address in place of the example.
        path = unescape(link).replace(quote(reference.EXAMPLE, safe=""), quote(local, safe=""))
        assert asking(local)("GET", f"/{path}", {}).status == 200, path


def test_page_is_small() -> None:
    assert len(gzip.compress(PAGE.encode())) < 60_000


def test_page_is_strict_about_itself(local: str) -> None:
    reply = asking(local)("GET", "/docs?utm_source=mail", {})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert ' style="' not in PAGE


def test_page_asks_nobody_else(browser: Browser, local: str) -> None:
    page = browser.new_page()
    requested: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{local}/docs")
    page.wait_for_load_state("networkidle")
    assert [url for url in requested if not url.startswith(local)] == []
    assert refused == []
    assert page.evaluate("getComputedStyle(document.querySelector('.top')).borderBottomWidth") == "1px"
    page.close()


def test_requests_name_the_address(browser: Browser, local: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{local}/docs")
    curl = page.locator("#getConcern .request").first
    assert curl.locator("code").inner_text() == f"curl {local}/v1/concerns/cellulite"
    curl.locator("button").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"curl {local}/v1/concerns/cellulite"
    page.get_by_label("fetch").locator("visible=true").first.check(force=True)
    with page.expect_navigation() as navigation:
        page.locator("#getOEmbed .reply a").click()
    assert navigation.value
    assert navigation.value.status == 200
    context.close()


def test_copied_fetch_runs(browser: Browser, local: str) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{local}/docs")
    code = page.locator("#getRisk .request code").nth(1).text_content()
    page.goto(f"{local}/embed/overview")
    assert page.evaluate(f"(async () => {{ {code} return [data.type, meta.language]; }})()") == ["risk", "en"]
    page.close()


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_page_passes_axe_at_any_width(browser: Browser, local: str, axe: str, scheme: Any) -> None:
    page = browser.new_page(bypass_csp=True, color_scheme=scheme)
    page.goto(f"{local}/docs")
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(VIOLATIONS) == [], f"{width} px"
    page.close()
