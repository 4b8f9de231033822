"""The table that everything is measured against: moto as a server of its own, and a front that counts what is asked."""

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import msgspec

from chalicelib.article import Article, kind_of
from devserver.embedded import fill
from devserver.ports import free_port, listening
from editorial.content import Content

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "content"
REGION = "eu-central-1"


@contextmanager
def dynamodb() -> Iterator[str]:
    """Give the address of an empty DynamoDB, for as long as it is needed."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not listening(port):
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def peers_documents(content: Content) -> dict[str, str]:
    """Give what a peer serves: each entity as JSON, by list and id."""
    return {
        f"{kind_of(type(entity))}s/{entity.id}": msgspec.json.encode(entity).decode()
        for entity in content.languages["en"]
        if not isinstance(entity, Article)
    }


def publish(address: str, content: Content) -> None:
    """Publish the content as the product reads it, and beside it, in the same table, as the peers read it."""
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106 - moto takes anything
    )
    fill(client, NAME, content)
    for name, document in peers_documents(content).items():
        client.put_item(TableName=NAME, Item={"pk": {"S": "content"}, "sk": {"S": name}, "document": {"S": document}})


class Counting:
    """A front before a DynamoDB: counts requests by operation, and their bytes as read units.

    With `replay`, it answers a request that it has seen before at once with what it saw: moto takes tens of
    milliseconds for what DynamoDB does in a few, and who reads more would be measured by that.

    DynamoDB charges a read by what it reads, in units of 4 KB, and half of that unless it is strongly consistent
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). What the front sees
    is that in JSON, a little more.
    """

    def __init__(self, behind: str, *, replay: bool = False) -> None:
        self._seen: dict[tuple[str, bytes], tuple[int, str, bytes]] | None = {} if replay else None
        self.requests: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        self._behind = behind.removeprefix("http://")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def clear(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.units.clear()

    def _ask(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        with closing(HTTPConnection(self._behind, timeout=60)) as behind:
            behind.request("POST", "/", body, headers)
            reply = behind.getresponse()
            return reply.status, reply.headers["Content-Type"], reply.read()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Front(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                target = self.headers["X-Amz-Target"]
                reply = front._seen.get((target, sent)) if front._seen is not None else None
                if reply is None:
                    reply = front._ask(sent, dict(self.headers.items()))
                    if front._seen is not None:
                        front._seen[target, sent] = reply
                status, kind, body = reply
                operation = target.rpartition(".")[2]
                front.requests[operation] += 1
                consistent = json.loads(sent).get("ConsistentRead", False)
                front.units[operation] += -(-len(body) // 4096) * (2 if consistent else 1)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Front


def resident(pid: int) -> float:
    """Give the most memory that a process had so far, in MB (`VmHWM`, proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0
