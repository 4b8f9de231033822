"""Measure the product side by side with what a user would pick instead, in one run: `make bench`.

Writes the results to `docs/performance.md`. `--check` counts only the instructions, and compares their ratios with
those of `bench/ratios.json`; `--accept` writes them there.
"""

import json
import os
import shutil
import sys
from collections import defaultdict

import click

from bench import report
from bench.events import event
from bench.measures import cold, invocation_instructions, request_instructions, warm
from bench.packages import LIMIT, PEERS, PRODUCT, TOY, Package, build_peer, build_product
from bench.table import NAME, documents_of_peers, dynamodb, multiply, write_edition
from editorial.loading import load
from operations.package import FAKE_AWS, ROOT

RATIOS = ROOT / "bench" / "ratios.json"
# How far a ratio of instructions may move from one machine to the next with the same Python and the same packages: the
# most seen is 0.4 % warm and 0.8 % cold, where the table's replies arrive in other portions.
TOLERANCE = 0.02
ITEM = event("cellulite")
LOGGING = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}  # as in the stack: logs each request


def instruction_ratios(packages: dict[str, Package]) -> dict[str, float]:
    """Return the ratios of instructions that `--check` guards."""
    product, toy = packages[PRODUCT], packages[TOY]
    function = product.start()
    etag = (function(ITEM) or {})["headers"]["ETag"]
    function.close()
    click.echo("instructions: warm, in process", err=True)
    toy_item = request_instructions(toy, ITEM)
    list_ = request_instructions(product, event())
    item = request_instructions(product, ITEM)
    not_found = request_instructions(product, event("celulite"))
    not_modified = request_instructions(product, event("cellulite", {"If-None-Match": etag}))
    logging = request_instructions(product._replace(environment=product.environment | LOGGING), ITEM)
    click.echo("instructions: through the runtime client", err=True)
    (start, invocation), (start_toy, _), (_, invocation_limit), (start_resource, _) = (
        invocation_instructions(packages[name], ITEM) for name in (PRODUCT, TOY, LIMIT, "resource")
    )
    ratios = {
        "warm list / toy": list_ / toy_item,
        "warm item / toy": item / toy_item,
        "warm item with its log line / toy": logging / toy_item,
        "404 / 200": not_found / item,
        "304 / 200": not_modified / item,
        "warm invocation / limit": invocation / invocation_limit,
        "cold / toy": start / start_toy,
        "cold / bare handler with boto3.resource": start / start_resource,
    }
    return {name: round(ratio, 3) for name, ratio in ratios.items()}


def measure(packages: list[Package], rounds: int, instructions: dict[str, float]) -> None:
    """Measure all packages, and write the results to the page."""
    starts, invocations = defaultdict(list), defaultdict(list)
    for turn in range(rounds):
        click.echo(f"cold: round {turn + 1} of {rounds}", err=True)
        for package in packages:
            starts[package.name].append(cold(package, ITEM))
    functions = {package.name: package.start() for package in packages}
    for _ in range(rounds):
        for name, function in functions.items():
            invocations[name].append(warm(function, ITEM))
    for function in functions.values():
        function.close()
    report.write(packages, starts, invocations, instructions)


@click.command(help=__doc__)
@click.option("--check", is_flag=True, help="Compare the ratios of instructions with the accepted ones.")
@click.option("--accept", is_flag=True, help="Accept the ratios of instructions as they are now.")
@click.option("--rounds", default=11, show_default=True, help="Rounds of times.")
def main(*, check: bool, accept: bool, rounds: int) -> None:
    """Measure."""
    if shutil.which("valgrind") is None:
        raise click.ClickException("valgrind is needed: apt-get install valgrind")
    os.environ |= FAKE_AWS  # this process, too, must reach nothing in AWS
    content = load(ROOT / "content")
    with dynamodb(content) as (client, proxy):
        variables = {
            "PATH": os.environ["PATH"],
            "CONTENT_TABLE": NAME,
            "CONTENT_REFRESH_SECONDS": "86400",
            "AWS_ENDPOINT_URL": proxy,
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
            "PYTHONHASHSEED": "0",
            **FAKE_AWS,
        }
        names = (LIMIT, TOY, "resource") if check or accept else [app.parent.name for app in PEERS.glob("*/app.py")]
        packages = {name: build_peer(name, documents_of_peers(content), variables) for name in names}
        packages[PRODUCT] = build_product(variables)
        ratios = instruction_ratios(packages)
        if not check and not accept:
            for times in (10, 100):
                name = f"{NAME}-{times}"
                write_edition(client, proxy, name, multiply(content, times))
                packages[name] = packages[PRODUCT]._replace(name=name, environment=variables | {"CONTENT_TABLE": name})
            measure(list(packages.values()), rounds, ratios)
            return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    by_version: dict[str, dict[str, float]] = json.loads(RATIOS.read_text(encoding="utf-8"))
    if accept:
        by_version[version] = ratios
        RATIOS.write_text(json.dumps(by_version, indent=2) + "\n", encoding="utf-8")
    if version not in by_version:
        raise click.ClickException(f"bench/ratios.json has ratios for {', '.join(by_version)}, not for {version}")
    accepted = by_version[version]
    worse = [name for name, ratio in ratios.items() if ratio > accepted[name] * (1 + TOLERANCE)]
    for name, ratio in ratios.items():
        click.echo(f"{name:45} {ratio:6.3f}  accepted {accepted[name]:.3f}{'  WORSE' if name in worse else ''}")
    if worse:
        raise click.ClickException("more instructions than accepted; if that is meant, run with --accept, and say why")


if __name__ == "__main__":
    main()
