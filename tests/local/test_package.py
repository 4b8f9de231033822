"""What is packaged for Lambda, and that packaging needs nobody."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.local.conftest import CHALICE


@pytest.fixture(scope="module", params=["dev", "staging"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder: Path = tmp_path_factory.mktemp("package")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "eu-central-1", "HOME": str(folder)}
    subprocess.run(
        [CHALICE, "package", "--stage", str(request.param), str(folder)],
        cwd=ROOT,
        env=environment | nowhere,
        check=True,
    )
    return zipfile.ZipFile(folder / "deployment.zip")


def test_the_package_holds_the_app_and_what_it_needs_and_nothing_else(package: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in package.namelist()}
    code = {top for top in tops if not top.endswith(".dist-info")}
    assert code == {"app.py", "chalice", "chalicelib", "jinja2", "markupsafe", "msgspec"}


def test_the_package_stays_under_a_megabyte(package: zipfile.ZipFile) -> None:
    assert package.filename
    assert Path(package.filename).stat().st_size < 1_000_000
