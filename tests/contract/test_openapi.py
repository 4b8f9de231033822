"""The OpenAPI document is valid and current, and its examples are live replies."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from operations.openapi import FILE, openapi_path
from tests.conftest import ROOT, new_instance
from tests.contract.conftest import asking

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))

DATES = {"checked", "date", "next_check", "status_checked"}
TIMES = {"published_at"}
# Classes that an app has in every file anyway: of Foundation, Android, Java, Kotlin and the library of TypeScript.
COMMON_CLASSES = set(
    re.findall(
        "[A-Z][a-z]+",
        """Animation Array Attribute Bundle Cache Calendar Character Class Comment Component Context Control Data Date
        Dictionary Document Element Entry Error Event Exception File Formatter Function History Image Intent Label Link
        List Locale Location Map Meta Method Module Name Node Notification Number Object Operation Option Package Point
        Process Progress Record Region Report Request Resource Response Result Selection Sentence Service Set Source
        Statement Status String Text Thread Translation Type Unit View""",
    )
)


def test_committed_document_is_current(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    program = (
        f"from operations import openapi; openapi.FILE = __import__('pathlib').Path({str(file)!r}); openapi.write()"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
    assert file.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8"), "run `make openapi`"


def test_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_routes_match_the_document() -> None:
    routes = {path: methods for path, methods in new_instance().app.routes.items() if path.startswith("/v1")}
    assert {openapi_path(path) for path in routes} == set(DOCUMENT["paths"])
    for path, methods in routes.items():
        assert set(DOCUMENT["paths"][openapi_path(path)]) == {"get"}  # its introduction says that HEAD works everywhere
        assert {method for method, entry in methods.items() if entry.cors} == {"GET", "HEAD"}


def test_names_say_what_they_are() -> None:
    operations = [item["get"] for item in DOCUMENT["paths"].values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(re.fullmatch("(get|list)([A-Z][A-Za-z]+)", one["operationId"]) for one in operations)
    assert {tag for one in operations for tag in one["tags"]} == {tag["name"] for tag in DOCUMENT["tags"]}
    assert COMMON_CLASSES.isdisjoint(DOCUMENT["components"]["schemas"])


def test_nothing_is_closed() -> None:
    """A client must not fail when a code, a member or an id is new (`operations/schemas.py`)."""
    text = json.dumps(DOCUMENT)
    assert '"enum":' not in text
    assert '"additionalProperties": false' not in text


def test_dates_have_formats() -> None:
    """So that clients get them as dates."""
    found = {
        (name, schema.get("format"))
        for component in DOCUMENT["components"]["schemas"].values()
        for name, field in component.get("properties", {}).items()
        for schema in (field, *field.get("anyOf", ()))
        if schema.get("type") == "string" and (name in DATES or name.endswith("_at"))
    }
    assert found == {(name, "date") for name in DATES} | {(name, "date-time") for name in TIMES}


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Return the path and the media type object of each operation that has an example."""
    found = []
    for item in DOCUMENT["paths"].values():
        media = item["get"]["responses"]["200"]["content"].get("application/json", {})
        if "example" in media:
            found.append((media["example"]["links"]["self"], media))
    return found


@pytest.mark.parametrize(("path", "media"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_examples_are_live_replies(path: str, media: dict[str, Any], local: str) -> None:
    assert media["example"] == msgspec.json.decode(asking(local)("GET", path, {}).body)
    Draft202012Validator({**media["schema"], "components": DOCUMENT["components"]}).validate(media["example"])


@pytest.mark.parametrize(
    ("name", "request_line", "accept"),
    [
        ("BadRequest", "GET /v1/risks?seriousness=deadly", "*/*"),
        ("NotFound", "GET /v1/risks/scaring", "*/*"),
        ("NotAcceptable", "GET /v1", "image/png"),
        ("NotImplemented", "GET /v1/oembed?format=xml&url=", "*/*"),
        ("OtherProblem", "POST /v1", "*/*"),
    ],
)
def test_error_examples_are_live_replies(name: str, request_line: str, accept: str, local: str) -> None:
    example = DOCUMENT["components"]["responses"][name]["content"]["application/problem+json"]["example"]
    method, path = request_line.split(" ")
    assert example == msgspec.json.decode(asking(local)(method, path, {"Accept": accept}).body)


def test_live_document_is_the_committed_one(local: str) -> None:
    assert asking(local)("GET", "/v1/openapi.json", {}).body == FILE.read_bytes()
