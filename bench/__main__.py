"""Measure the product side by side with what a user would pick instead, in one run: `make bench`.

Prints what it found, and writes it to `docs/performance.md` and `docs/performance.svg`. `--check` counts only the
instructions, and compares their ratios with those of `bench/ratios.json`; `--accept` writes them there.
"""

import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import brotli
import click
from rich.console import Console

from bench import instructions, packages, report, timing
from bench.events import event
from bench.packages import LIMIT, PRODUCT, TOY, Package
from bench.table import NAME, Counting, dynamodb, peers_documents, publish
from devserver.lambda_runtime import Function
from editorial.content import load

RATIOS = packages.ROOT / "bench" / "ratios.json"
# How far a ratio of instructions may move from one machine to the next with the same Python and the same packages: what
# was seen is 0.4 % warm and 0.8 % cold, where the server's answers are read in other portions.
TOLERANCE = 0.02
SIZES, LANGUAGES = (1, 10, 100, 1000), (1, 5, 10)
QUERY = "query"  # asks the table each time: is measured with fewer repetitions
ITEM = event("cellulite")
# The settings with which a function logs each request, as the packaged one does.
LOGGING = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}

console = Console(stderr=True)


class Bench(NamedTuple):
    """What everything is measured with."""

    python: Path
    environment: dict[str, str]
    packages: dict[str, Package]
    events: dict[str, dict[str, Any]]


def prepared(address: str, names: list[str]) -> Bench:
    """Give the packages, made and put beside the table at an address."""
    documents = peers_documents(load(packages.ROOT / "content"))
    environment = {
        "PATH": os.environ["PATH"],
        "CONTENT_TABLE": NAME,
        "CONTENT_REFRESH_SECONDS": "86400",
        "AWS_ENDPOINT_URL": address,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system cannot be written either
        "PYTHONHASHSEED": "0",
        **packages.NOBODY,
    }
    made = {name: packages.packaged(name, documents) for name in names}
    made[PRODUCT] = packages.product()
    python = packages.image()
    worker = timing.Worker(made[PRODUCT], python, environment)
    tag = worker.handle(ITEM, 1)["reply"]["headers"]["ETag"]
    worker.close()
    events = {
        "list": event(),
        "item": ITEM,
        "404": event("celulite"),
        "304": event("cellulite", {"If-None-Match": tag}),
    }
    return Bench(python, environment, made, events)


def warm(bench: Bench) -> dict[str, dict[str, list[float]]]:
    """Give the CPU of a warm request in µs, in process, by package and event, in each round; ours also with its log."""
    workers = {
        name: timing.Worker(package, bench.python, bench.environment) for name, package in bench.packages.items()
    }
    workers[f"{PRODUCT}, logging"] = timing.Worker(bench.packages[PRODUCT], bench.python, bench.environment | LOGGING)
    results: dict[str, dict[str, list[float]]] = {name: {} for name in workers}
    for kind, its in bench.events.items():
        times = {name: 20 if name == QUERY else 1000 for name in workers}

        def took(name: str, its: dict[str, Any] = its, times: dict[str, int] = times) -> float:
            return float(workers[name].handle(its, times[name])["took"]) / times[name] / 1000

        found = timing.rounds(9, {name: partial(took, name) for name in workers}, console.log)
        for name, microseconds in found.items():
            results[name][kind] = microseconds
    for worker in workers.values():
        worker.close()
    return results


def invoked(bench: Bench) -> dict[str, list[float]]:
    """Give the CPU of a warm invocation through Lambda's runtime client in µs, by package, in each round."""
    functions = {
        name: Function(package.folder, bench.environment, [bench.python]) for name, package in bench.packages.items()
    }
    for function in functions.values():
        function(ITEM)
    results = timing.rounds(
        9,
        {name: partial(timing.cpu_through_the_runtime, function, ITEM, 200) for name, function in functions.items()},
        console.log,
    )
    for function in functions.values():
        function.close()
    return results


def started(bench: Bench, rounds: int) -> dict[str, list[timing.Cold]]:
    """Give what a cold start costs, by package, and for the peers also with their modules compiled."""
    compiled = [packages.compiled(package) for name, package in bench.packages.items() if name != PRODUCT]
    return timing.rounds(
        rounds,
        {
            package.name: partial(timing.cold, package, bench.python, bench.environment, ITEM)
            for package in (*bench.packages.values(), *compiled)
        },
        console.log,
    )


def asked(bench: Bench) -> dict[str, dict[str, float]]:
    """Give what is asked of the table: requests and read units of a cold instance, and per 1,000 warm requests."""
    front = Counting(bench.environment["AWS_ENDPOINT_URL"])
    environment = bench.environment | {"AWS_ENDPOINT_URL": front.address}
    results = {}
    for name, package in bench.packages.items():
        console.log(f"counting requests: {name}")
        front.clear()
        function = Function(package.folder, environment, [bench.python])
        function(ITEM)
        cold = (front.requests.total(), front.units.total() / 2)
        front.clear()
        times = 50 if name == QUERY else 1000
        for _ in range(times):
            function(ITEM)
        scale = 1000 / times
        results[name] = {
            "requests cold": cold[0],
            "units cold": cold[1],
            "requests warm": front.requests.total() * scale,
            "units warm": front.units.total() / 2 * scale,
        }
        function.close()
    front.close()
    return results


def sent(bench: Bench) -> dict[str, dict[str, int]]:
    """Give the bytes of the product's replies: plain, and as gzip and Brotli make them at their usual levels."""
    worker = timing.Worker(bench.packages[PRODUCT], bench.python, bench.environment)
    bodies = {name: worker.handle(its, 1)["reply"]["body"].encode() for name, its in bench.events.items()}
    bundle = event()
    bundle["path"] = bundle["resource"] = bundle["requestContext"]["resourcePath"] = "/v1/bundle"
    bodies["bundle"] = worker.handle(bundle, 1)["reply"]["body"].encode()
    worker.close()
    return {
        name: {
            "plain": len(body),
            "gzip": len(gzip.compress(body, 6)) if body else 0,
            "Brotli": len(brotli.compress(body, quality=5)) if body else 0,
        }
        for name, body in bodies.items()
    }


def grown() -> list[dict[str, Any]]:
    """Give what an edition costs by its size and its languages, each in a process of its own."""
    rows = []
    for times, languages in [*((size, 1) for size in SIZES), *((1, number) for number in LANGUAGES[1:])]:
        console.log(f"growth: {times} times the content in {languages} languages")
        runs = []
        for _ in range(3):
            command = [sys.executable, "-m", "bench.growth", str(times), str(languages)]
            run = subprocess.run(command, cwd=packages.ROOT, check=True, capture_output=True, text=True)
            runs.append(json.loads(run.stdout))
        best = min(runs, key=lambda one: float(one["loaded"]))
        best["warm"] = {name: min(one["warm"][name] for one in runs) for name in best["warm"]}
        rows.append({"times": times, "languages": languages, **best})
    return rows


def counted(bench: Bench) -> dict[str, float]:
    """Give the ratios of instructions that are guarded."""
    product, toy, limit = (bench.packages[name] for name in (PRODUCT, TOY, LIMIT))
    single = partial(instructions.in_process, python=bench.python, environment=bench.environment)
    console.log("instructions: warm, in process")
    reference = single(toy, event=bench.events["item"])
    ours = {name: single(product, event=its) for name, its in bench.events.items()}
    logging = instructions.in_process(product, bench.python, bench.environment | LOGGING, bench.events["item"])
    console.log("instructions: through the runtime client")
    through = partial(instructions.through_the_runtime, python=bench.python, environment=bench.environment, event=ITEM)
    (cold, warm), (cold_toy, _), (_, warm_limit) = through(product), through(toy), through(limit)
    cold_resource, _ = through(bench.packages["resource"])
    return {
        "warm list / toy": ours["list"] / reference,
        "warm item / toy": ours["item"] / reference,
        "warm item with its log line / toy": logging / reference,
        "404 / 200": ours["404"] / ours["item"],
        "304 / 200": ours["304"] / ours["item"],
        "warm invocation / limit": warm / warm_limit,
        "cold / toy": cold / cold_toy,
        "cold / bare handler with boto3.resource": cold / cold_resource,
    }


def needed() -> None:
    """Refuse to begin without valgrind."""
    if shutil.which("valgrind") is None:
        raise click.ClickException("valgrind is needed: apt-get install valgrind")


@click.command(help=__doc__)
@click.option("--check", is_flag=True, help="Compare the ratios of instructions with the accepted ones.")
@click.option("--accept", is_flag=True, help="Take over the ratios of instructions as they are now.")
@click.option("--rounds", default=11, show_default=True, help="Rounds of cold starts.")
def main(*, check: bool, accept: bool, rounds: int) -> None:
    """Measure."""
    needed()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with dynamodb() as behind, closing(Counting(behind, replay=True)) as front:
        publish(behind, load(packages.ROOT / "content"))
        address = front.address
        if check or accept:
            bench = prepared(address, [LIMIT, TOY, "resource"])
            found = {name: round(ratio, 3) for name, ratio in counted(bench).items()}
            known: dict[str, dict[str, float]] = json.loads(RATIOS.read_text(encoding="utf-8"))
            if accept:
                RATIOS.write_text(json.dumps(known | {version: found}, indent=2) + "\n", encoding="utf-8")
            compare(found, known.get(version, {}) if check else found)
            return
        bench = prepared(address, packages.peers())
        results: dict[str, Any] = {
            "machine": f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}",
            "warm": warm(bench),
            "invoked": invoked(bench),
            "cold": {name: [one._asdict() for one in its] for name, its in started(bench, rounds).items()},
            "zip": {name: package.zipped for name, package in bench.packages.items()},
            "asked": asked(bench),
            "sent": sent(bench),
            "grown": grown(),
            "instructions": counted(bench),
        }
    (packages.BUILD / "results.json").write_text(json.dumps(results, indent=2), encoding="utf-8")
    report.write(results)
    click.echo(report.text(results))


def compare(found: dict[str, float], accepted: dict[str, float]) -> None:
    """Tell each ratio beside the accepted one; end with an error where one is worse than the tolerance allows."""
    if not accepted:
        raise click.ClickException(f"bench/ratios.json knows no ratios for this Python: run it with {sys.version}")
    worse = [name for name, ratio in found.items() if ratio > accepted[name] * (1 + TOLERANCE)]
    for name, ratio in found.items():
        click.echo(f"{name:45} {ratio:6.3f}  accepted {accepted[name]:.3f}{'  WORSE' if name in worse else ''}")
    if worse:
        raise click.ClickException("more instructions than accepted; if that is meant, run with --accept, and say why")


if __name__ == "__main__":
    main()
