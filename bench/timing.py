"""Measuring times and memory: always in rounds that take turns, because what else the machine does comes and goes."""

import json
import statistics
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from bench.packages import ROOT, Package
from bench.table import resident
from devserver.lambda_runtime import Function

Result = TypeVar("Result")


class Worker:
    """A package in a process of its own, whose handler is called directly (`bench/warm.py`)."""

    def __init__(self, package: Package, python: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [python, ROOT / "bench" / "warm.py"],
            cwd=package.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def handle(self, event: dict[str, Any], times: int) -> dict[str, Any]:
        """Give the nanoseconds of CPU that an event took so many times, and its reply."""
        if not self._process.stdin or not self._process.stdout:
            raise RuntimeError("the worker has no pipes")
        print(json.dumps({"event": event, "times": times}), file=self._process.stdin, flush=True)
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


class Cold(NamedTuple):
    """The start of a function: initialisation, first invocation and a warm one in ms, and the most memory in MB."""

    initialisation: float
    first: float
    warm: float
    memory: float


def cold(package: Package, python: Path, environment: dict[str, str], event: dict[str, Any]) -> Cold:
    """Start a function, and give how long it took until it had answered its first event."""
    function = Function(package.folder, environment, [python])
    try:
        function.wait()
        first = function.invoke(event)
        if first.result["statusCode"] != 200:  # noqa: PLR2004 - what else would be measured
            raise RuntimeError(f"{package.name} answered {first.result}")
        warm = [function.invoke(event) for _ in range(20)]
        return Cold(
            1000 * (function.initialised - function.started),
            1000 * (first.answered - first.taken),
            1000 * statistics.median(it.answered - it.taken for it in warm),
            resident(function.pid),
        )
    finally:
        function.close()


def cpu_through_the_runtime(function: Function, event: dict[str, Any], times: int) -> float:
    """Give the CPU of one invocation in µs, Lambda's runtime client included."""
    before = scheduled(function.pid)
    for _ in range(times):
        function.invoke(event)
    return (scheduled(function.pid) - before) / times / 1000


def scheduled(pid: int) -> int:
    """Give the nanoseconds that a process was on a CPU (`/proc/<pid>/task/<tid>/schedstat`)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks)


def rounds(
    number: int, measures: Mapping[str, Callable[[], Result]], tell: Callable[[str], None]
) -> dict[str, list[Result]]:
    """Give what each measure gave in each round; the measures take turns."""
    taken: dict[str, list[Result]] = {name: [] for name in measures}
    for turn in range(number):
        for name, measure in measures.items():
            tell(f"round {turn + 1} of {number}: {name}")
            taken[name].append(measure())
    return taken
