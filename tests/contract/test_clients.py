"""Clients that others' tools make from the OpenAPI document work today, and with what the API may add later.

The programs in `clients/` each list, get and filter, read a typed 404 and a 304, and print what they found. A program
that raises, or that its compiler refuses, is a broken promise.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.local_server import fetch_json
from operations.openapi import FILE
from tests.conftest import ROOT
from tests.support.growth import LATER, growing

NODE_TOOLS = ROOT / ".venv" / "node" / "node_modules" / ".bin"
CLIENTS = Path(__file__).with_name("clients")
STRICT = [
    "--strict",
    "--noUncheckedIndexedAccess",
    "--target",
    "es2022",
    "--module",
    "commonjs",
    "--lib",
    "es2022,dom,dom.iterable",
]


def run(*command: str | Path, **environment: str) -> str:
    """Return what a program prints; fail with it if the program fails."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, **streams, text=True, check=False, env=os.environ | environment)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def tool(name: str) -> Path:
    """Return the path of a tool that `make setup` installs if npm is here."""
    if not (NODE_TOOLS / name).exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs npm: `make setup` installs {name} with it")
        pytest.skip(f"npm is not here, so `make setup` did not install {name}")
    return NODE_TOOLS / name


@pytest.fixture(scope="module", params=["today", "tomorrow"])
def api(request: pytest.FixtureRequest, local: str) -> Iterator[str]:
    """The address of the API as it is, and as it may be later."""
    if request.param == "today":
        yield local
    else:
        with growing(local) as address:
            yield address


def expected(address: str) -> dict[str, Any]:
    """Return what each program must print."""
    reply, problem = fetch_json(address, "/v1/risks"), fetch_json(address, "/v1/risks/scaring")
    entities = [resource["data"] for resource in fetch_json(address, "/v1/bundle")["data"]["resources"]]
    review = reply["meta"]["clinical_review"]
    return {
        "risks": [[one["id"], one["seriousness"]["code"], one["seriousness"]["label"]] for one in reply["data"]],
        "risk": [reply["data"][0]["name"], reply["data"][0]["literature"]["line"]],
        "serious": len(fetch_json(address, "/v1/risks?seriousness=rare-serious")["data"]),
        "problem": [404, problem["detail"], problem["did_you_mean"]],
        "again": 304,
        "factors": [len(entity["questions"]) for entity in entities if entity["type"] == "decision-factor"],
        "kinds": [change["kind"]["label"] for change in fetch_json(address, "/v1/editions")["data"]],
        "review": review and review["name"],
    }


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both TypeScript programs, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    run(tool("openapi-typescript"), FILE, "--output", folder / "types.ts")
    output = run(tool("openapi-ts"), "--input", FILE, "--output", folder / "sdk", "--no-log-file")
    assert "warn" not in output.lower()
    programs = [Path(shutil.copy(CLIENTS / f"{name}.ts", folder)) for name in ("with_types", "with_sdk")]
    (folder / "node.d.ts").write_text("declare const process: { argv: string[] };\n", encoding="utf-8")
    run(tool("tsc"), *STRICT, "--outDir", folder / "js", folder / "node.d.ts", *programs)
    return folder / "js"


@pytest.mark.parametrize("program", ["with_types.js", "with_sdk.js"])
def test_typescript_clients(program: str, typescript: Path, api: str) -> None:
    assert json.loads(run("node", typescript / program, api)) == expected(api)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the generated package `evidence`; the program on it is well typed."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "config.yaml").write_text("post_hooks: []\n", encoding="utf-8")
    options = ["--config", folder / "config.yaml", "--output-path", folder / "evidence", "--meta", "none"]
    generator = Path(sys.executable).with_name("openapi-python-client")
    run(generator, "generate", "--path", FILE, *options, "--fail-on-warning")
    types = ["--strict", "--follow-imports", "silent", "--cache-dir", folder / "mypy", "--config-file", os.devnull]
    run(sys.executable, "-m", "mypy", *types, CLIENTS / "with_python.py", MYPYPATH=str(folder))
    return folder


def test_python_client(python: Path, api: str) -> None:
    output = run(sys.executable, CLIENTS / "with_python.py", api, PYTHONPATH=str(python))
    assert json.loads(output) == expected(api)


def test_kotlin_client(tmp_path: Path) -> None:
    """It is made without a warning, and keeps null, new codes and the types of the bundle. No test compiles it."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs java: .ci/run installs it")
        pytest.skip("java is not here")
    generator = Path(sys.executable).with_name("openapi-generator-cli")
    # Without the wrappers, openapi-generator merges the members of all types of the bundle.
    properties = "serializationLibrary=kotlinx_serialization,generateOneOfAnyOfWrappers=true"
    options = ["--generator-name", "kotlin", "--additional-properties", properties]
    output = run(generator, "generate", "--input-spec", FILE, "--output", tmp_path, *options)
    warnings = [line for line in output.splitlines() if "WARN" in line or "ERROR" in line]
    assert [line for line in warnings if "OpenAPI 3.1 support is still in beta" not in line] == []
    package = tmp_path / "src" / "main" / "kotlin" / "org" / "openapitools" / "client"
    models = {file.stem: file.read_text(encoding="utf-8") for file in (package / "models").iterdir()}
    assert "val clinicalReview: ClinicalReview?" in models["ReplyMeta"]
    assert re.search(r"val code: kotlin.String\b", models["Seriousness"])
    assert "value class RiskWrapper(val value: Risk) : BundledData" in models["BundledData"]
    assert "fun listRisks(" in (package / "apis" / "RisksApi.kt").read_text(encoding="utf-8")


def test_proxy_adds_what_is_new(local: str) -> None:
    with growing(local) as address:
        reply = fetch_json(address, "/v1/risks")
    assert reply["data"][0]["id"].endswith(LATER)
    assert reply["data"][0]["seriousness"]["code"].endswith(LATER)
    assert "member_of_tomorrow" in reply["data"][0]["seriousness"]
    assert reply["meta"]["language"] == "pt-BR"


def test_spectral_finds_nothing() -> None:
    run(
        tool("spectral"),
        "lint",
        "--ruleset",
        Path(__file__).with_name("spectral.yaml"),
        "--fail-severity",
        "hint",
        FILE,
    )


def test_redocly_finds_nothing() -> None:
    options = ["--extends", "recommended", "--max-problems", "20", "--format", "json"]
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}
    output = run(tool("redocly"), "lint", *options, FILE, **quiet)
    report, _ = json.JSONDecoder().raw_decode(output[output.index("{\n") :])
    assert report["problems"] == []
