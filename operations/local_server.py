"""The real `chalice local`, as a process of its own on a free port of this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from operations.package import ROOT
from operations.ports import free_port, listening

CHALICE = Path(sys.executable).with_name("chalice")
TIMEOUT = 60  # seconds that a start may take on a busy machine


@contextmanager
def local_server(*arguments: str, log: IO[str] | None = None, **environment: str) -> Iterator[str]:
    """Yield the address of a `chalice local` that accepts requests; end it and its worker with the context.

    Raises:
        TimeoutError: It does not start.

    """
    port = free_port()
    process = subprocess.Popen(
        [CHALICE, "local", "--port", str(port), *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + TIMEOUT
        while not listening(port):
            if process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"chalice local does not start; it ended with {process.poll()}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        # The group, because Chalice's reloader leaves its worker on the port.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetch_json(address: str, path: str, method: str = "GET") -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a reply, whatever its status."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    try:
        connection.request(method, path)
        return json.load(connection.getresponse())
    finally:
        connection.close()
