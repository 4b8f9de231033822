"""A proxy that shows the API as it may be later: with codes, members, languages, links and ids that are new."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

LATER = "-of-tomorrow"
REVIEW = {"name": "A. Clinician", "qualification": "Dermatologist", "date": "2031-01-01"}


def grown(value: Any) -> Any:
    """Return JSON of the API with something new wherever its document allows that."""
    if isinstance(value, list):
        return [grown(one) for one in value]
    if not isinstance(value, dict):
        return value
    result = {name: later(name, one) for name, one in value.items()}
    return result | {"member_of_tomorrow": {"nested": [1, None]}}


def later(name: str, value: Any) -> Any:
    """Return a member of an object as it may be later."""
    match name:
        case "id" | "code":
            return value + LATER
        case "language":
            return "pt-BR"
        case "clinical_review":  # null today
            return grown(REVIEW)
        case "links":
            return value | {"relation-of-tomorrow": "/v1/tomorrow"}
        case "digests":  # an object by path, not by name
            return value
    return grown(value)


@contextmanager
def growing(address: str) -> Iterator[str]:
    """Yield the address of a proxy in front of a server."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            connection = HTTPConnection(urlsplit(address).netloc, timeout=20)
            connection.request("GET", self.path.replace(LATER, ""), headers=dict(self.headers))
            response = connection.getresponse()
            body = response.read()
            connection.close()
            if body:
                body = json.dumps(grown(json.loads(body))).encode()
            self.send_response(response.status)
            for name in ("Content-Type", "ETag"):
                if name in response.headers:
                    self.send_header(name, response.headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
