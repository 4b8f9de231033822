"""What was measured, as Markdown for `docs/performance.md` and as a picture beside it."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from bench.drawing import bars
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
WHOLE = ("initialisation", "first")
KINDS = ("list", "item", "404", "304")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def beside(values: Sequence[float], references: Sequence[float], digits: int = 0) -> str:
    """Give the median of some rounds, with the median of their ratios to another's in the same rounds."""
    ratios = [value / reference for value, reference in zip(values, references, strict=True)]
    return f"{median(values):,.{digits}f} ({median(ratios):.2f})"


def parts(cold: Sequence[Mapping[str, float]], *names: str) -> list[float]:
    """Give the sum of some parts of a cold start, in each round."""
    return [sum(one[name] for name in names) for one in cold]


def text(results: dict[str, Any]) -> str:
    """Give all tables."""
    warm, cold, asked, sizes = results["warm"], results["cold"], results["asked"], results["zip"]
    whole = {name: parts(its, *WHOLE) for name, its in cold.items()}
    memory = {name: parts(its, "memory") for name, its in cold.items()}
    first = {name: [one["first"] / one["warm"] for one in its] for name, its in cold.items()}
    names = [name for name in SAID if name in cold]
    return "\n\n".join(
        [
            f"Measured in one run on {results['machine']}; in brackets, the ratio to the toy. Medians of rounds.",
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
                        f"{median(parts(cold[name], 'first')):.2f} ({median(first[name]):.1f} × warm)",
                        beside(memory[name], memory[TOY], 1),
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
    cold = results["cold"]
    labels = {name: said.replace("`", "").replace("*", "") for name, said in SAID.items() if name in cold}
    charts = {
        "Cold start to first answer, ms": {labels[name]: median(parts(cold[name], *WHOLE)) for name in labels},
        "CPU of a warm invocation, µs": {labels[name]: median(results["invoked"][name]) for name in labels},
        "Most memory, MB": {labels[name]: median(parts(cold[name], "memory")) for name in labels},
    }
    return bars(charts, own={labels[PRODUCT]})
