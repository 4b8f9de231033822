"""Without a readable table, the function replies 503: never a 502, and no details."""

import logging
from collections.abc import Callable
from types import ModuleType

import pytest
from chalice.test import Client

from tests.http.test_replies import CORS, NOT_STORED, full_reply

UNAVAILABLE = {
    "type": "/v1/problems#content-unavailable",
    "title": "Content unavailable",
    "status": 503,
    "detail": "The content cannot be read at the moment. Please try again later.",
}


@pytest.fixture(autouse=True)
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the back-off constant, so that `Retry-After` is the same on a slow machine."""
    monkeypatch.setenv("CONTENT_REFRESH_SECONDS", "1")


def assert_unavailable(client: Client) -> None:
    for path in ("/v1", "/v1/concerns", "/v1/risks/scarring", "/v1/health"):
        assert full_reply(client.http.get(path)) == (
            503,
            NOT_STORED | CORS | {"Retry-After": "1"},
            UNAVAILABLE,
        )


@pytest.mark.usefixtures("environment")
def test_no_table_configured_is_a_503(
    instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "mesotherapy-evidence")
    with caplog.at_level(logging.INFO):
        client = Client(instance().app)
        assert_unavailable(client)
    assert [record.message for record in caplog.records] == [
        "refreshing the content failed 1 times in a row:"
        " CONTENT_TABLE is not set: it must name the DynamoDB table that holds the content"
    ]


@pytest.mark.usefixtures("environment")
def test_no_region_configured_is_a_503(instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTENT_TABLE", "content")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert_unavailable(Client(instance().app))


@pytest.mark.usefixtures("environment")
def test_an_unreachable_table_is_a_503(instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTENT_TABLE", "content")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert_unavailable(Client(instance().app))


@pytest.mark.usefixtures("client")
def test_a_missing_table_is_a_503(instance: Callable[[], ModuleType]) -> None:
    assert_unavailable(Client(instance().app))


@pytest.mark.usefixtures("table")
def test_an_empty_table_is_a_503(instance: Callable[[], ModuleType]) -> None:
    assert_unavailable(Client(instance().app))


@pytest.mark.usefixtures("environment")
def test_no_request_is_sent_outside_lambda(
    instance: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CONTENT_TABLE", "content")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with caplog.at_level(logging.INFO):
        instance()
    assert caplog.records == []


def test_a_500_discloses_nothing(instance: Callable[[], ModuleType], caplog: pytest.LogCaptureFixture) -> None:
    module = instance()

    @module.app.route("/broken", methods=["GET"])  # type: ignore[untyped-decorator]
    def broken() -> None:
        raise RuntimeError("secret")

    response = Client(module.app).http.get("/broken")
    assert response.status_code == 500
    assert response.json_body == {
        "type": "/v1/problems#internal-error",
        "title": "Internal error",
        "status": 500,
        "detail": "An internal error occurred, and was logged. The request is not at fault.",
    }
    assert "secret" in caplog.text
