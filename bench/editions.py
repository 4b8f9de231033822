"""What an edition costs by its size: publishing it, and reading it cold. Prints the table of `docs/editing.md`.

Run against dynalite on loopback, which counts capacity units as DynamoDB does. The times are this machine's and
dynalite's, and only their proportions mean anything.
"""

import re
import subprocess
import time
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from chalicelib.article import Entity, Source
from chalicelib.edition import Reader
from chalicelib.representations import View, view_of
from chalicelib.table import Table
from devserver.ports import free_port
from editorial.content import load
from editorial.draft import draft
from editorial.publishing import Publisher, Reason, current
from editorial.writer import Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
DYNALITE = ROOT / ".venv" / "node" / "node_modules" / "dynalite" / "cli.js"
SIZES = (100, 1_000, 10_000)


def grown(entities: tuple[Entity, ...], size: int) -> tuple[Entity, ...]:
    """Give the content with its sources repeated under new ids until it has so many entities."""
    sources = [entity for entity in entities if isinstance(entity, Source)]
    more = (
        Source(**{name: getattr(source, name) for name in source.__struct_fields__} | {"id": f"{source.id}-{number}"})
        for number in range(size)
        for source in sources
    )
    return (*entities, *(next(more) for _ in range(size - len(entities))))


def measured(client: "DynamoDBClient", units: Counter[str], size: int) -> str:
    """Give one row: time and capacity to publish, time, capacity and memory to read."""
    name = f"content-{size}"
    table, writer = Table(client, name), Writer(client, name)
    writer.create()
    made = draft({"en": grown(load(ROOT / "content").languages["en"], size)})
    units.clear()
    start = time.perf_counter()
    Publisher(table, writer, Reason("note", "bench", datetime.now(UTC))).publish(made, "evidence", current(table))
    publish, written = time.perf_counter() - start, units["BatchWriteItem"] + units["PutItem"]
    read_back = units["Query"] + units["GetItem"]

    units.clear()
    start = time.perf_counter()
    Reader(lambda: table, view_of, 30).look()
    load_time, read = time.perf_counter() - start, units["Query"] + units["GetItem"]

    reader: Reader[View] = Reader(lambda: table, view_of, 30)
    tracemalloc.start()
    reader.look()
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    bytes_held = sum(len(document.body) for document in reader.view(reader.current(), "en").documents.values()) / 1e6
    return (
        f"| {size:,} | {publish:.2f} | {written:,.0f} | {read_back:,.0f} | {load_time:.2f} | {read:,.0f}"
        f" | {memory:.1f} | {bytes_held:.1f} |"
    )


def counted(client: "DynamoDBClient") -> Counter[str]:
    """Give the capacity units that a client's calls consume, counted as they are made."""
    units: Counter[str] = Counter()

    def ask(params: dict[str, Any], **_: object) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def add(parsed: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        consumed = parsed.get("ConsumedCapacity", [])
        for one in consumed if isinstance(consumed, list) else [consumed]:
            units[model.name] += one["CapacityUnits"]

    for operation in ("GetItem", "Query", "PutItem", "BatchWriteItem"):
        client.meta.events.register(f"provide-client-params.dynamodb.{operation}", ask)
        client.meta.events.register(f"after-call.dynamodb.{operation}", add)
    return units


def main() -> None:
    """Print a row for each size."""
    at_once = [option for name in ("create", "delete", "update") for option in (f"--{name}TableMs", "0")]
    command = ["node", str(DYNALITE), "--host", "127.0.0.1", "--port", str(free_port()), *at_once]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
            client = boto3.client(
                "dynamodb",
                endpoint_url=address.group() if address else None,
                region_name="eu-central-1",
                aws_access_key_id="nobody",
                aws_secret_access_key="nothing",  # noqa: S106 - dynalite takes anything
            )
            units = counted(client)
            for size in SIZES:
                print(measured(client, units, size), flush=True)  # noqa: T201 - it is what this program is for
        finally:
            process.kill()


if __name__ == "__main__":
    main()
