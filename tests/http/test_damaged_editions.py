"""What users get, and what editors can do, after someone altered the table without the publisher."""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.content.editions import (
    CONTENT_FORMAT,
    LanguageChecksum,
    Manifest,
    Pointer,
    PointerMove,
    edition_name,
)
from chalicelib.content.items import (
    MANIFEST_SORT_KEY,
    POINTER_KEY,
    TableItem,
    change_log_item,
    digest,
    edition_partition,
    entity_item,
    language_partition,
)
from chalicelib.content.model import Concern, Entity
from chalicelib.content.table import Table
from editorial.draft import draft
from editorial.loading import LoadedContent
from editorial.publishing import Author, Publisher, PublishResult, RejectedError, read_pointer, verify
from editorial.writer import Writer, text
from tests.conftest import NAME, PUBLISHED
from tests.http.test_replies import CORS, NOT_STORED, full_reply
from tests.http.test_without_a_table import UNAVAILABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CELLULITE = "/v1/concerns/cellulite"
PATHS = ("/v1", "/v1/article", "/v1/bundle", "/v1/editions", CELLULITE, "/embed/concern/cellulite", "/")
Put = Callable[[str, str, str], None]
Languages = dict[str, tuple[Entity, ...]]
Publish = Callable[[Languages], PublishResult]


@pytest.fixture(autouse=True)
def refresh_on_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the pointer for every request."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")


@pytest.fixture
def put(client: "DynamoDBClient") -> Put:
    """A function that writes a document directly to the table."""

    def put_document(partition: str, key: str, document: str) -> None:
        client.put_item(TableName=NAME, Item={"pk": {"S": partition}, "sk": {"S": key}, "document": {"S": document}})

    return put_document


@pytest.fixture
def cold_start(instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Client]:
    """A function that starts a new instance of the Lambda function."""

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
        assert full_reply(client.http.get(f"{path}{query}")) == (
            503,
            NOT_STORED | CORS | {"Retry-After": "1"},
            UNAVAILABLE,
        )


def alter(table: Table, put: Put, manifest: Manifest, name: str | None = None) -> Manifest:
    """Alter the text on cellulite of an edition, and the digest in its manifest to match."""
    partition = language_partition(manifest.edition, "en")
    items = list(table.query(partition))
    position = next(position for position, item in enumerate(items) if item.key.endswith("#cellulite"))
    items[position] = TableItem(
        items[position].key, items[position].document.replace("effective in some cases", "proven effective")
    )
    put(partition, *items[position])
    entities = [item for item in items if not item.key.startswith("CHANGES")]
    checksum = structs.replace(manifest.languages["en"], digest=digest(entities))
    altered_manifest = structs.replace(manifest, edition=name or manifest.edition, languages={"en": checksum})
    put(edition_partition(manifest.edition), MANIFEST_SORT_KEY, text(altered_manifest))
    return altered_manifest


@pytest.fixture
def alter_current(published: Table, put: Put) -> Callable[[], None]:
    """A function that alters an item, the manifest and the pointer of the current edition consistently."""

    def write() -> None:
        pointer = published.pointer()
        altered_manifest = alter(published, put, pointer.manifest)
        put(*POINTER_KEY, text(structs.replace(pointer, manifest=altered_manifest)))

    return write


@pytest.fixture
def publish(published: Table, writer: Writer) -> Publish:
    """A function that publishes content as an editor does."""

    def publish_languages(languages: Languages) -> PublishResult:
        publisher = Publisher(published, writer, Author("Again", "editor", PUBLISHED))
        return publisher.publish(draft(languages), "evidence", read_pointer(published))

    return publish_languages


def test_altered_text_is_never_served(
    api: Client,
    cold_start: Callable[[], Client],
    published: Table,
    alter_current: Callable[[], None],
    shipped: Callable[[], PublishResult],
) -> None:
    before = replies(api)
    edition = published.pointer().manifest.edition
    alter_current()
    assert_stale(api, before)
    assert_unavailable(cold_start())
    assert [name for name, problem in verify(published) if problem] == [edition]

    assert shipped().status == "repaired"
    assert dict(verify(published)) == {edition: None}
    for client in (api, cold_start()):
        assert replies(client) == before
        assert client.http.get("/v1/health").json_body["data"]["status"] == "ok"
    assert shipped().status == "unchanged"


@pytest.fixture
def shipped(publish: Publish, content: LoadedContent) -> Callable[[], PublishResult]:
    """A function that publishes the shipped content."""
    return lambda: publish(content.languages)


@pytest.fixture
def superseded_manifest(published: Table, publish: Publish, content: LoadedContent) -> Manifest:
    """The manifest of the shipped content, after another edition was published."""
    first = published.pointer().manifest
    renamed = (
        structs.replace(entity, name="Other") if isinstance(entity, Concern) else entity
        for entity in content.languages["en"]
    )
    publish({"en": tuple(renamed)})
    return first


@pytest.mark.parametrize("name", [None, "0123456789abcdef0123456789abcdef"])
def test_a_pin_serves_no_altered_text(
    api: Client, published: Table, superseded_manifest: Manifest, put: Put, name: str | None
) -> None:
    before = replies(api)
    alter(published, put, superseded_manifest, name)
    assert_unavailable(api, f"?edition={superseded_manifest.edition}")
    assert replies(api) == before
    assert api.http.get("/v1/health").json_body["data"]["status"] == "ok"


def test_a_short_name_is_a_clear_error(
    published: Table, put: Put, cold_start: Callable[[], Client], caplog: pytest.LogCaptureFixture
) -> None:
    pointer = published.pointer()
    short_name = pointer.manifest.edition[:16]
    put(*POINTER_KEY, text(structs.replace(pointer, manifest=structs.replace(pointer.manifest, edition=short_name))))
    assert cold_start().http.get("/v1").status_code == 503
    assert caplog.records[0].message == (
        "refreshing the content failed 1 times in a row:"
        f" edition {short_name} is damaged: its digests give the name {pointer.manifest.edition}"
    )


def write_edition(put: Put, languages: Languages, *, current_too: bool = True) -> str:
    """Write an intact edition, without checking that it can be rendered."""
    items = {language: [entity_item(0, entity) for entity in entities] for language, entities in languages.items()}
    digests = {language: digest(entity_items) for language, entity_items in items.items()}
    edition, (log_digest, log) = edition_name(digests), change_log_item(())
    for language, entity_items in items.items():
        for item in [*entity_items, log]:
            put(language_partition(edition, language), *item)
    manifest = Manifest(
        edition=edition,
        format=CONTENT_FORMAT,
        kind="wording",
        note="n",
        published_at=PUBLISHED,
        published_by="e",
        languages={
            language: LanguageChecksum(count=len(items[language]), digest=digests[language], changes=log_digest)
            for language in languages
        },
    )
    put(edition_partition(edition), MANIFEST_SORT_KEY, text(manifest))
    if current_too:
        move = PointerMove(edition=edition, action="publish", at=PUBLISHED, by="e", note="n")
        put(*POINTER_KEY, text(Pointer(manifest=manifest, move=move)))
    return edition


@pytest.fixture
def no_article(content: LoadedContent) -> Languages:
    return {"en": tuple(entity for entity in content.languages["en"] if isinstance(entity, Concern))}


@pytest.mark.parametrize("defect", ["no article", "no language"])
def test_an_unrenderable_edition_is_contained(  # noqa: PLR0913, PLR0917 - two instances, a defect and its log
    api: Client,
    cold_start: Callable[[], Client],
    no_article: Languages,
    put: Put,
    defect: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = replies(api)
    write_edition(put, no_article if defect == "no article" else {})
    assert_stale(api, before)
    with caplog.at_level(logging.ERROR):
        caplog.clear()
        client = cold_start()
    assert [(record.levelname, record.exc_info is not None) for record in caplog.records] == [("ERROR", True)]
    assert_unavailable(client)


def test_an_unrenderable_pin_is_a_503(api: Client, no_article: Languages, put: Put) -> None:
    before = replies(api)
    edition = write_edition(put, no_article, current_too=False)
    assert_unavailable(api, f"?edition={edition}")
    assert replies(api) == before
    assert api.http.get("/v1/health").json_body["data"]["status"] == "ok"


def test_unrenderable_content_is_rejected(
    published: Table, publish: Publish, content: LoadedContent, no_article: Languages
) -> None:
    before = published.pointer()
    languages = {**content.languages, "es": no_article["en"]}
    with pytest.raises(RejectedError) as rejected:
        publish(languages)
    edition = draft(languages).edition
    assert str(rejected.value) == (
        f"edition {edition} cannot be served:\n"
        f"the documents in es cannot be rendered: LookupError('edition {edition} has no article in es')"
    )
    assert published.pointer() == before


def test_an_error_names_the_failing_page(publish: Publish, content: LoadedContent) -> None:
    remaining = tuple(entity for entity in content.languages["en"] if not isinstance(entity, Concern))
    with pytest.raises(RejectedError) as rejected:
        publish({"en": remaining})
    edition = draft({"en": remaining}).edition
    assert str(rejected.value) == (
        f"edition {edition} cannot be served:\n"
        "/ in en cannot be rendered: UndefinedError('list object has no element 0')"
    )


def test_too_large_a_reply_is_rejected(publish: Publish, content: LoadedContent) -> None:
    english = content.languages["en"]
    concerns = [entity for entity in english if isinstance(entity, Concern)]
    long = [
        structs.replace(concern, id=f"{concern.id}-{number}", text="x" * 350_000)
        for concern in concerns
        for number in range(3)
    ]
    with pytest.raises(RejectedError, match=r"/v1/article as JSON-LD in en is too large: [\d,]+ bytes") as rejected:
        publish({"en": (*english, *long)})
    assert str(rejected.value).endswith("of which at most 4,000,000 can be sent")


def test_digests_delimit_their_parts() -> None:
    assert digest([TableItem("A", "{}"), TableItem("B", "{}")]) != digest([TableItem('A","{}"]["B', "{}")])
    assert digest([TableItem("A", "{}"), TableItem("B", "{}")]) != digest([TableItem("A\n{}\nB", "{}")])
    assert edition_name({"en": "1", "es": "2"}) != edition_name({"en:1\nes": "2"})
