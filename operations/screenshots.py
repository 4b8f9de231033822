"""Take screenshots of each kind of page, light and dark, narrow and wide, for review: `make screenshots`."""

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from operations.local_server import local_server

PAGES = {
    "answer": "/",
    "questions": "/questions",
    "sources": "/sources",
    "docs": "/docs",
    "overview": "/embed/overview",
    "risks": "/embed/risks",
    "factors": "/embed/decision-factors",
}
PAGES |= {"concern": "/embed/concern/cellulite", "risk": "/embed/risk/infection"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 1280)
FOLDER = Path(__file__).parents[1] / "build" / "screenshots"


def main() -> None:
    """Write the screenshots, and print where they are."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed. On Debian: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with local_server("--no-autoreload") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, path in PAGES.items():
            for scheme in SCHEMES:
                for width in WIDTHS:
                    page = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
                    page.goto(f"{address}{path}")
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=FOLDER / f"{name}-{scheme}-{width}.png", full_page=True)
                    page.close()
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} screenshots in {FOLDER}")  # noqa: T201 - for the developer


if __name__ == "__main__":
    main()
