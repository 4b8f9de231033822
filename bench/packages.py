"""What is measured, each as Lambda would have it: its own folder, beside an image that brings the runtime and boto3.

The product and the peers on Chalice are packaged by `chalice package`; the others by pip, without what the image has.
"""

import json
import os
import py_compile
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from devserver.environments import environment
from operations.package import package

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).with_name("peers")
BUILD = ROOT / "build" / "bench"
IMAGE = BUILD / "image"
PRODUCT = "product"
TOY = "ready"
LIMIT = "memory"
# As in the requirements of this project; Lambda's image has both.
IN_THE_IMAGE = ("awslambdaric", "boto3")
# Names nobody, reaches nothing: what packaging imports must not ask anything of AWS.
NOBODY = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "eu-central-1"}


class Package(NamedTuple):
    """A function ready to run: its name, the folder it was unpacked into, and the size of its zip in bytes."""

    name: str
    folder: Path
    zipped: int


def image() -> Path:
    """Give the Python of an environment that has what Lambda's image has, made when it is first asked for."""
    pinned = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in pinned if line.partition("==")[0] in IN_THE_IMAGE]
    return environment(IMAGE, "\n".join(wanted)) / "python"


def peers() -> list[str]:
    """Give the names of all peers."""
    return sorted(folder.name for folder in PEERS.iterdir() if (folder / "app.py").exists())


def packaged(name: str, content: dict[str, str]) -> Package:
    """Give a peer as Lambda would have it; `content` is the content, for the one that has it in its package."""
    source = PEERS / name
    folder, archive = BUILD / name / "code", BUILD / name / "deployment.zip"
    shutil.rmtree(BUILD / name, ignore_errors=True)
    folder.mkdir(parents=True)
    requirements = (source / "requirements.txt").read_text(encoding="utf-8")
    if requirements.startswith("chalice"):
        project = BUILD / name / "project"
        (project / ".chalice").mkdir(parents=True)
        (project / ".chalice" / "config.json").write_text(json.dumps({"version": "2.0", "app_name": name}))
        shutil.copy(source / "app.py", project)
        (project / "requirements.txt").touch()
        subprocess.run(
            [Path(sys.executable).with_name("chalice"), "package", str(BUILD / name)],
            cwd=project,
            env=os.environ | NOBODY,
            check=True,
            capture_output=True,
        )
        zipfile.ZipFile(archive).extractall(folder)
    else:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
            "--target",
            str(folder),
            "--requirement",
        ]
        if requirements:
            subprocess.run([*command, str(source / "requirements.txt")], check=True)
        shutil.copy(source / "app.py", folder)
        if name == LIMIT:
            (folder / "content.json").write_text(json.dumps(content), encoding="utf-8")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for file in sorted(folder.rglob("*")):
                zipped.write(file, file.relative_to(folder))
    return Package(name, folder, archive.stat().st_size)


def compiled(peer: Package) -> Package:
    """Give the same package with its modules compiled, the way that does not depend on a file's date."""
    folder = peer.folder.with_name("compiled")
    shutil.copytree(peer.folder, folder)
    for file in folder.rglob("*.py"):
        py_compile.compile(
            str(file), doraise=False, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
    return peer._replace(name=f"{peer.name}, compiled", folder=folder)


def product() -> Package:
    """Give the product as `make package` leaves it."""
    archive = package("staging", BUILD / PRODUCT)
    folder = BUILD / PRODUCT / "code"
    zipfile.ZipFile(archive).extractall(folder)
    return Package(PRODUCT, folder, archive.stat().st_size)
