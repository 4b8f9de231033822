"""The project's own programs, started as a developer does, on free ports of this machine."""

import fcntl
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from operations.local_server import local_server
from operations.package import package


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
