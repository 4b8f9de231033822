"""A small client compiles, in strict mode, with types made from the OpenAPI document."""

import os
import shutil
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


def compile_client(folder: Path, tools: Path) -> "subprocess.CompletedProcess[str]":
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"]
    return subprocess.run(
        [tools / "tsc", *strict, "--lib", "es2022,dom", "client.ts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_typescript_client_compiles(tools: Path, tmp_path: Path) -> None:
    subprocess.run([tools / "openapi-typescript", FILE, "-o", tmp_path / "openapi.ts"], check=True, capture_output=True)
    shutil.copy(CLIENT, tmp_path)
    result = compile_client(tmp_path, tools)
    assert (result.returncode, result.stdout) == (0, "")

    client = tmp_path / "client.ts"
    client.write_text(client.read_text().replace("concern.effectiveness", "concern.miracle"))
    assert "Property 'miracle' does not exist" in compile_client(tmp_path, tools).stdout
