"""A Lambda on this machine: the unpacked package under AWS's own runtime client, with a small Runtime API.

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
from pathlib import Path
from typing import IO, Any

from tests.support.loopback import LoopbackHandler, LoopbackServer

RUNTIME = "/2018-06-01/runtime"
TIMEOUT = 60  # seconds for one invocation, with the start of the process


@dataclass
class Invocation:
    """One event for the function, and its result."""

    event: dict[str, Any]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    failed: bool = False


class Function:
    """A packaged function that runs; call it with an event.

    `python` is the command of the Python that has the runtime client; the log goes to `output`.
    """

    def __init__(
        self,
        package: Path,
        environment: dict[str, str],
        python: Sequence[str | Path] = (sys.executable,),
        output: IO[str] | None = None,
    ) -> None:
        self._queue: queue.Queue[Invocation] = queue.Queue()
        self._running: dict[str, Invocation] = {}
        self._server = LoopbackServer(self._handler())
        self._initialised = threading.Event()
        self._process = subprocess.Popen(
            [*python, "-m", "awslambdaric", "app.app"],
            cwd=package,
            env={
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_RUNTIME_API": self._server.address.removeprefix("http://"),
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
        """The id of the process, to measure it."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until the function is initialised, which is when it asks for its first event."""
        if not self._initialised.wait(TIMEOUT):
            raise TimeoutError(f"the function did not ask for work; it ended with {self._process.poll()}")

    def __call__(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return the function's result for an event, or None if it fails."""
        invocation = self.invoke(event)
        return None if invocation.failed else dict(invocation.result)

    def invoke(self, event: dict[str, Any]) -> Invocation:
        """Send an event to the function, and wait for its result."""
        invocation = Invocation(event)
        self._queue.put(invocation)
        end = time.monotonic() + TIMEOUT
        while not invocation.done.wait(0.5):
            if self._process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"the function did not answer; it ended with {self._process.poll()}")
        return invocation

    def close(self) -> None:
        """Stop the process, as Lambda does, and the Runtime API."""
        self._process.terminate()
        self._process.wait()
        self._server.close()

    def _handler(self) -> type[LoopbackHandler]:
        function = self

        class RuntimeApi(LoopbackHandler):
            def do_GET(self) -> None:
                function._initialised.set()
                invocation = function._queue.get()
                function._running[invocation.request_id] = invocation
                self.respond(
                    200,
                    json.dumps(invocation.event).encode(),
                    {
                        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                        "Lambda-Runtime-Deadline-Ms": "9999999999999",
                        # Without these two, the compiled part of the client crashes.
                        "Content-Type": "application/json",
                        "Lambda-Runtime-Trace-Id": "Root=1-0-0",
                        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:it",
                    }.items(),
                )

            def do_POST(self) -> None:
                body = self.request_body()
                request_id, _, outcome = self.path.removeprefix(f"{RUNTIME}/invocation/").partition("/")
                invocation = function._running.pop(request_id, None)
                if invocation:
                    invocation.result, invocation.failed = json.loads(body), outcome != "response"
                    invocation.done.set()
                self.respond(202, b"")

        return RuntimeApi
