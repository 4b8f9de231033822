"""The packages that are measured, each unpacked as Lambda would run it, with a Python that has what Lambda's image has.

The product and the peers on Chalice are built by `chalice package`; the other peers by pip, without what the image has.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from operations.package import FAKE_AWS, ROOT, package
from tests.support.lambda_runtime import Function

PEERS = Path(__file__).with_name("peers")
BUILD = ROOT / "build" / "bench"
PRODUCT = "product"
TOY = "ready"
LIMIT = "memory"
IN_THE_IMAGE = ("awslambdaric", "boto3")  # Lambda's image has both; their versions are those of this project


class Package(NamedTuple):
    """An unpacked package, the size of its zip in bytes, and the environment variables it runs with."""

    name: str
    folder: Path
    zip_size: int
    environment: dict[str, str]

    def start(self, valgrind: Sequence[str] = ()) -> Function:
        """Start it under Lambda's runtime client."""
        return Function(self.folder, self.environment, [*valgrind, image_python()])


@cache
def image_python() -> Path:
    """Return the Python of an environment that has what Lambda's image has; make it again when that changes."""
    pinned = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    requirements = [line for line in pinned if line.partition("==")[0] in IN_THE_IMAGE]
    home = BUILD / "image"
    python, complete = home / "bin" / "python", home / "complete.txt"
    if not complete.exists() or complete.read_text(encoding="utf-8") != "\n".join(requirements):
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        complete.write_text("\n".join(requirements), encoding="utf-8")
    return python


def build_peer(name: str, documents: Mapping[str, str], variables: dict[str, str]) -> Package:
    """Build a peer; `documents` go into the package of the one that does not read the table."""
    source, build = PEERS / name, BUILD / name
    folder, archive = build / "code", build / "deployment.zip"
    shutil.rmtree(build, ignore_errors=True)
    folder.mkdir(parents=True)
    requirements = source / "requirements.txt"
    if requirements.read_text(encoding="utf-8").startswith("chalice"):
        project = build / "project"
        (project / ".chalice").mkdir(parents=True)
        (project / ".chalice" / "config.json").write_text(json.dumps({"version": "2.0", "app_name": name}))
        shutil.copy(source / "app.py", project)
        (project / "requirements.txt").touch()
        chalice = [str(Path(sys.executable).with_name("chalice")), "package", str(build)]
        subprocess.run(chalice, cwd=project, env=os.environ | FAKE_AWS, check=True, capture_output=True)
        zipfile.ZipFile(archive).extractall(folder)
    else:
        if requirements.stat().st_size:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
            subprocess.run([*pip, f"--target={folder}", f"--requirement={requirements}"], check=True)
        shutil.copy(source / "app.py", folder)
        if name == LIMIT:
            (folder / "content.json").write_text(json.dumps(documents), encoding="utf-8")
        shutil.make_archive(str(archive.with_suffix("")), "zip", folder)
    return Package(name, folder, archive.stat().st_size, variables)


def build_product(variables: dict[str, str]) -> Package:
    """Build the product as `make package` does."""
    archive = package("staging", BUILD / PRODUCT)
    folder = archive.with_name("code")
    zipfile.ZipFile(archive).extractall(folder)
    return Package(PRODUCT, folder, archive.stat().st_size, variables)
