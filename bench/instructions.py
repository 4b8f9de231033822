"""Counting instructions with valgrind: the same from run to run to a tenth of a percent, where times are not."""

import json
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.packages import ROOT, Package
from devserver.lambda_runtime import Function

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
FEW, MANY = 20, 220


def counted(log: Path) -> int:
    """Give the instructions that a run of valgrind counted."""
    found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text(encoding="utf-8"))
    if not found:
        raise RuntimeError(f"valgrind counted nothing: {log.read_text(encoding='utf-8')}")
    return int(found[1].replace(",", ""))


def in_process(package: Package, python: Path, environment: dict[str, str], event: dict[str, Any]) -> float:
    """Give the instructions of one warm request, handed to the handler."""

    def count(times: int) -> int:
        with tempfile.NamedTemporaryFile() as log:
            subprocess.run(
                [*VALGRIND, f"--log-file={log.name}", python, ROOT / "bench" / "warm.py"],
                cwd=package.folder,
                env=environment,
                input=json.dumps({"event": event, "times": times}) + "\n",
                stdout=subprocess.DEVNULL,
                text=True,
                check=True,
            )
            return counted(Path(log.name))

    with ThreadPoolExecutor(2) as both:
        few, many = both.map(count, (FEW, MANY))
    return (many - few) / (MANY - FEW)


def through_the_runtime(
    package: Package, python: Path, environment: dict[str, str], event: dict[str, Any]
) -> tuple[float, float]:
    """Give the instructions of a process up to its first answer, and of one warm invocation."""

    def count(times: int) -> int:
        with tempfile.NamedTemporaryFile() as log:
            function = Function(package.folder, environment, [*VALGRIND, f"--log-file={log.name}", python])
            for _ in range(times):
                function(event)
            function.close()
            return counted(Path(log.name))

    with ThreadPoolExecutor(2) as both:
        first, many = both.map(count, (1, 101))
    return first, (many - first) / 100
