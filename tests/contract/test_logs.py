"""The log of the packaged function under Lambda's runtime client: JSON, without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.events import event
from chalicelib.content.table import Table
from tests.conftest import NAME
from tests.support.lambda_runtime import Function

SECRETS = {
    "AWS_ACCESS_KEY_ID": "SECRETKEYID000000001",
    "AWS_SECRET_ACCESS_KEY": "secret-access-key-2",
    "AWS_SESSION_TOKEN": "secret-session-token-3",
    "SOME_PASSWORD": "secret-password-4",
}
JSON_LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
# API Gateway cannot send this event: it causes an unexpected exception.
UNEXPECTED = event() | {"multiValueQueryStringParameters": {"lang": [5]}}
KINDS = {
    "request": {
        "level", "message", "request", "method", "route", "status", "edition", "language", "ms", "instance", "content",
        "agent",
    },
    "logging": {"timestamp", "level", "message", "logger", "requestId"},
}  # fmt: skip


@pytest.fixture(scope="module")
def run(package: Path, table: Table, dynamodb: str, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ARG001 - the content must be there
    """The replies and the log of two functions: one that can read the table, and one that cannot."""
    log = tmp_path_factory.mktemp("log") / "log"
    bodies = []
    with log.open("w") as output:
        for address in (dynamodb, "http://127.0.0.1:9"):
            environment = {"CONTENT_TABLE": NAME, **SECRETS, **JSON_LOGS, "AWS_ENDPOINT_URL": address}
            function = Function(package / "code", environment, output=output)
            for request in (event("cellulite"), event(), event("celulite"), UNEXPECTED):
                result = function(request)
                assert result is not None
                bodies.append((result["statusCode"], result["body"]))
            function.close()
    return bodies, log.read_text(encoding="utf-8")


def test_every_log_line_is_json(run: tuple[list[tuple[int, str]], str]) -> None:
    kinds = []
    for line in run[1].splitlines():
        record = json.loads(line)
        kind = "request" if record["message"] == "request" else "logging"
        assert KINDS[kind] <= record.keys(), line
        kinds.append((kind, record["level"]))
    assert set(kinds) == {("request", "INFO"), ("request", "ERROR"), ("logging", "INFO"), ("logging", "ERROR")}


def test_log_has_route_status_and_state(run: tuple[list[tuple[int, str]], str]) -> None:
    records = [record for record in map(json.loads, run[1].splitlines()) if record["message"] == "request"]
    assert [tuple(one[name] for name in ("route", "status", "instance", "content", "agent")) for one in records] == [
        ("/v1/concerns/{concern}", 200, "cold", "fresh", "chrome"),
        ("/v1/concerns", 200, "warm", "fresh", "chrome"),
        ("/v1/concerns/{concern}", 404, "warm", "fresh", "chrome"),
        ("/v1/concerns", 500, "warm", "fresh", "chrome"),
        ("/v1/concerns/{concern}", 503, "cold", "none", "chrome"),
        ("/v1/concerns", 503, "warm", "none", "chrome"),
        ("/v1/concerns/{concern}", 503, "warm", "none", "chrome"),
        ("/v1/concerns", 503, "warm", "none", "chrome"),
    ]


def test_no_secret_in_bodies_or_log(run: tuple[list[tuple[int, str]], str]) -> None:
    bodies, log = run
    text = log + "".join(body for _, body in bodies)
    assert [name for name, secret in SECRETS.items() if secret in text] == []


def test_5xx_bodies_reveal_nothing(run: tuple[list[tuple[int, str]], str]) -> None:
    errors = [json.loads(body) for status, body in run[0] if status >= 500]
    assert len(errors) == 5
    for error in errors:
        assert error.keys() == {"type", "title", "status", "detail"}
