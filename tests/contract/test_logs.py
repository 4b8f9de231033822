"""What the packaged function writes to its log, under Lambda's runtime client: JSON, and no secret."""

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
# An event that API Gateway cannot send, to meet an error that nobody foresaw.
UNFORESEEN = event() | {"multiValueQueryStringParameters": {"lang": [5]}}
KINDS = {
    "request": {
        "level", "message", "request", "method", "route", "status", "edition", "language", "ms", "instance", "content",
        "agent",
    },
    "logging": {"timestamp", "level", "message", "logger", "requestId"},
}  # fmt: skip


@pytest.fixture(scope="module")
def run(package: Path, table: Table, dynamodb: str, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ARG001 - the content must be there
    """The bodies and the log of a function that reads, is asked for the unforeseen, and of one that cannot read."""
    log = tmp_path_factory.mktemp("log") / "log"
    bodies = []
    with log.open("w") as output:
        for address in (dynamodb, "http://127.0.0.1:9"):
            environment = {"CONTENT_TABLE": NAME, **SECRETS, **JSON_LOGS, "AWS_ENDPOINT_URL": address}
            function = Function(package / "code", environment, output=output)
            for its in (event("cellulite"), event(), event("celulite"), UNFORESEEN):
                result = function(its)
                assert result is not None
                bodies.append((result["statusCode"], result["body"]))
            function.close()
    return bodies, log.read_text(encoding="utf-8")


def test_every_line_is_json_with_the_fields_of_its_kind(run: tuple[list[tuple[int, str]], str]) -> None:
    kinds = []
    for line in run[1].splitlines():
        found = json.loads(line)
        kind = "request" if found["message"] == "request" else "logging"
        assert KINDS[kind] <= found.keys(), line
        kinds.append((kind, found["level"]))
    assert set(kinds) == {("request", "INFO"), ("request", "ERROR"), ("logging", "INFO"), ("logging", "ERROR")}


def test_a_request_is_told_with_its_route_status_state_and_age(run: tuple[list[tuple[int, str]], str]) -> None:
    lines = [found for found in map(json.loads, run[1].splitlines()) if found["message"] == "request"]
    assert [(it["route"], it["status"], it["instance"], it["content"], it["agent"]) for it in lines] == [
        ("/v1/concerns/{concern}", 200, "cold", "fresh", "chrome"),
        ("/v1/concerns", 200, "warm", "fresh", "chrome"),
        ("/v1/concerns/{concern}", 404, "warm", "fresh", "chrome"),
        ("/v1/concerns", 500, "warm", "fresh", "chrome"),
        ("/v1/concerns/{concern}", 503, "cold", "none", "chrome"),
        ("/v1/concerns", 503, "warm", "none", "chrome"),
        ("/v1/concerns/{concern}", 503, "warm", "none", "chrome"),
        ("/v1/concerns", 503, "warm", "none", "chrome"),
    ]


def test_no_secret_of_the_environment_is_in_a_body_or_in_the_log(run: tuple[list[tuple[int, str]], str]) -> None:
    bodies, log = run
    said = log + "".join(body for _, body in bodies)
    assert [name for name, secret in SECRETS.items() if secret in said] == []


def test_a_5xx_says_no_more_than_that_it_happened(run: tuple[list[tuple[int, str]], str]) -> None:
    errors = [json.loads(body) for status, body in run[0] if status >= 500]
    assert len(errors) == 5
    for error in errors:
        assert error.keys() == {"type", "title", "status", "detail"}
