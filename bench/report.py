"""What was measured, as Markdown for `docs/performance.md` and as a picture beside it."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from bench.packages import PRODUCT, ROOT, TOY

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- made by `make bench` -->", "<!-- end -->"
SAID = {
    PRODUCT: "**this API**, whole HTTP contract",
    f"{PRODUCT}, logging": "**this API**, with its log line",
    "memory": "bare handler, content in the package (the limit)",
    "resource": "bare handler, `boto3.resource`",
    TOY: "Chalice, ready strings (the toy)",
    "query": "Chalice, a query per request",
    "powertools": "Powertools resolver",
    "starlette": "Starlette + Mangum",
    "flask": "Flask + apig-wsgi",
    "fastapi": "FastAPI + Mangum",
}
THROUGH = """\
Through Lambda's runtime client: CPU of a warm invocation, µs; from the start of the process to its first answer, ms,
and the part of it that is the first invocation; the most memory, MB; the package, kB:"""
GROWING = """\
As content and languages grow: to read an edition (all its languages), ms of CPU; a warm list, item and 404, µs; memory,
MB; the replies held ready, MB:"""
OPEN = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The tables, drawn">"""
STYLE = """\
<style>
text { font: 13px system-ui, sans-serif; fill: #1b1b1b } .own { font-weight: 600 } .head { font: 600 14px system-ui }
rect { fill: #8fa3b0 } rect.own { fill: #0b6e4f } rect.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #eee } rect { fill: #6c7f8c } rect.own { fill: #4cc38a } rect.ground { fill: #16181a }
}
</style>"""
KINDS = ("list", "item", "404", "304")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def beside(value: float, reference: float, digits: int = 0) -> str:
    """Give a figure with its ratio to another."""
    return f"{value:,.{digits}f} ({value / reference:.2f})"


def text(results: dict[str, Any]) -> str:
    """Give all tables."""
    warm, cold, asked, sizes = results["warm"], results["cold"], results["asked"], results["zip"]
    whole = {name: one["initialisation"] + one["first"] for name, one in cold.items()}
    names = [name for name in SAID if name in cold]
    return "\n\n".join(
        [
            f"Measured in one run on {results['machine']}; in brackets, the ratio to the toy.",
            "CPU of a warm request in process, µs:",
            table(
                ["", *KINDS],
                (
                    [SAID[name], *(beside(warm[name][kind], warm[TOY][kind], 1) for kind in KINDS)]
                    for name in SAID
                    if name in warm
                ),
            ),
            THROUGH,
            table(
                ["", "warm", "cold", "cold, compiled", "of it first", "memory", "zip"],
                (
                    [
                        SAID[name],
                        beside(results["invoked"][name], results["invoked"][TOY]),
                        beside(whole[name], whole[TOY]),
                        beside(whole[f"{name}, compiled"], whole[TOY]) if f"{name}, compiled" in whole else "is so",
                        f"{cold[name]['first']:.2f} ({cold[name]['first'] / cold[name]['warm']:.1f} × warm)",
                        beside(cold[name]["memory"], cold[TOY]["memory"], 1),
                        f"{sizes[name] / 1000:,.0f}",
                    ]
                    for name in names
                ),
            ),
            "Asked of DynamoDB, as requests / read units:",
            table(
                ["", "by a cold instance", "per 1,000 warm requests"],
                (
                    [
                        SAID[name],
                        f"{asked[name]['requests cold']:.0f} / {asked[name]['units cold']:.1f}",
                        f"{asked[name]['requests warm']:,.0f} / {asked[name]['units warm']:,.0f}",
                    ]
                    for name in names
                ),
            ),
            "This API's replies, bytes:",
            table(
                ["", "plain", "gzip", "Brotli"],
                ([name, *(f"{size:,}" for size in its.values())] for name, its in results["sent"].items()),
            ),
            GROWING,
            table(
                ["content", "languages", "entities", "read", "list", "item", "404", "memory", "replies"],
                (
                    [
                        f"×{one['times']:,}",
                        str(one["languages"]),
                        f"{one['entities']:,}",
                        f"{one['loaded']:,.0f}",
                        *(f"{one['warm'][kind]:.1f}" for kind in ("list", "item", "404")),
                        f"{one['memory']:,.0f}",
                        f"{one['bodies']:,.1f}",
                    ]
                    for one in results["grown"]
                ),
            ),
            "Ratios of instructions (valgrind), which repeat where times do not; `make bench-check` guards them:",
            table(["", "ratio"], ([name, f"{ratio:.3f}"] for name, ratio in results["instructions"].items())),
        ]
    )


def write(results: dict[str, Any]) -> None:
    """Put the tables into the page, between its marks, and draw the picture."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text(results)}\n\n{END}{after}", encoding="utf-8")
    PICTURE.write_text(picture(results), encoding="utf-8")


def picture(results: dict[str, Any]) -> str:
    """Give the picture: for the product and each peer, a bar of its cold start, its warm CPU and its memory."""
    cold, names = results["cold"], [name for name in SAID if name in results["invoked"]]
    charts = {
        "Cold start to first answer, ms": {name: cold[name]["initialisation"] + cold[name]["first"] for name in names},
        "CPU of a warm invocation, µs": {name: results["invoked"][name] for name in names},
        "Most memory, MB": {name: cold[name]["memory"] for name in names},
    }
    row, left, right, gap = 22, 250, 430, 44
    height = len(charts) * (gap + row * len(names)) + 20
    parts = [
        OPEN.format(width=left + right + 90, height=height),
        STYLE,
        f'<rect class="ground" width="{left + right + 90}" height="{height}"/>',
    ]
    top = 0
    for title, values in charts.items():
        top += gap
        parts.append(f'<text class="head" x="10" y="{top - 10}">{escape(title)}</text>')
        most = sorted(values.values())[-2] * 1.05  # one that asks the table each time is far beyond, and is cut
        for name, value in values.items():
            own = ' class="own"' if name == PRODUCT else ""
            width = min(value / most, 1) * right
            cut = " …" if value > most else ""
            said = SAID[name].replace("`", "").replace("*", "").partition(",")[0 if name == PRODUCT else 2]
            label = said.strip() if name == PRODUCT else SAID[name].replace("`", "").partition(" (")[0]
            parts += [
                f'<text{own} x="{left - 8}" y="{top + 15}" text-anchor="end">{escape(label)}</text>',
                f'<rect{own} x="{left}" y="{top + 3}" width="{width:.1f}" height="{row - 6}"/>',
                f'<text{own} x="{left + width + 6:.1f}" y="{top + 15}">{value:,.0f}{cut}</text>',
            ]
            top += row
    return "\n".join([*parts, "</svg>\n"])
