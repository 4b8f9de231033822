"""The project's own programs, started as a developer does, on free ports of this machine."""

import fcntl
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from operations.package import package
from operations.ports import free_port
from tests.conftest import ROOT

CHALICE = Path(sys.executable).with_name("chalice")
START = 60  # seconds that a start may take on a busy machine


def packaged(stage: str, factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a packaged stage, with the unpacked zip in `code`.

    Packaging takes seconds, so each stage is packaged once a run, for all workers of pytest-xdist. Do not write to it.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / f"package-{stage}"
    with (root / f"package-{stage}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "code").exists():
            zipfile.ZipFile(package(stage, folder)).extractall(folder / "code")
    return folder


@contextmanager
def local_server(*arguments: str, log: IO[str], project: Path = ROOT, **environment: str) -> Iterator[str]:
    """Run `chalice local` and yield its address once it answers; then kill it and the worker that it started."""
    port = free_port()
    process = subprocess.Popen(
        [CHALICE, "local", "--port", str(port), *arguments],
        cwd=project,
        env=os.environ | environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{address}/v1/health", timeout=5):  # noqa: S310 - an address of ours
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"no server at {address}")


class Running(NamedTuple):
    """A `chalice local` that runs, and the file that it prints to."""

    address: str
    log: Path


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One `chalice local` for all tests that only send it requests."""
    path = tmp_path_factory.mktemp("local") / "log"
    with path.open("w") as log, local_server("--no-autoreload", log=log) as address:
        yield Running(address, path)
