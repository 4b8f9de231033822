"""The real `chalice local`, as a process of its own on a free port of this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from operations.package import ROOT
from operations.ports import free_port

CHALICE = Path(sys.executable).with_name("chalice")
TIMEOUT = 60  # seconds that a start may take on a busy machine


@contextmanager
def local_server(
    *arguments: str, log: IO[str] | None = None, project: Path = ROOT, **environment: str
) -> Iterator[str]:
    """Yield the address of a `chalice local` that answers; then kill it and the worker that it started.

    Raises:
        TimeoutError: It does not start, or ends.

    """
    port = free_port()
    process = subprocess.Popen(
        [CHALICE, "local", "--port", str(port), *arguments],
        cwd=project,
        env=os.environ | environment,
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + TIMEOUT
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"chalice local does not start; it ended with {process.poll()}")
            time.sleep(0.1)
        yield address
    finally:
        # The group, because Chalice's reloader leaves its worker on the port.
        with suppress(ProcessLookupError):  # it ended by itself, which the error above reports
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(address: str) -> bool:
    try:
        return bool(fetch_json(address, "/v1/health"))
    except OSError:
        return False


def fetch_json(address: str, path: str, method: str = "GET", accept: str = "*/*") -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a reply, whatever its status; raise `OSError` if the server does not answer."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    try:
        connection.request(method, path, headers={"Accept": accept})
        return json.load(connection.getresponse())
    finally:
        connection.close()
