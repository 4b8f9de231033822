"""Reading the content table. Only this module reads DynamoDB.

All reads are strongly consistent, so that an instance never goes back to an older pointer.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.session import Session

from chalicelib.content.editions import CONTENT_FORMAT, ChangeLogEntry, LanguageChecksum, Manifest, Pointer, PointerMove
from chalicelib.content.items import (
    CHANGE_LOG_PREFIX,
    HISTORY_PARTITION,
    MANIFEST_SORT_KEY,
    POINTER_KEY,
    TableItem,
    change_log_sort_key,
    digest,
    edition_partition,
    language_partition,
)
from chalicelib.content.model import Entity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The part of botocore's service descriptions that `GetItem` and `Query` need. `make package` puts it next to `app.py`.
BOTOCORE_DATA = Path(__file__).parents[2] / "botocore-data"

# Refreshes run inside a request: fail fast and serve what is loaded.
READ_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})

Document = TypeVar("Document")


class TableError(Exception):
    """The table could not be read. The message is for logs and editors, never for users of the API."""


class NotConfiguredError(TableError):
    """`CONTENT_TABLE` is not set, or no client can be made from the AWS configuration."""


class TableUnavailableError(TableError):
    """DynamoDB did not answer, or refused the request."""


class NotPublishedError(TableError):
    """The table exists, but has no current edition, or not the requested one."""


class CorruptEditionError(TableError):
    """An edition does not match its digests: an item is missing, surplus or altered, or the manifest is altered."""


class OutdatedEditionError(CorruptEditionError):
    """An edition is written in a format that this release does not read."""


class EditionContent(NamedTuple):
    """An edition's entities and change log in one language, checked against the manifest's digests."""

    entities: tuple[Entity, ...]
    changes: tuple[ChangeLogEntry, ...]


POINTER_DECODER = msgspec.json.Decoder(Pointer)
MANIFEST_DECODER = msgspec.json.Decoder(Manifest)
MOVE_DECODER = msgspec.json.Decoder(PointerMove)
CHANGE_LOG_DECODER: "msgspec.json.Decoder[tuple[ChangeLogEntry, ...]]" = msgspec.json.Decoder(
    tuple[ChangeLogEntry, ...]
)
ENTITY_DECODER: "msgspec.json.Decoder[Entity]" = msgspec.json.Decoder(Entity)


class Table:
    """The content table, read-only."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def pointer(self) -> Pointer:
        """Return the pointer, with one `GetItem`.

        Raises:
            NotPublishedError: Nothing was published yet.
            CorruptEditionError: The stored document is not a pointer.

        """
        return decode_pointer(self.pointer_document())

    def pointer_document(self) -> str:
        """Return the pointer's stored JSON text, undecoded.

        Raises:
            NotPublishedError: Nothing was published yet.

        """
        return self._document(*POINTER_KEY)

    def manifest(self, edition: str) -> Manifest:
        """Return an edition's manifest, with one `GetItem`.

        Raises:
            NotPublishedError: The table has no such edition.
            CorruptEditionError: It names another edition, or its digests do not match its name.

        """
        manifest = _decode(self._document(edition_partition(edition), MANIFEST_SORT_KEY), MANIFEST_DECODER)
        if manifest.edition != edition:
            raise CorruptEditionError(f"edition {edition} is damaged: its manifest names edition {manifest.edition}")
        return _check_name(manifest)

    def history(self) -> list[PointerMove]:
        """Return the moves of the pointer, oldest first. A publish that was interrupted may have left no entry."""
        return [_decode(item.document, MOVE_DECODER) for item in self.query(HISTORY_PARTITION)]

    def edition_content(self, manifest: Manifest, language: str) -> EditionContent:
        """Return one language of an edition, with one paginated `Query`.

        Entities are decoded nowhere else, so their digests are always checked.

        Raises:
            OutdatedEditionError: The edition is written in another format.
            CorruptEditionError: The items do not match the manifest's digests, or these do not match the name.

        """
        if manifest.format != CONTENT_FORMAT:
            raise OutdatedEditionError(
                f"edition {manifest.edition} has content format {manifest.format}, and this release reads"
                f" {CONTENT_FORMAT}: publish the content again"
            )
        edition, expected = _check_name(manifest).edition, manifest.languages[language]
        items = list(self.query(language_partition(edition, language)))
        entities = [item for item in items if not item.key.startswith(CHANGE_LOG_PREFIX)]
        changes = [item.document for item in items if item.key == change_log_sort_key(expected.changes)]
        actual = LanguageChecksum(
            count=len(entities),
            digest=digest(entities),
            changes=sha256(changes[0].encode()).hexdigest() if changes else "",
        )
        if actual != expected:
            differing = [name for name in actual.__struct_fields__ if getattr(actual, name) != getattr(expected, name)]
            raise CorruptEditionError(
                f"edition {edition} is not complete in {language}: {' and '.join(differing)} of its items differ"
                f" from its manifest ({actual.count} items found, {expected.count} expected)"
            )
        return EditionContent(
            entities=tuple(_decode(item.document, ENTITY_DECODER) for item in entities),
            changes=_decode(changes[0], CHANGE_LOG_DECODER),
        )

    def change_log(self, manifest: Manifest, language: str) -> tuple[ChangeLogEntry, ...]:
        """Return an edition's change log, with one `GetItem`.

        Raises:
            CorruptEditionError: The log is missing or altered.

        """
        log_digest = manifest.languages[language].changes
        try:
            document = self._document(language_partition(manifest.edition, language), change_log_sort_key(log_digest))
        except NotPublishedError as error:
            raise CorruptEditionError(f"edition {manifest.edition} has no change log in {language}") from error
        if sha256(document.encode()).hexdigest() != log_digest:
            raise CorruptEditionError(f"the change log of edition {manifest.edition} in {language} was altered")
        return _decode(document, CHANGE_LOG_DECODER)

    def query(self, partition: str) -> Iterator[TableItem]:
        """Yield the items of a partition in the order of their sort keys, with one paginated `Query`.

        Raises:
            TableUnavailableError: DynamoDB did not answer, or refused the request.

        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ProjectionExpression="sk, document",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        try:
            for page in pages:
                for item in page["Items"]:
                    yield TableItem(item["sk"]["S"], item.get("document", {}).get("S", ""))
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(self._name, error) from error

    def _document(self, partition: str, key: str) -> str:
        try:
            response = self._client.get_item(
                TableName=self._name, Key={"pk": {"S": partition}, "sk": {"S": key}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(self._name, error) from error
        if "Item" not in response:
            raise NotPublishedError(f"there is no {partition} in table {self._name}")
        return response["Item"].get("document", {}).get("S", "")


def decode_pointer(document: str) -> Pointer:
    """Return the pointer that a stored document describes.

    Raises:
        CorruptEditionError: It is not a pointer.

    """
    return _decode(document, POINTER_DECODER)


def _check_name(manifest: Manifest) -> Manifest:
    if manifest.edition != manifest.content_name:
        raise CorruptEditionError(
            f"edition {manifest.edition} is damaged: its digests give the name {manifest.content_name}"
        )
    return manifest


def connect(environ: Mapping[str, str]) -> Table:
    """Return the table that `CONTENT_TABLE` names, with a client from the standard AWS configuration. Send nothing yet.

    Raises:
        NotConfiguredError: `CONTENT_TABLE` is not set, or no client can be made.

    """
    name = environ.get("CONTENT_TABLE", "")
    if not name:
        raise NotConfiguredError("CONTENT_TABLE is not set: it must name the DynamoDB table that holds the content")
    try:
        client = botocore_session().create_client("dynamodb", config=READ_CONFIG)
    except BotoCoreError as error:
        raise NotConfiguredError(f"no DynamoDB client can be made: {error}") from error
    return Table(cast("DynamoDBClient", client), name)


def botocore_session() -> Session:
    """Return a botocore session; in the package, one with DynamoDB's description only and no built-in handlers.

    Together they save over a quarter of the instructions of a cold start (docs/decisions/0003).
    """
    if not BOTOCORE_DATA.exists():
        return Session()
    slim = Session(include_builtin_handlers=False)
    slim.register_component(
        "data_loader", Loader(extra_search_paths=[str(BOTOCORE_DATA)], include_default_search_paths=False)
    )
    return slim


def _unavailable(name: str, error: Exception) -> TableUnavailableError:
    return TableUnavailableError(f"table {name} cannot be used: {error}")


def _decode(document: str, decoder: "msgspec.json.Decoder[Document]") -> Document:
    try:
        return decoder.decode(document)
    except msgspec.MsgspecError as error:
        raise CorruptEditionError(f"an item cannot be understood: {error}") from error
