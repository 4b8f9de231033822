"""What a million requests cost, by service, and what they would cost with a query per request and no CDN: `make costs`.

A model to be recomputed: the prices are AWS's list prices for us-east-1 without the free tier, as known in November
2026 (nothing here can reach AWS's price list: look them up before you rely on a figure), and the rest is measured
(docs/performance.md) or assumed, and named below.
"""

import math
from typing import NamedTuple

import click

from bench.drawing import bars
from operations.package import ROOT

MILLION = 1_000_000
GB = 1e9
PAGE = ROOT / "docs" / "costs.md"
PICTURE = ROOT / "docs" / "costs.svg"
BEGIN, END = "<!-- made by `make costs` -->", "<!-- end -->"


class Prices(NamedTuple):
    """Dollars."""

    edge_request: float = 1.00 / MILLION  # CloudFront, HTTPS, first tier
    edge_gb: float = 0.085  # CloudFront to the internet, first 10 TB
    gateway_request: float = 3.50 / MILLION  # API Gateway, REST
    gateway_gb: float = 0.09  # to the internet; to CloudFront it is free
    invocation: float = 0.20 / MILLION  # Lambda
    gb_second: float = 0.0000166667  # Lambda, x86_64
    gb_second_arm: float = 0.0000133334  # Lambda, arm64
    provisioned_gb_second: float = 0.0000041667  # Lambda, provisioned concurrency, for as long as it is provisioned
    snapshot_gb_second: float = 0.0000015046  # Lambda SnapStart, for as long as a version is kept
    restored_gb: float = 0.0001397998  # Lambda SnapStart, for each restore
    read_unit: float = 0.125 / MILLION  # DynamoDB, on demand
    log_gb: float = 0.50  # CloudWatch Logs, taken in


class Design(NamedTuple):
    """What a request costs a design, in seconds, bytes and read units."""

    memory_gb: float
    warm_seconds: float  # as billed: whole milliseconds
    cold_seconds: float
    cold_units: float
    warm_units: float
    reply_bytes: float
    log_bytes: float
    edge: bool


class Traffic(NamedTuple):
    """What is asked: how much of it the edge answers alone, how many invocations are cold, how big the edition is."""

    hits: float
    cold: float
    edition_kb: float = 66
    per_second: float = 10  # requests, for how often a warm instance looks at the pointer
    refresh_seconds: float = 30


FULL_CPU_GB = 1.769  # at this much memory a function has one processor; below, its share
MEMORY_GB = 0.5


def billed(cpu_seconds: float, memory_gb: float, waiting: float = 0) -> float:
    """Give what Lambda bills for work: the CPU stretched by the share of a processor, and waiting, in whole ms."""
    return math.ceil((cpu_seconds * max(1, FULL_CPU_GB / memory_gb) + waiting) * 1000) / 1000


def ours(traffic: Traffic, memory_gb: float = MEMORY_GB) -> Design:
    """Give this design: 310 µs of CPU warm (270 to 310 were measured), 200 ms cold at full speed, two log lines."""
    return Design(
        memory_gb=memory_gb,
        warm_seconds=billed(0.000310, memory_gb),
        cold_seconds=0.200,
        cold_units=1 + math.ceil(traffic.edition_kb / 4),
        warm_units=1 / max(1, traffic.per_second * (1 - traffic.hits) * traffic.refresh_seconds),
        reply_bytes=1_900,
        log_bytes=660,
        edge=True,
    )


def naive() -> Design:
    """Give a tutorial's design: 2 ms of CPU and 5 ms of waiting at 128 MB, half a unit, 4 kB plain, text logs."""
    return Design(
        memory_gb=0.125,
        warm_seconds=billed(0.002, 0.125, waiting=0.005),
        cold_seconds=0.330,
        cold_units=0.5,
        warm_units=0.5,
        reply_bytes=4_400,
        log_bytes=400,
        edge=False,
    )


def bill(design: Design, traffic: Traffic, prices: Prices = Prices()) -> dict[str, float]:  # noqa: B008 - a constant
    """Give the dollars for a million requests, by service."""
    invoked = MILLION * (1 - traffic.hits if design.edge else 1)
    cold = invoked * traffic.cold
    seconds = invoked * design.warm_seconds + cold * design.cold_seconds
    sent = MILLION * design.reply_bytes / GB
    return {
        "CloudFront": (MILLION * prices.edge_request + sent * prices.edge_gb) if design.edge else 0,
        "API Gateway": invoked * prices.gateway_request + (0 if design.edge else sent * prices.gateway_gb),
        "Lambda": invoked * prices.invocation + seconds * design.memory_gb * prices.gb_second,
        "DynamoDB": (cold * design.cold_units + invoked * design.warm_units) * prices.read_unit,
        "Logs": invoked * design.log_bytes / GB * prices.log_gb,
    }


SCENARIOS = {
    "a query per request, no CDN": (naive(), Traffic(0, 0.01)),
    **{
        f"this design, {hits:.0%} at the edge": (ours(Traffic(hits, 0.01)), Traffic(hits, 0.01))
        for hits in (0, 0.5, 0.9, 0.99)
    },
    "the same at 90%, 10% of them cold": (ours(Traffic(0.9, 0.1)), Traffic(0.9, 0.1)),
    "the same at 90%, content ×100": (ours(Traffic(0.9, 0.01, 6_600)), Traffic(0.9, 0.01, 6_600)),
}


def compute(prices: Prices = Prices()) -> list[tuple[str, float, float]]:  # noqa: B008 - a constant
    """Give memory sizes with what a million warm invocations cost, and how long one takes in ms."""
    rows = []
    for memory in (0.125, 0.25, 0.5, 1.0, 1.769):
        seconds = billed(0.000310, memory)
        rows.append((f"{memory * 1024:.0f} MB", MILLION * seconds * memory * prices.gb_second, seconds * 1000))
    return rows


def standing(prices: Prices = Prices()) -> dict[str, float]:  # noqa: B008 - a constant
    """Give what ways against cold starts cost in a month, before any request."""
    month = 30 * 24 * 3600
    return {
        "none": 0,
        "SnapStart, one version kept": month * MEMORY_GB * prices.snapshot_gb_second,
        "one provisioned instance": month * MEMORY_GB * prices.provisioned_gb_second,
    }


def text() -> str:
    """Give the tables."""
    services = list(bill(*SCENARIOS["a query per request, no CDN"]))
    lines = [f"| | {' | '.join(services)} | sum |", "|---" * (len(services) + 2) + "|"]
    for name, scenario in SCENARIOS.items():
        costs = bill(*scenario)
        lines.append(
            f"| {name} | {' | '.join(f'{cost:.2f}' for cost in costs.values())} | **{sum(costs.values()):.2f}** |"
        )
    lines += ["", "| memory | a million warm invocations, $ | one takes, ms |", "|---|---|---|"]
    lines += [f"| {memory} | {cost:.3f} | {milliseconds:.0f} |" for memory, cost, milliseconds in compute()]
    lines += ["", "| against cold starts | $ a month, before any request |", "|---|---|"]
    lines += [f"| {name} | {cost:.2f} |" for name, cost in standing().items()]
    return "\n".join(lines)


def picture() -> str:
    """Give the picture: a bar for the sum of each scenario."""
    sums = {name: sum(bill(*scenario).values()) for name, scenario in SCENARIOS.items()}
    return bars({"Dollars for a million requests": sums}, own={name for name in sums if "CDN" not in name}, digits=2)


@click.command(help=__doc__)
def main() -> None:
    """Write the tables into `docs/costs.md`, and draw them."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text()}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
    click.echo(text())


if __name__ == "__main__":
    main()
