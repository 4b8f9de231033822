"""The table that is read by everything measured: in moto, behind a proxy that replays and counts requests."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import boto3
import msgspec
from moto.server import ThreadedMotoServer
from msgspec import structs

from chalicelib.content.editions import LanguageChecksum, Pointer
from chalicelib.content.items import change_log_item, language_partition
from chalicelib.content.model import Article, Benefit, Concern, Entity, Risk, Source, type_name
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.first_edition import publish_first_edition
from editorial.loading import LoadedContent
from editorial.writer import Writer
from tests.support.loopback import LoopbackHandler, LoopbackServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "content"


class Counting(LoopbackServer):
    """A proxy for a DynamoDB: counts requests by operation, and replays the reply to a request it has seen before.

    moto takes tens of milliseconds for what DynamoDB does in a few. Without the replay, the cold start of a package
    that reads more would show moto's time.
    """

    def __init__(self, upstream: str) -> None:
        self._replies: dict[tuple[str, bytes], tuple[int, str, bytes]] = {}
        self.requests: Counter[str] = Counter()
        self._upstream = upstream.removeprefix("http://")
        super().__init__(self._handler())

    def _handler(self) -> type[LoopbackHandler]:
        proxy = self

        class Handler(LoopbackHandler):
            def do_POST(self) -> None:  # noqa: N802 - http.server calls it by the method
                body = self.request_body()
                target = self.headers["X-Amz-Target"]
                if (target, body) not in proxy._replies:
                    with closing(HTTPConnection(proxy._upstream, timeout=60)) as connection:
                        connection.request("POST", "/", body, dict(self.headers.items()))
                        found = connection.getresponse()
                        proxy._replies[target, body] = found.status, found.headers["Content-Type"], found.read()
                status, content_type, reply = proxy._replies[target, body]
                proxy.requests[target.rpartition(".")[2]] += 1
                self.respond(status, reply, [("Content-Type", content_type)])

        return Handler


@contextmanager
def dynamodb(content: LoadedContent) -> Iterator[tuple["DynamoDBClient", str]]:
    """Yield the client of a DynamoDB with the content published, and the address of the proxy before it.

    The peers read the same entities from the same table, as ready strings.
    """
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it logs each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client("dynamodb", endpoint_url=address)
    publish_first_edition(client, NAME, content)
    for name, document in documents_of_peers(content).items():
        item = {"pk": {"S": "content"}, "sk": {"S": name}, "document": {"S": document}}
        client.put_item(TableName=NAME, Item=item)
    with closing(Counting(address)) as proxy:
        yield client, proxy.address
    server.stop()


def documents_of_peers(content: LoadedContent) -> dict[str, str]:
    """Return what a peer serves: each entity as JSON, by list and id."""
    return {
        f"{type_name(type(entity))}s/{entity.id}": msgspec.json.encode(entity).decode()
        for entity in content.languages["en"]
        if not isinstance(entity, Article)
    }


def multiply(content: LoadedContent, times: int) -> tuple[Entity, ...]:
    """Return the English content with lists so many times as long; the copies cite the original sources."""
    english = content.languages["en"]
    growing = [entity for entity in english if isinstance(entity, Benefit | Concern | Risk | Source)]
    copies = (structs.replace(entity, id=f"{entity.id}-{number}") for number in range(1, times) for entity in growing)
    return (*english, *copies)


def write_edition(client: "DynamoDBClient", proxy: str, name: str, entities: tuple[Entity, ...]) -> None:
    """Write an edition of any size into a new table, and let the proxy see how it is read.

    The publisher is not used: it reads everything back, and refuses an edition whose replies are too long for Lambda.
    """
    writer, made, (log_digest, log) = Writer(client, name), draft({"en": entities}), change_log_item(())
    checksum = LanguageChecksum(count=len(entities), digest=made.digests["en"], changes=log_digest)
    pointer = Table(client, NAME).pointer()
    manifest = structs.replace(pointer.manifest, edition=made.edition, languages={"en": checksum})
    writer.create()
    writer.put_items(language_partition(made.edition, "en"), [*made.items["en"], log], lambda _: None)
    writer.move_pointer(Pointer(manifest=manifest, move=structs.replace(pointer.move, edition=made.edition)), "")
    Table(boto3.client("dynamodb", endpoint_url=proxy), name).edition_content(manifest, "en")
