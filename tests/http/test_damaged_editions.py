"""What users get, and what editors can do, when the content table was altered behind the publisher's back."""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from chalice.test import Client
from msgspec import structs

from chalicelib.content.editions import LanguageChecksum, Manifest, Pointer, PointerMove, edition_name
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
from tests.http.test_replies import CORS, NOT_STORED, whole
from tests.http.test_without_a_table import UNAVAILABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CELLULITE = "/v1/concerns/cellulite"
PATHS = ("/v1", "/v1/article", "/v1/bundle", "/v1/editions", CELLULITE, "/embed/concern/cellulite", "/")
Put = Callable[[str, str, str], None]
Languages = dict[str, tuple[Entity, ...]]
Publish = Callable[[Languages], PublishResult]


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
    partition = language_partition(manifest.edition, "en")
    items = list(table.query(partition))
    place = next(place for place, item in enumerate(items) if item.key.endswith("#cellulite"))
    items[place] = TableItem(
        items[place].key, items[place].document.replace("effective in some cases", "proven effective")
    )
    put(partition, *items[place])
    entities = [item for item in items if not item.key.startswith("CHANGES")]
    checksum = structs.replace(manifest.languages["en"], digest=digest(entities))
    false = structs.replace(manifest, edition=name or manifest.edition, languages={"en": checksum})
    put(edition_partition(manifest.edition), MANIFEST_SORT_KEY, text(false))
    return false


@pytest.fixture
def three_writes(published: Table, put: Put) -> Callable[[], None]:
    """How to alter the current edition's item, manifest and pointer, so that all three fit together."""

    def write() -> None:
        pointer = published.pointer()
        false = altered(published, put, pointer.manifest)
        put(*POINTER_KEY, text(structs.replace(pointer, manifest=false)))

    return write


@pytest.fixture
def publish(published: Table, writer: Writer) -> Publish:
    """How an editor publishes a content."""

    def publish_it(languages: Languages) -> PublishResult:
        publisher = Publisher(published, writer, Author("Again", "editor", PUBLISHED))
        return publisher.publish(draft(languages), "evidence", read_pointer(published))

    return publish_it


def test_nobody_is_shown_altered_text(
    api: Client,
    cold: Callable[[], Client],
    published: Table,
    three_writes: Callable[[], None],
    shipped: Callable[[], PublishResult],
) -> None:
    before = replies(api)
    edition = published.pointer().manifest.edition
    three_writes()
    assert_stale(api, before)
    assert_unavailable(cold())
    assert [name for name, problem in verify(published) if problem] == [edition]

    assert shipped().status == "repaired"
    assert dict(verify(published)) == {edition: None}
    for client in (api, cold()):
        assert replies(client) == before
        assert client.http.get("/v1/health").json_body["data"]["status"] == "ok"
    assert shipped().status == "unchanged"


@pytest.fixture
def shipped(publish: Publish, content: LoadedContent) -> Callable[[], PublishResult]:
    """How an editor publishes the content that is shipped."""
    return lambda: publish(content.languages)


@pytest.fixture
def superseded(published: Table, publish: Publish, content: LoadedContent) -> Manifest:
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
    put(*POINTER_KEY, text(structs.replace(pointer, manifest=structs.replace(pointer.manifest, edition=short))))
    assert cold().http.get("/v1").status_code == 503
    assert caplog.records[0].message == (
        "refreshing the content failed 1 times in a row:"
        f" edition {short} is damaged: its digests give the name {pointer.manifest.edition}"
    )


def write_whole(put: Put, languages: Languages, *, current_too: bool = True) -> str:
    """Write an edition that is whole, without asking whether it can be rendered."""
    items = {language: [entity_item(0, entity) for entity in entities] for language, entities in languages.items()}
    digests = {language: digest(of_language) for language, of_language in items.items()}
    edition, log = edition_name(digests), change_log_item(())
    for language, of_language in items.items():
        for item in [*of_language, log]:
            put(language_partition(edition, language), *item)
    manifest = Manifest(
        edition=edition,
        kind="wording",
        note="n",
        published_at=PUBLISHED,
        published_by="e",
        languages={
            language: LanguageChecksum(count=len(items[language]), digest=digests[language], changes=log.key[8:])
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


@pytest.mark.parametrize("kept", ["no article", "no language"])
def test_what_cannot_be_rendered_is_contained(  # noqa: PLR0913, PLR0917 - two instances, a fault and its log
    api: Client,
    cold: Callable[[], Client],
    no_article: Languages,
    put: Put,
    kept: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = replies(api)
    write_whole(put, no_article if kept == "no article" else {})
    assert_stale(api, before)
    with caplog.at_level(logging.ERROR):
        caplog.clear()
        client = cold()
    assert [(record.levelname, record.exc_info is not None) for record in caplog.records] == [("ERROR", True)]
    assert_unavailable(client)


def test_a_pin_that_cannot_be_rendered_is_503(api: Client, no_article: Languages, put: Put) -> None:
    before = replies(api)
    edition = write_whole(put, no_article, current_too=False)
    assert_unavailable(api, f"?edition={edition}")
    assert replies(api) == before
    assert api.http.get("/v1/health").json_body["data"]["status"] == "ok"


def test_what_cannot_be_rendered_is_unpublished(
    published: Table, publish: Publish, content: LoadedContent, no_article: Languages
) -> None:
    before = published.pointer()
    languages = {**content.languages, "es": no_article["en"]}
    with pytest.raises(RejectedError) as refused:
        publish(languages)
    edition = draft(languages).edition
    assert str(refused.value) == (
        f"edition {edition} cannot be served:\n"
        f"the documents in es cannot be rendered: LookupError('edition {edition} has no article in es')"
    )
    assert published.pointer() == before


def test_a_page_that_cannot_be_rendered_is_named(publish: Publish, content: LoadedContent) -> None:
    kept = tuple(entity for entity in content.languages["en"] if not isinstance(entity, Concern))
    with pytest.raises(RejectedError) as refused:
        publish({"en": kept})
    edition = draft({"en": kept}).edition
    assert str(refused.value) == (
        f"edition {edition} cannot be served:\n/ in en cannot be rendered: IndexError('list index out of range')"
    )


def test_a_reply_too_large_is_not_published(publish: Publish, content: LoadedContent) -> None:
    english = content.languages["en"]
    concerns = [entity for entity in english if isinstance(entity, Concern)]
    long = [structs.replace(it, id=f"{it.id}-{number}", text="x" * 350_000) for it in concerns for number in range(3)]
    with pytest.raises(RejectedError, match=r"/v1/article as JSON-LD in en is too large: [\d,]+ bytes") as refused:
        publish({"en": (*english, *long)})
    assert str(refused.value).endswith("of which at most 4,000,000 can be sent")


def test_keys_cannot_pass_for_documents() -> None:
    assert digest([TableItem("A", "{}"), TableItem("B", "{}")]) != digest([TableItem('A","{}"]["B', "{}")])
    assert digest([TableItem("A", "{}"), TableItem("B", "{}")]) != digest([TableItem("A\n{}\nB", "{}")])
    assert edition_name({"en": "1", "es": "2"}) != edition_name({"en:1\nes": "2"})
