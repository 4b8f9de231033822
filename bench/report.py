"""The results as Markdown: the tables of `docs/performance.md`."""

import os
import platform
from datetime import UTC, datetime
from statistics import median

from bench.packages import PRODUCT, TOY, Package
from operations.package import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- made by `make bench` -->", "<!-- end -->"
LABELS = {
    PRODUCT: "**this API**, whole HTTP contract",
    "content-10": "**this API**, ×10 the content",
    "content-100": "**this API**, ×100 the content",
    "memory": "bare handler, content in the package (the limit)",
    "resource": "bare handler, `boto3.resource`",
    TOY: "Chalice, ready strings (the toy)",
    "query": "Chalice, a query per request",
    "powertools": "Powertools resolver",
    "starlette": "Starlette + Mangum",
    "flask": "Flask + apig-wsgi",
    "fastapi": "FastAPI + Mangum",
}
TEXT = """\
Measured in one run with {machine}; in brackets, the ratio to the toy. Medians of rounds.

Through Lambda's runtime client: CPU of a warm invocation, µs; from the start of the process to its first answer, ms;
peak memory, MB; the package, kB:

| | warm | cold | memory | zip |
|---|---|---|---|---|
{rows}

Ratios of instructions (valgrind), which repeat where times do not; `make bench-check` guards them:

| | ratio |
|---|---|
{ratios}"""


def with_ratio(values: list[float], references: list[float], digits: int = 0) -> str:
    """Return the median over the rounds, and in brackets the median of the ratios to a reference in the same rounds."""
    ratios = [value / reference for value, reference in zip(values, references, strict=True)]
    return f"{median(values):,.{digits}f} ({median(ratios):.2f})"


def write(
    packages: list[Package],
    cold: dict[str, list[tuple[float, float]]],
    warm: dict[str, list[float]],
    instructions: dict[str, float],
) -> None:
    """Replace the measured part of the page."""
    start_ms = {name: [ms for ms, _ in starts] for name, starts in cold.items()}
    memory = {name: [peak for _, peak in starts] for name, starts in cold.items()}
    sizes = {package.name: package.zip_size / 1000 for package in packages}
    rows = (
        f"| {label} | {with_ratio(warm[name], warm[TOY])} | {with_ratio(start_ms[name], start_ms[TOY])}"
        f" | {with_ratio(memory[name], memory[TOY], 1)} | {sizes[name]:,.0f} |"
        for name, label in LABELS.items()
    )
    tables = TEXT.format(
        machine=f"Python {platform.python_version()}, {os.cpu_count()} cores, on {datetime.now(UTC):%Y-%m-%d}",
        rows="\n".join(rows),
        ratios="\n".join(f"| {name} | {ratio:.3f} |" for name, ratio in instructions.items()),
    )
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
