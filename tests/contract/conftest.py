"""The surfaces on which the API must behave alike, each with the same edition."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from chalice.test import Client
from moto.server import ThreadedMotoServer
from playwright.sync_api import Browser, Page, sync_playwright

from chalicelib.content.editions import Edition
from chalicelib.content.table import Table
from chalicelib.documents.changes import FEED_PATH
from chalicelib.documents.csl import csl_document
from chalicelib.documents.envelope import Document
from chalicelib.documents.feed import feed
from chalicelib.documents.render import render_edition
from chalicelib.settings import APPLICATION
from editorial.first_edition import publish_first_edition
from editorial.loading import LoadedContent, load
from editorial.rules import validate
from operations.local_server import local_server
from tests.conftest import NAME, ROOT, new_instance
from tests.local.conftest import packaged
from tests.support.gateway import Gateway
from tests.support.lambda_runtime import Function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
REGION = "eu-central-1"
SLEEP_TABLE = "sleep"
SLEEP_ELEMENT = "sleep-evidence"
PUBLIC = "https://evidence.example"  # the address of the API behind CloudFront
AS_CSL = " as CSL-JSON"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": REGION}


@dataclass
class Reply:
    """A response as the client receives it."""

    status: int
    headers: dict[str, str]
    body: bytes


Ask = Callable[[str, str, Mapping[str, str]], Reply]


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[str]:
    """The address of a DynamoDB that all surfaces can reach."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def table(dynamodb: str, content: LoadedContent) -> Table:
    """The shipped content, for the in-process client and the packaged function."""
    return filled(dynamodb, NAME, content)


@pytest.fixture(scope="session")
def sleep_table(dynamodb: str) -> Table:
    """The content table of another article."""
    return filled(dynamodb, SLEEP_TABLE, load(ROOT / "tests" / "articles" / "sleep"))


def filled(dynamodb: str, name: str, content: LoadedContent) -> Table:
    """Return a new table with content in it."""
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb,
        region_name=REGION,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106 - moto takes anything
    )
    publish_first_edition(client, name, validate(content))
    return Table(client, name)


@pytest.fixture(scope="session")
def documents(table: Table) -> dict[str, Document]:
    """The expected document of each path, rendered by the pure functions."""
    return rendered(table, APPLICATION)


def rendered(table: Table, element_name: str) -> dict[str, Document]:
    manifest = table.pointer().manifest
    edition_content = table.edition_content(manifest, "en")
    edition = render_edition(Edition(manifest, "en", edition_content.entities, edition_content.changes))
    sources = [path for path in edition.documents if path.startswith("/v1/sources")]
    feeds = {FEED_PATH: feed(edition, element_name, PUBLIC, {})}
    return edition.documents | feeds | {as_csl(path): csl_document(edition, path) for path in sources}


def as_csl(path: str) -> str:
    """Return the key of a path's CSL-JSON among the expected documents."""
    return path + AS_CSL


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the packaged stage `staging`."""
    return packaged("staging", tmp_path_factory)


@pytest.fixture(scope="session")
def in_process(table: Table, dynamodb: str) -> Ask:  # noqa: ARG001 - the content must be there
    """The app, called by Chalice's test client."""
    return ask_app(CONTENT_TABLE=NAME, AWS_ENDPOINT_URL=dynamodb)


@pytest.fixture(scope="session")
def sleep(sleep_table: Table, dynamodb: str) -> Ask:  # noqa: ARG001 - the content must be there
    """The app with another article, called by Chalice's test client."""
    return ask_app(CONTENT_TABLE=SLEEP_TABLE, AWS_ENDPOINT_URL=dynamodb, ELEMENT_NAME=SLEEP_ELEMENT)


@pytest.fixture(scope="session")
def sleep_documents(sleep_table: Table) -> dict[str, Document]:
    """What each URL of the other article is to give."""
    return rendered(sleep_table, SLEEP_ELEMENT)


def ask_app(**environment: str) -> Ask:
    """Start the app in this process, and return how to ask it."""
    changed = {**CREDENTIALS, **environment}
    before = {name: os.environ.get(name) for name in changed}
    os.environ |= changed
    http = Client(new_instance().app).http
    http.get("/v1/health")
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value

    def ask(method: str, path: str, headers: Mapping[str, str]) -> Reply:
        response = http.request(method, path, headers=dict(headers))
        return Reply(response.status_code, dict(response.headers), response.body)

    return ask


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real `chalice local`."""
    log: IO[str]
    with (
        (tmp_path_factory.mktemp("local") / "log").open("w") as log,
        local_server("--no-autoreload", log=log) as address,
    ):
        yield address


@pytest.fixture(scope="session")
def sleep_local(tmp_path_factory: pytest.TempPathFactory, sleep_table: Table, dynamodb: str) -> Iterator[str]:  # noqa: ARG001 - the content must be there
    """The address of a second `chalice local`, with another article and another element."""
    log: IO[str]
    environment = {"CONTENT_TABLE": SLEEP_TABLE, "AWS_ENDPOINT_URL": dynamodb, "ELEMENT_NAME": SLEEP_ELEMENT}
    with (
        (tmp_path_factory.mktemp("sleep") / "log").open("w") as log,
        local_server("--no-autoreload", "--stage", "staging", log=log, **CREDENTIALS, **environment) as address,
    ):
        yield address


@pytest.fixture(scope="session")
def cloud(package: Path, table: Table, dynamodb: str) -> Iterator[str]:  # noqa: ARG001 - the content must be there
    """The address of a gateway in front of the packaged function."""
    function = Function(package / "code", {"CONTENT_TABLE": NAME, "AWS_ENDPOINT_URL": dynamodb})
    gateway = Gateway(package / "sam.yaml", function)
    yield gateway.address
    gateway.close()
    function.close()


@pytest.fixture(scope="session")
def partner() -> Iterator[str]:
    """The address of a partner's site, of another origin than the API: it serves `?page=` with the policy `csp`."""

    class Partner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            body = f"<!doctype html><title>Partner</title>{query.get('page', [''])[0]}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for policy in query.get("csp", []):
                self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs chromium: .ci/run installs it")
        pytest.skip("chromium is not here")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, partner: str) -> Iterator[Page]:
    """A page in Chromium, on the partner's site."""
    tab = browser.new_page()
    tab.goto(partner)
    yield tab
    tab.close()


def asking(address: str) -> Ask:
    """Return a function that sends requests to a server, with the path byte for byte as written."""

    def ask(method: str, path: str, headers: Mapping[str, str]) -> Reply:
        with closing(HTTPConnection(address.removeprefix("http://"), timeout=20)) as connection:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value.encode())
            connection.endheaders()
            response = connection.getresponse()
            reply = Reply(response.status, {}, response.read())
        for name, value in response.getheaders():
            assert name not in reply.headers, f"{name} is sent twice"
            reply.headers[name] = value
        return reply

    return ask


@pytest.fixture(scope="session", params=["in-process", "chalice local", "packaged"])
def surface(request: pytest.FixtureRequest) -> tuple[str, Ask]:
    """A surface's name, and the function that sends it requests."""
    name = str(request.param)
    if name == "in-process":
        return name, request.getfixturevalue("in_process")
    return name, asking(request.getfixturevalue("local" if name == "chalice local" else "cloud"))
