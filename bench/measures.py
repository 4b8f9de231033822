"""What is measured of a package: times, memory, and instructions counted by valgrind.

Instructions repeat to a tenth of a percent from run to run. Times do not, so they are taken in rounds, in turn.
"""

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.packages import Package, image_python
from tests.support.lambda_runtime import Function

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def cold(package: Package, event: dict[str, Any]) -> tuple[float, float]:
    """Return the ms from the start of a process to its first answer, and its peak memory in MB."""
    start = time.perf_counter()
    function = package.start()
    try:
        reply = function(event)
        ms = 1000 * (time.perf_counter() - start)
        if reply is None or reply["statusCode"] != 200:  # noqa: PLR2004 - any other status is a failed measurement
            raise RuntimeError(f"{package.name} answered {reply}")
        # The peak of the resident memory, in kB (proc(5)).
        status = Path(f"/proc/{function.pid}/status").read_text(encoding="ascii")
        return ms, int(status.partition("VmHWM:")[2].split()[0]) / 1024
    finally:
        function.close()


def warm(function: Function, event: dict[str, Any], times: int = 200) -> float:
    """Return the CPU of a warm invocation in µs, Lambda's runtime client included."""

    def cpu() -> int:  # nanoseconds, of all threads
        tasks = Path(f"/proc/{function.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks)

    before = cpu()
    for _ in range(times):
        function(event)
    return (cpu() - before) / times / 1000


def request_instructions(package: Package, event: dict[str, Any]) -> float:
    """Return the instructions of one warm request, handed to the handler."""

    def run(valgrind: list[str], times: int) -> None:
        subprocess.run(
            [*valgrind, image_python(), Path(__file__).with_name("warm.py")],
            cwd=package.folder,
            env=package.environment,
            input=json.dumps({"event": event, "times": times}),
            text=True,
            check=True,
        )

    few, many = count(run, 20, 220)
    return (many - few) / 200


def invocation_instructions(package: Package, event: dict[str, Any]) -> tuple[float, float]:
    """Return the instructions of a process up to its first answer, and of one warm invocation."""

    def run(valgrind: list[str], times: int) -> None:
        function = package.start(valgrind)
        for _ in range(times):
            function(event)
        function.close()

    first, many = count(run, 1, 101)
    return first, (many - first) / 100


def count(run: Callable[[list[str], int], None], *times: int) -> list[int]:
    """Return the instructions of a program, for each number of repetitions."""

    def instructions(number: int) -> int:
        with tempfile.NamedTemporaryFile("r") as log:
            run([*VALGRIND, f"--log-file={log.name}"], number)
            return int(re.findall(r"I\s+refs:\s+([\d,]+)", log.read())[0].replace(",", ""))

    with ThreadPoolExecutor(2) as both:
        return list(both.map(instructions, times))
