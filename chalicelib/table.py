"""Where things live in the table, and reading them; the only module here that knows DynamoDB.

| pk                           | sk                       | document                                              |
|------------------------------|--------------------------|-------------------------------------------------------|
| CURRENT                      | CURRENT                  | `Pointer`: the current edition and the last move      |
| HISTORY                      | <time>#<edition>         | `Move`: one line each time the pointer moved          |
| EDITION#<edition>            | MANIFEST                 | `Manifest`: what the edition consists of              |
| EDITION#<edition>#<language> | <KIND>#<position>#<id>   | one entity                                            |
| EDITION#<edition>#<language> | CHANGES#<digest>         | the change log up to this edition                     |

Every item has one attribute besides its key, `document`: JSON text, which round-trips byte for byte. Nothing that a
reader was shown is ever changed but the pointer. An edition's log is named by its digest, because it is not part of
what names the edition: two attempts to publish the same content may differ in it, and must not write over each other.
All reads are strongly consistent, so that a reader never goes back to an older pointer.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, cast

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.session import Session

from chalicelib.article import Article, Change, ChangeKind, Entity, Record, kind_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CURRENT = ("CURRENT", "CURRENT")
HISTORY = "HISTORY"
MANIFEST = "MANIFEST"
CHANGES = "CHANGES"

# Of botocore's descriptions of all of AWS, what `GetItem` and `Query` need: `make package` puts it beside `app.py`.
DATA = Path(__file__).parents[1] / "botocore-data"

# A reader waits for the table inside somebody's request: better the edition in memory soon than the newest late.
QUICK = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})

Document = TypeVar("Document")


class TableError(Exception):
    """The table could not be read; the message is for logs and editors, never for the API's users."""


class NotConfiguredError(TableError):
    """Nothing names the table, or the AWS configuration cannot make a client."""


class UnreachableError(TableError):
    """DynamoDB did not answer, or refused."""


class NothingPublishedError(TableError):
    """The table is there, and no edition is current, or the one that was asked for is not in it."""


class DamagedError(TableError):
    """An edition is not what its name says: an item is missing, surplus or altered, or its manifest is."""


class Checksum(Record, frozen=True, kw_only=True):
    """What a reader checks one language of an edition against: SHA-256 digests in hexadecimal."""

    count: int
    digest: str
    changes: str


class Manifest(Record, frozen=True, kw_only=True):
    """What an edition consists of, and how it came about."""

    edition: str
    predecessor: str | None = None
    kind: ChangeKind
    note: str
    published_at: datetime
    published_by: str
    languages: dict[str, Checksum]
    # Set when the edition's items were deleted; the line that says so stays.
    pruned_at: datetime | None = None

    @property
    def content_name(self) -> str:
        """The name of the content that these digests belong to; any other than `edition` is damage."""
        return edition_name({language: checksum.digest for language, checksum in self.languages.items()})


class Move(Record, frozen=True, kw_only=True):
    """One move of the pointer: a line of the history."""

    edition: str
    previous: str | None = None
    action: Literal["publish", "roll-back", "repair"]
    at: datetime
    by: str
    note: str


class Pointer(Record, frozen=True, kw_only=True):
    """Which edition is current: its manifest, and the move that made it so."""

    manifest: Manifest
    move: Move


class Item(NamedTuple):
    """One item of an edition: its sort key and its document as JSON text."""

    key: str
    document: str


class Contents(NamedTuple):
    """One language of an edition, read and found whole."""

    entities: tuple[Entity, ...]
    changes: tuple[Change, ...]


def edition_key(edition: str) -> str:
    """Give the partition key of an edition's manifest."""
    return f"EDITION#{edition}"


def language_key(edition: str, language: str) -> str:
    """Give the partition key of an edition's items in one language."""
    return f"EDITION#{edition}#{language}"


def history_key(move: Move) -> str:
    """Give the sort key of a history line; times sort as text because they have one width."""
    return f"{move.at:%Y-%m-%dT%H:%M:%S.%fZ}#{move.edition}"


def entity_item(position: int, entity: Entity) -> Item:
    """Give the item that holds an entity at a position of its kind."""
    name = entity.language if isinstance(entity, Article) else entity.id
    return Item(f"{kind_of(type(entity)).upper()}#{position:06d}#{name}", msgspec.json.encode(entity).decode())


def changes_key(log_digest: str) -> str:
    """Give the sort key of the change log with that digest."""
    return f"{CHANGES}#{log_digest}"


def changes_item(changes: Iterable[Change]) -> Item:
    """Give the item that holds a change log; its digest is the last part of its key."""
    document = msgspec.json.encode(tuple(changes))
    return Item(changes_key(sha256(document).hexdigest()), document.decode())


def digest(items: Iterable[Item]) -> str:
    """Return the SHA-256 of items in the order of their keys, in hexadecimal.

    They are hashed as JSON arrays, so that no key or document can look like the end of one and the start of another.
    """
    total = sha256()
    for item in sorted(items):
        total.update(msgspec.json.encode(item))
    return total.hexdigest()


def edition_name(digests: Mapping[str, str]) -> str:
    """Return the name of the edition with these digests by language: 128 bits of SHA-256, in hexadecimal.

    The name covers every key and document of every entity, in every language. It does not cover the change log, the
    note, the kind, the dates and the author: of these, the log is checked against the manifest's digest, the others
    against nothing.
    """
    return sha256(msgspec.json.encode(sorted(digests.items()))).hexdigest()[:32]


POINTER = msgspec.json.Decoder(Pointer)
MANIFEST_DOCUMENT = msgspec.json.Decoder(Manifest)
MOVE = msgspec.json.Decoder(Move)
CHANGE_LOG: "msgspec.json.Decoder[tuple[Change, ...]]" = msgspec.json.Decoder(tuple[Change, ...])
ENTITY: "msgspec.json.Decoder[Entity]" = msgspec.json.Decoder(Entity)


class Table:
    """The content table, read-only."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def pointer(self) -> Pointer:
        """Give the pointer, with one `GetItem`; raise `NothingPublishedError` where there is none yet."""
        return pointer_in(self.pointer_document())

    def pointer_document(self) -> str:
        """Return the pointer as it is stored; raise `NothingPublishedError` where there is none yet."""
        return self._document(*CURRENT)

    def manifest(self, edition: str) -> Manifest:
        """Return an edition's manifest, with one `GetItem`.

        Raises:
            NothingPublishedError: There is none.
            DamagedError: It is another edition's, or its digests do not give the edition's name.

        """
        manifest = _decoded(self._document(edition_key(edition), MANIFEST), MANIFEST_DOCUMENT)
        if manifest.edition != edition:
            raise DamagedError(f"edition {edition} is damaged: its manifest names edition {manifest.edition}")
        return _checked(manifest)

    def history(self) -> list[Move]:
        """Give every move of the pointer whose line was written, oldest first."""
        return [_decoded(item.document, MOVE) for item in self.items(HISTORY)]

    def contents(self, manifest: Manifest, language: str) -> Contents:
        """Return one language of an edition, with one paginated `Query`.

        This is the only way to an edition's texts, so nobody can read them without the check of its name.

        Raises:
            DamagedError: The items are not those that the manifest names, or its digests do not give its name.

        """
        edition, expected = _checked(manifest).edition, manifest.languages[language]
        items = list(self.items(language_key(edition, language)))
        entities = [item for item in items if not item.key.startswith(CHANGES)]
        changes = [item.document for item in items if item.key == changes_key(expected.changes)]
        found = Checksum(
            count=len(entities),
            digest=digest(entities),
            changes=sha256(changes[0].encode()).hexdigest() if changes else "",
        )
        if found != expected:
            differing = [name for name in found.__struct_fields__ if getattr(found, name) != getattr(expected, name)]
            raise DamagedError(
                f"edition {edition} is not whole in {language}: {' and '.join(differing)} of its items differ"
                f" from its manifest ({found.count} items found, {expected.count} expected)"
            )
        return Contents(
            entities=tuple(_decoded(item.document, ENTITY) for item in entities),
            changes=_decoded(changes[0], CHANGE_LOG),
        )

    def change_log(self, manifest: Manifest, language: str) -> tuple[Change, ...]:
        """Return an edition's change log by itself, with one `GetItem`; raise `DamagedError` if it was altered."""
        log_digest = manifest.languages[language].changes
        try:
            document = self._document(language_key(manifest.edition, language), changes_key(log_digest))
        except NothingPublishedError as error:
            raise DamagedError(f"edition {manifest.edition} has no change log in {language}") from error
        if sha256(document.encode()).hexdigest() != log_digest:
            raise DamagedError(f"the change log of edition {manifest.edition} in {language} was altered")
        return _decoded(document, CHANGE_LOG)

    def items(self, partition: str) -> Iterator[Item]:
        """Give every item of a partition in the order of its keys, page by page."""
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
                    yield Item(item["sk"]["S"], item.get("document", {}).get("S", ""))
        except (BotoCoreError, ClientError) as error:
            raise _unreachable(self._name, error) from error

    def _document(self, partition: str, key: str) -> str:
        try:
            reply = self._client.get_item(
                TableName=self._name, Key={"pk": {"S": partition}, "sk": {"S": key}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise _unreachable(self._name, error) from error
        if "Item" not in reply:
            raise NothingPublishedError(f"there is no {partition} in table {self._name}")
        return reply["Item"].get("document", {}).get("S", "")


def pointer_in(document: str) -> Pointer:
    """Return the pointer that a stored document holds; raise `DamagedError` if it holds none."""
    return _decoded(document, POINTER)


def _checked(manifest: Manifest) -> Manifest:
    if manifest.edition != manifest.content_name:
        raise DamagedError(f"edition {manifest.edition} is damaged: its digests give the name {manifest.content_name}")
    return manifest


def connect(environ: Mapping[str, str]) -> Table:
    """Give the table that `CONTENT_TABLE` names, by the standard AWS configuration; nothing is sent yet."""
    name = environ.get("CONTENT_TABLE", "")
    if not name:
        raise NotConfiguredError("CONTENT_TABLE is not set: it must name the DynamoDB table that holds the content")
    try:
        client = session().create_client("dynamodb", config=QUICK)
    except BotoCoreError as error:
        raise NotConfiguredError(f"no DynamoDB client can be made: {error}") from error
    return Table(cast("DynamoDBClient", client), name)


def session() -> Session:
    """Give botocore's session; in the package, without its descriptions of, and special cases for, other services.

    To read those takes two thirds as long again as all else that an instance does before it answers
    (docs/decisions/0003).
    """
    if not DATA.exists():
        return Session()
    slim = Session(include_builtin_handlers=False)
    slim.register_component("data_loader", Loader(extra_search_paths=[str(DATA)], include_default_search_paths=False))
    return slim


def _unreachable(name: str, error: Exception) -> UnreachableError:
    return UnreachableError(f"table {name} cannot be used: {error}")


def _decoded(document: str, decoder: "msgspec.json.Decoder[Document]") -> Document:
    try:
        return decoder.decode(document)
    except msgspec.MsgspecError as error:
        raise DamagedError(f"an item cannot be understood: {error}") from error
