"""HTTP servers on a free port of 127.0.0.1, for what stands in for AWS."""

import sys
import threading
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LoopbackServer(ThreadingHTTPServer):
    """A server that runs in threads of its own, from its creation until `close`."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the traceback, unless the client closed the connection: it may be a process that was ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class LoopbackHandler(BaseHTTPRequestHandler):
    """Keeps connections open, sends each response in one packet, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def request_body(self) -> bytes:
        """Return the body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def respond(self, status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a response; to `HEAD` or with 304, without its body."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or status == HTTPStatus.NOT_MODIFIED
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if bodiless else body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
