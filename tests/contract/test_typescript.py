"""A small client compiles, in strict mode, with types made from the OpenAPI document."""

import os
import subprocess
from pathlib import Path

import pytest

from operations.openapi import FILE
from tests.conftest import ROOT

TOOLS = ROOT / ".venv" / "node" / "node_modules" / ".bin"
CLIENT = Path(__file__).with_name("client.ts")


@pytest.fixture
def tools() -> Path:
    if not (TOOLS / "tsc").exists():
        if os.environ.get("CI"):
            pytest.fail("CI needs npm: `make setup` installs openapi-typescript and tsc with it")
        pytest.skip("npm is not here, so `make setup` did not install openapi-typescript and tsc")
    return TOOLS


def errors(folder: Path, tools: Path, *files: str) -> list[str]:
    """Return what tsc finds in the files; it does not check its own descriptions of the browser."""
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"]
    result = subprocess.run(
        [tools / "tsc", *strict, "--lib", "es2022,dom", "--skipLibCheck", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = result.stdout.splitlines()
    assert bool(result.returncode) == bool(found), result
    return found


def test_typescript_client_compiles(tools: Path, tmp_path: Path) -> None:
    subprocess.run([tools / "openapi-typescript", FILE, "-o", tmp_path / "openapi.ts"], check=True, capture_output=True)
    client = CLIENT.read_text()
    (tmp_path / "client.ts").write_text(client)
    (tmp_path / "spoilt.ts").write_text(client.replace("concern.effectiveness", "concern.miracle"))
    [error] = errors(tmp_path, tools, "client.ts", "spoilt.ts")  # in one run, because tsc takes seconds to start
    assert error.startswith("spoilt.ts(")
    assert "Property 'miracle' does not exist" in error
