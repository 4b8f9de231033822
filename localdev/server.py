"""The local HTTP server: Chalice's own, without its 40 ms delay, and with the errors that API Gateway would send."""

import os
import sys
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    ForbiddenError,
    LocalDevServer,
    LocalGateway,
    LocalGatewayException,
    ThreadedHTTPServer,
)

from chalicelib.web.problems import ProblemError, no_resource, not_a_request, respond

EXAMPLE_PATHS = ("/v1/article", "/v1/concerns", "/v1/risks?seriousness=rare-serious")  # every article has them


class Gateway(Protocol):
    """What the handler needs of a gateway."""

    def handle_request(self, method: str, path: str, headers: Any, body: bytes | None) -> Any: ...  # noqa: D102, ANN401 - Chalice's


class Handler(ChaliceRequestHandler):
    """Chalice's handler, but it sends a response in one packet, and its own errors are ours."""

    # Chalice sends headers and body in two small packets. Nagle's algorithm delays the second until the client has
    # acknowledged the first, which costs 40 ms per request on a kept-alive connection.
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, *request: Any, gateway: Gateway, **_: object) -> None:  # noqa: ANN401 - as http.server passes it
        self.local_gateway = gateway  # type: ignore[assignment]  # Chalice would make one for each connection
        BaseHTTPRequestHandler.__init__(self, *request)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send a problem for a malformed request. Pass a method unknown to http.server to the app, for a 405."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._generic_handle()
        else:
            self.close_connection = True
            self._send(not_a_request(HTTPStatus(code)))
            self.log_error("code %d, message %s %s", code, message, explain)
        self.wfile.flush()  # http.server flushes only after methods that it knows

    def _send_error_response(self, error: LocalGatewayException) -> None:
        if isinstance(error, ForbiddenError):
            self._send(no_resource())
        else:
            super()._send_error_response(error)

    def _send(self, problem: ProblemError) -> None:
        response = respond(problem).to_dict()
        self._send_http_response(response["statusCode"], response["headers"], response["body"])

    def _send_http_response(self, code: int, headers: dict[str, Any], body: bytes | str | None) -> None:
        if self.command == "HEAD" or code == HTTPStatus.NOT_MODIFIED:
            # No body follows, so `Content-Length: 0` would be wrong (RFC 9110, section 8.6).
            self.send_response(code)
            self._send_headers(headers)
        else:
            super()._send_http_response(code, headers, body)


class Server(ThreadedHTTPServer):
    """Chalice's threaded server, whose queue of pending connections is longer than the default of five."""

    request_queue_size = 128


class DevServer(LocalDevServer):
    """The server of `chalice local`, with our handler, and with the embedded DynamoDB if the stage asks for it."""

    def __init__(self, app_object: Chalice, config: Config, host: str, port: int) -> None:
        gateway: Gateway = LocalGateway(app_object, config)
        self.examples: tuple[str, ...] = EXAMPLE_PATHS
        if os.environ.get("EMBEDDED_DYNAMODB") == "true":
            from localdev.embedded import start  # noqa: PLC0415 - load moto only for the stages that use it

            content = start()
            if os.environ.get("SCENARIOS") == "true":
                from localdev.scenarios import PREFIX, Router  # noqa: PLC0415 - the same

                gateway = Router(app_object, config, content)
                self.examples = (PREFIX,)
        handler = partial(Handler, gateway=gateway)
        try:
            super().__init__(app_object, config, host, port, handler, Server)
        except OSError as error:
            exit_with(f"Port {port} of {host} cannot be used: {error.strerror}. Try another: make run PORT=8001")

    def serve_forever(self) -> None:
        """Print the address and some example requests, then serve."""
        host, port = self.server.server_address[:2]
        address = f"http://{host!s}:{port}"
        examples = [f"  curl '{address}{path}'" for path in self.examples]
        print("\n".join([f"Serving on {address}", "Try:", *examples]), flush=True)  # noqa: T201 - for the developer
        self.server.serve_forever()


def exit_with(message: str) -> None:
    """Print a message and end the process, also from the thread in which `--autoreload` runs the server."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
    if threading.current_thread() is threading.main_thread():
        sys.exit(1)
    os._exit(1)
