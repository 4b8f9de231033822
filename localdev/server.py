"""The local HTTP server: Chalice's own, without its waits, and with API Gateway's behaviour where that differs."""

import os
import sys
import threading
from http import HTTPStatus
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    ForbiddenError,
    LocalDevServer,
    LocalGatewayException,
    ThreadedHTTPServer,
)

from chalicelib.web.problems import ProblemError, no_resource, not_a_request, respond

TRY = ("/v1/concerns", "/v1/risks?seriousness=rare-serious", "/v1/decision-factors/consult-dermatologist")


class Handler(ChaliceRequestHandler):
    """Chalice's handler, which sends a reply in one piece, and answers by itself as the gateway is told to."""

    # Headers and body in two small packets, the second held back by Nagle's algorithm until the first is acknowledged,
    # make 40 ms for each request on a kept-alive connection.
    disable_nagle_algorithm = True
    wbufsize = -1

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request to the app; a method that http.server does not know, the app does not either."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._generic_handle()
        else:
            self.close_connection = True
            self._send(not_a_request(HTTPStatus(code)))
            self.log_error("code %d, message %s %s", code, message, explain)
        self.wfile.flush()  # http.server does so only after a method that it knows

    def _send_error_response(self, error: LocalGatewayException) -> None:
        if isinstance(error, ForbiddenError):
            self._send(no_resource())
        else:
            super()._send_error_response(error)

    def _send(self, problem: ProblemError) -> None:
        answer = respond(problem).to_dict()
        self._send_http_response(answer["statusCode"], answer["headers"], answer["body"])

    def _send_http_response(self, code: int, headers: dict[str, Any], body: bytes | str | None) -> None:
        if self.command == "HEAD" or code == HTTPStatus.NOT_MODIFIED:
            # Neither has a body, and a length of 0 would be that of another reply (RFC 9110, section 8.6).
            self.send_response(code)
            self._send_headers(headers)
        else:
            super()._send_http_response(code, headers, body)


class Server(ThreadedHTTPServer):
    """Chalice's threaded server, with room for more than five connections that wait to be accepted."""

    request_queue_size = 128


class DevServer(LocalDevServer):
    """What `chalice local` starts: with the embedded DynamoDB where the stage asks for it, and with these handlers."""

    def __init__(self, app_object: Chalice, config: Config, host: str, port: int) -> None:
        if os.environ.get("EMBEDDED_DYNAMODB") == "true":
            from localdev.embedded import start  # noqa: PLC0415 - moto is loaded only where it is wanted

            start()
        try:
            super().__init__(app_object, config, host, port, Handler, Server)
        except OSError as error:
            give_up(f"Port {port} of {host} cannot be used: {error.strerror}. Try another: make run PORT=8001")

    def serve_forever(self) -> None:
        """Say what can be asked for, and serve."""
        host, port = self.server.server_address[:2]
        address = f"http://{host!s}:{port}"
        print("\n".join([f"Serving on {address}", "Try:", *(f"  curl '{address}{path}'" for path in TRY)]), flush=True)  # noqa: T201 - for the developer
        self.server.serve_forever()


def give_up(message: str) -> None:
    """End the process with a message; in the reloading form, whose thread's end nobody notices, at once."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
    if threading.current_thread() is threading.main_thread():
        sys.exit(1)
    os._exit(1)
