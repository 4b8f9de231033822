"""What is packaged for Lambda; packaging needs no network and is reproducible."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from operations.local_server import CHALICE
from operations.package import STAGES, compile_modules, package
from tests.conftest import ROOT
from tests.local.conftest import packaged


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The archive of each stage."""
    return {stage: packaged(stage, tmp_path_factory) / "deployment.zip" for stage in STAGES}


def test_stages_are_those_configured() -> None:
    configuration = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    # Chalice accepts a misspelt stage, without settings. `scenarios` is for `chalice local` only.
    assert {*STAGES, "scenarios"} == configuration["stages"].keys()


@pytest.mark.parametrize("stage", STAGES)
def test_packaging_needs_no_network(stage: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "eu-central-1", "HOME": str(tmp_path)}
    command = [CHALICE, "package", "--stage", stage, str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, env=environment | nowhere, check=True)


@pytest.mark.parametrize("stage", STAGES)
def test_package_holds_only_what_is_needed(archives: dict[str, Path], stage: str) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(archives[stage]).namelist()}
    code = {top for top in tops if not top.endswith(".dist-info")}
    ours = {"__pycache__", "app.py", "botocore-data", "chalicelib"}
    assert code == ours | {"chalice", "jinja2", "markupsafe", "msgspec"}


def test_every_module_is_compiled(archives: dict[str, Path]) -> None:
    names = set(zipfile.ZipFile(archives["production"]).namelist())
    modules = {Path(name) for name in names if name.endswith(".py")}
    missing = {
        str(module)
        for module in modules
        if not any(Path(name).match(f"{module.parent}/__pycache__/{module.stem}.cpython-*.pyc") for name in names)
    }
    assert missing == set()


def test_stale_compiled_modules_are_left_out(tmp_path: Path) -> None:
    """Chalice also collects what Python compiled in the checkout, of modules that are gone or for another Python."""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "gone.cpython-311.pyc").touch()
    (tmp_path / "module.py").touch()
    compile_modules(tmp_path)
    assert [file.name for file in tmp_path.rglob("*.pyc")] == [f"module.{sys.implementation.cache_tag}.pyc"]


def test_packages_are_small(archives: dict[str, Path]) -> None:
    for archive in archives.values():
        assert archive.stat().st_size < 1_300_000


def test_packages_are_reproducible(archives: dict[str, Path], tmp_path: Path) -> None:
    assert package("production", tmp_path / "elsewhere").read_bytes() == archives["production"].read_bytes()
