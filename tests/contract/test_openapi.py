"""The OpenAPI document is valid and current, and its examples are live replies."""

import json
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
        documented = {method.upper() for method in DOCUMENT["paths"][openapi_path(path)]}
        assert documented == {method for method, entry in methods.items() if entry.cors}


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Return the path and the media type object of each operation that has an example."""
    found = []
    for item in DOCUMENT["paths"].values():
        media = item["get"]["responses"]["200"]["content"]["application/json"]
        if "example" in media:
            found.append((media["example"]["links"]["self"], media))
    return found


@pytest.mark.parametrize(("path", "media"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_examples_are_live_replies(path: str, media: dict[str, Any], local: str) -> None:
    assert media["example"] == msgspec.json.decode(asking(local)("GET", path, {}).body)
    Draft202012Validator({**media["schema"], "components": DOCUMENT["components"]}).validate(media["example"])


@pytest.mark.parametrize("name", ["BadRequest", "NotFound", "MethodNotAllowed"])
def test_error_examples_are_live_replies(name: str, local: str) -> None:
    request = {
        "BadRequest": ("GET", "/v1/risks?seriousness=deadly"),
        "NotFound": ("GET", "/v1/risks/scaring"),
        "MethodNotAllowed": ("POST", "/v1"),
    }[name]
    example = DOCUMENT["components"]["responses"][name]["content"]["application/problem+json"]["example"]
    assert example == msgspec.json.decode(asking(local)(*request, {}).body)


def test_live_document_is_the_committed_one(local: str) -> None:
    assert asking(local)("GET", "/v1/openapi.json", {}).body == FILE.read_bytes()
