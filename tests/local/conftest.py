"""Starting the project's own programs, as a developer does, on free ports of this machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from operations.ports import free_port
from tests.conftest import ROOT

CHALICE = Path(sys.executable).with_name("chalice")
START = 60  # seconds that a start may take on a busy machine

Start = Callable[..., "contextmanager[str]"]


@contextmanager
def local_server(*arguments: str, log: IO[str], **environment: str) -> Iterator[str]:
    """Run `chalice local` and give its address once it answers; end it, and the worker it started, by process group."""
    port = free_port()
    process = subprocess.Popen(
        [CHALICE, "local", "--port", str(port), *arguments],
        cwd=ROOT,
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
