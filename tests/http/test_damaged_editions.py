"""What users get, and what editors can do, when the content table was altered behind the publisher's back."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.article import Concern, Entity
from chalicelib.table import (
    CURRENT,
    MANIFEST,
    Item,
    Manifest,
    Table,
    digest,
    edition_key,
    edition_name,
    language_key,
)
from editorial.content import Content
from editorial.draft import draft
from editorial.publishing import Outcome, Publisher, Reason, current, verify
from editorial.writer import Writer, text
from tests.conftest import NAME, PUBLISHED
from tests.http.test_replies import CORS, NOT_STORED, whole
from tests.http.test_without_a_table import UNAVAILABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CELLULITE = "/v1/concerns/cellulite"
PATHS = ("/v1", "/v1/article", "/v1/bundle", "/v1/editions", CELLULITE, "/embed/concern/cellulite", "/")
Put = Callable[[str, str, str], None]
Languages = dict[str, tuple[Entity, ...]]
Publish = Callable[[Languages], Outcome]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the table with every request."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")


@pytest.fixture
def put(client: "DynamoDBClient") -> Put:
    """How somebody with access to the table writes one of its documents."""

    def put_document(partition: str, key: str, document: str) -> None:
        client.put_item(TableName=NAME, Item={"pk": {"S": partition}, "sk": {"S": key}, "document": {"S": document}})

    return put_document


@pytest.fixture
def cold(instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Client]:
    """How to start a new instance of the Lambda function."""

    def start() -> Client:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "mesotherapy-evidence")
        return Client(instance().app)

    return start


def replies(client: Client) -> dict[str, Any]:
    return {path: (reply := client.http.get(path), reply.status_code, reply.body)[1:] for path in PATHS}


def assert_stale(client: Client, before: dict[str, Any]) -> None:
    assert replies(client) == before
    health = client.http.get("/v1/health")
    assert (health.status_code, health.json_body["data"]["status"]) == (200, "stale")


def assert_unavailable(client: Client, query: str = "") -> None:
    for path in ("/v1", CELLULITE, *(() if query else ("/v1/health",))):
        assert whole(client.http.get(f"{path}{query}")) == (503, NOT_STORED | CORS | {"Retry-After": "1"}, UNAVAILABLE)


def altered(table: Table, put: Put, manifest: Manifest, name: str | None = None) -> Manifest:
    """Alter what an edition says of cellulite, and its digests with it: an item, and the manifest."""
    partition = language_key(manifest.edition, "en")
    items = list(table.items(partition))
    place = next(place for place, item in enumerate(items) if item.key.endswith("#cellulite"))
    items[place] = Item(items[place].key, items[place].document.replace("effective in some cases", "proven effective"))
    put(partition, *items[place])
    entities = [item for item in items if not item.key.startswith("CHANGES")]
    checksum = structs.replace(manifest.languages["en"], digest=digest(entities))
    false = structs.replace(manifest, edition=name or manifest.edition, languages={"en": checksum})
    put(edition_key(manifest.edition), MANIFEST, text(false))
    return false


@pytest.fixture
def three_writes(published: Table, put: Put) -> Callable[[], None]:
    """How to alter the current edition's item, manifest and pointer, so that all three fit together."""

    def write() -> None:
        pointer = published.pointer()
        false = altered(published, put, pointer.manifest)
        put(*CURRENT, text(structs.replace(pointer, manifest=false)))

    return write


@pytest.fixture
def publish(published: Table, writer: Writer) -> Publish:
    """How an editor publishes a content."""

    def publish_it(languages: Languages) -> Outcome:
        publisher = Publisher(published, writer, Reason("Again", "editor", PUBLISHED))
        return publisher.publish(draft(languages), "evidence", current(published))

    return publish_it


def test_nobody_is_shown_altered_text(
    api: Client,
    cold: Callable[[], Client],
    published: Table,
    three_writes: Callable[[], None],
    shipped: Callable[[], Outcome],
) -> None:
    before = replies(api)
    edition = published.pointer().manifest.edition
    three_writes()
    assert_stale(api, before)
    assert_unavailable(cold())
    assert [name for name, problem in verify(published) if problem] == [edition]

    assert shipped().done == "repaired"
    assert dict(verify(published)) == {edition: None}
    for client in (api, cold()):
        assert replies(client) == before
        assert client.http.get("/v1/health").json_body["data"]["status"] == "ok"
    assert shipped().done == "unchanged"


@pytest.fixture
def shipped(publish: Publish, content: Content) -> Callable[[], Outcome]:
    """How an editor publishes the content that is shipped."""
    return lambda: publish(content.languages)


@pytest.fixture
def superseded(published: Table, publish: Publish, content: Content) -> Manifest:
    """The edition with the shipped content, after another was published."""
    first = published.pointer().manifest
    renamed = (
        structs.replace(entity, name="Other") if isinstance(entity, Concern) else entity
        for entity in content.languages["en"]
    )
    publish({"en": tuple(renamed)})
    return first


@pytest.mark.parametrize("name", [None, "0123456789abcdef0123456789abcdef"])
def test_a_pin_shows_no_altered_text(
    api: Client, published: Table, superseded: Manifest, put: Put, name: str | None
) -> None:
    before = replies(api)
    altered(published, put, superseded, name)
    assert_unavailable(api, f"?edition={superseded.edition}")
    assert replies(api) == before
    assert api.http.get("/v1/health").json_body["data"]["status"] == "ok"


def test_a_short_name_is_refused_in_words(
    published: Table, put: Put, cold: Callable[[], Client], caplog: pytest.LogCaptureFixture
) -> None:
    pointer = published.pointer()
    short = pointer.manifest.edition[:16]
    put(*CURRENT, text(structs.replace(pointer, manifest=structs.replace(pointer.manifest, edition=short))))
    assert cold().http.get("/v1").status_code == 503
    assert caplog.records[0].message == (
        "looking at the table failed 1 times in a row:"
        f" edition {short} is damaged: its digests give the name {pointer.manifest.edition}"
    )


def test_keys_cannot_pass_for_documents() -> None:
    assert digest([Item("A", "{}"), Item("B", "{}")]) != digest([Item('A","{}"]["B', "{}")])
    assert digest([Item("A", "{}"), Item("B", "{}")]) != digest([Item("A\n{}\nB", "{}")])
    assert edition_name({"en": "1", "es": "2"}) != edition_name({"en:1\nes": "2"})
