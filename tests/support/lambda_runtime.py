"""A Lambda on this machine: the unpacked package under AWS's own runtime client, fed by a small Runtime API.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

RUNTIME = "/2018-06-01/runtime"
PATIENCE = 60  # seconds for one invocation, the start of the process included


@dataclass
class Invocation:
    """One event on its way to the function, and what came back."""

    event: dict[str, Any]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    failed: bool = False


class RuntimeServer(ThreadingHTTPServer):
    """The Runtime API's server; a function that is ended while it waits for work is no error."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell what went wrong, unless the function just went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Function:
    """A packaged function, running; call it with an event.

    `python` is how to start the Python that has the runtime client, and `output` is where its log goes.
    """

    def __init__(
        self,
        package: Path,
        environment: dict[str, str],
        python: Sequence[str | Path] = (sys.executable,),
        output: IO[str] | None = None,
    ) -> None:
        self._waiting: queue.Queue[Invocation] = queue.Queue()
        self._running: dict[str, Invocation] = {}
        self._server = RuntimeServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._asked = threading.Event()
        self._process = subprocess.Popen(
            [*python, "-m", "awslambdaric", "app.app"],
            cwd=package,
            env={
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": "mesotherapy-evidence",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "LAMBDA_TASK_ROOT": str(package),
                "PYTHONPATH": str(package),
                "AWS_DEFAULT_REGION": "eu-central-1",
                "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "nothing",
                **environment,
            },
            stdout=output,
            stderr=output,
        )

    @property
    def pid(self) -> int:
        """The process, to be looked at."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until it is initialised."""
        if not self._asked.wait(PATIENCE):
            raise TimeoutError(f"the function did not ask for work; it ended with {self._process.poll()}")

    def __call__(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Give what the function returns for an event, or None where it fails."""
        invocation = self.invoke(event)
        return None if invocation.failed else dict(invocation.result)

    def invoke(self, event: dict[str, Any]) -> Invocation:
        """Give an event to the function, and wait for what becomes of it."""
        invocation = Invocation(event)
        self._waiting.put(invocation)
        end = time.monotonic() + PATIENCE
        while not invocation.done.wait(0.5):
            if self._process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"the function did not answer; it ended with {self._process.poll()}")
        return invocation

    def close(self) -> None:
        """End the process, as Lambda does, and the Runtime API."""
        self._process.terminate()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        function = self

        class RuntimeApi(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                function._asked.set()
                invocation = function._waiting.get()
                function._running[invocation.request_id] = invocation
                self._answer(
                    200,
                    json.dumps(invocation.event).encode(),
                    {
                        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                        "Lambda-Runtime-Deadline-Ms": "9999999999999",
                        # Without these two, the compiled part of the client crashes.
                        "Content-Type": "application/json",
                        "Lambda-Runtime-Trace-Id": "Root=1-0-0",
                        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:it",
                    },
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request_id, _, what = self.path.removeprefix(f"{RUNTIME}/invocation/").partition("/")
                invocation = function._running.pop(request_id, None)
                if invocation:
                    invocation.result, invocation.failed = json.loads(body), what != "response"
                    invocation.done.set()
                self._answer(202, b"", {})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return RuntimeApi
