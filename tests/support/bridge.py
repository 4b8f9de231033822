"""The app in this process on a loopback port, for clients that speak HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

from chalice.test import Client


@dataclass
class Bridge:
    """Passes requests to `client`; notes their paths, and what it sent as statuses and bodies."""

    client: Client
    address: str = ""
    before_each: Callable[[str], None] = lambda _: None
    """Called with the path of each request, before the app."""

    failing: dict[str, str] | None = None
    """While this is set, each reply is a 503 with these headers."""

    requests: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def bridge(client: Client) -> Iterator[Bridge]:
    """Serve the app until the block ends."""
    bridged = Bridge(client)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bridged.requests.append(self.path)
            bridged.before_each(self.path)
            if bridged.failing is None:
                reply = bridged.client.http.get(self.path, headers=dict(self.headers))
                status, headers, body = reply.status_code, reply.headers, reply.body
            else:
                status, headers, body = 503, bridged.failing, b""
            bridged.statuses.append(status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    bridged.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield bridged
    server.shutdown()
    server.server_close()
    thread.join()
