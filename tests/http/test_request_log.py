"""What the request log records."""

import json
import logging
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.content.table import Table
from chalicelib.web.request_log import FAMILIES, agent_family
from editorial.writer import Writer

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def set_level(level: int) -> None:
    logging.getLogger("chalicelib.web.request_log").setLevel(level)


@pytest.fixture(autouse=True)
def log_at_info() -> Iterator[None]:
    """Log as Lambda does at level INFO."""
    set_level(logging.INFO)
    yield
    set_level(logging.NOTSET)


def records(output: str) -> list[dict[str, Any]]:
    """Return the parsed lines, without the time, which varies."""
    parsed = [json.loads(line) for line in output.splitlines()]
    for line in parsed:
        assert 0 <= line.pop("ms") < 10_000
    return parsed


def test_each_request_is_one_line(api: Client, published: Table, capsys: pytest.CaptureFixture[str]) -> None:
    edition = published.pointer().manifest.edition
    api.http.get("/v1/concerns/wrinkles?lang=en", headers={"User-Agent": CHROME})
    tag = api.http.get("/v1/risks", headers={"User-Agent": "curl/8.14.1"}).headers["ETag"]
    api.http.get("/v1/risks", headers={"If-None-Match": tag, "Accept-Language": "xx"})
    api.http.get("/v1/concerns/celulite")
    api.http.get("/v1/openapi.json")
    common = {"level": "INFO", "message": "request", "method": "GET", "edition": edition, "content": "fresh"}
    assert [{**line, "request": None} for line in records(capsys.readouterr().out)] == [
        {
            **common,
            "request": None,
            "route": route,
            "status": status,
            "language": language,
            "instance": warmth,
            "agent": agent,
        }
        for route, status, language, warmth, agent in [
            ("/v1/concerns/{concern}", 200, "en", "cold", "chrome"),
            ("/v1/risks", 200, "en", "warm", "curl"),
            ("/v1/risks", 304, "en", "warm", "other"),
            ("/v1/concerns/{concern}", 404, "en", "warm", "other"),
            ("/v1/openapi.json", 200, None, "warm", "other"),
        ]
    ]


def test_the_state_of_the_content_is_logged(
    published: Table,  # noqa: ARG001 - the content must be there
    writer: Writer,
    instance: Callable[[], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "0")
    api = Client(instance().app)
    api.http.get("/v1")
    writer._client.delete_table(TableName="content")
    api.http.get("/v1")
    Client(instance().app).http.get("/v1")
    assert [(line["content"], line["status"], line["level"]) for line in records(capsys.readouterr().out)] == [
        ("fresh", 200, "INFO"),
        ("stale", 200, "INFO"),
        ("none", 503, "ERROR"),
    ]


def test_request_data_is_not_logged(api: Client, capsys: pytest.CaptureFixture[str]) -> None:
    private_headers = {
        name: f"private-{name}"
        for name in ("User-Agent", "Referer", "Cookie", "Authorization", "X-Forwarded-For", "Accept", "Accept-Language")
    }
    api.http.get("/v1/risks/private-id?private=parameter", headers=private_headers | {"Accept": "*/*"})
    api.http.get("/v1/risks", headers=private_headers)
    assert "private" not in capsys.readouterr().out


@pytest.mark.usefixtures("published")
def test_nothing_is_logged_above_info(instance: Callable[[], ModuleType], capsys: pytest.CaptureFixture[str]) -> None:
    set_level(logging.WARNING)
    assert Client(instance().app).http.get("/v1").status_code == 200
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (CHROME, "chrome"),
        (f"{CHROME} Edg/140.0.0.0", "edge"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "firefox"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("Amazon CloudFront", "cloudfront"),
        ("okhttp/5.1.0", "okhttp"),
        ("", "other"),
        ("anything at all", "other"),
    ],
)
def test_a_user_agent_has_a_family(agent: str, expected: str) -> None:
    assert agent_family(agent) == expected
    assert expected in {*FAMILIES.values(), "other"}
