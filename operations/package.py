"""Package a stage: `build/<stage>/sam.yaml` and `build/<stage>/deployment.zip`, the same bytes from the same commit.

`chalice package` collects the code. Then the modules are compiled, botocore's data is reduced to what the function
uses, and the archive is written again, so that neither the order of its files nor their dates depend on the machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import click

from operations.botocore_data import write_botocore_data

ROOT = Path(__file__).parents[1]
STAGES = ("dev", "staging", "production")
TEMPLATE = ".chalice/template.yaml"
# The earliest date that a zip can hold (APPNOTE.TXT, section 4.4.6).
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# For what must not reach AWS. Chalice imports the app to package it, and needs a region.
FAKE_AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}


def package(stage: str, folder: Path) -> Path:
    """Package a stage into a folder, and return the archive; raise `CalledProcessError` if `chalice package` fails."""
    shutil.rmtree(folder, ignore_errors=True)
    merge = ["--merge-template", TEMPLATE, "--template-format", "yaml"]
    subprocess.run(
        [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, *merge, str(folder)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | FAKE_AWS,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = folder / "deployment.zip"
    with tempfile.TemporaryDirectory() as temporary:
        code = Path(temporary)
        with zipfile.ZipFile(archive) as chalice_archive:
            chalice_archive.extractall(code)
        compile_modules(code)
        write_botocore_data(code / "botocore-data")
        write_archive(code, archive)
    return archive


def compile_modules(code: Path) -> None:
    """Compile every module with the running Python; Chalice names its version as the function's runtime.

    Python does not compare the compiled modules with their sources (PEP 552, unchecked): the zip has no usable dates.
    Those that came from the checkout are deleted first: some may be of modules that are gone, or of another Python.
    """
    for cache in list(code.rglob("__pycache__")):
        shutil.rmtree(cache)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run(
        [*command, "-s", str(code), "-p", "/var/task", str(code)],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        check=True,
    )


def write_archive(code: Path, archive: Path) -> None:
    """Write a folder as a zip whose bytes depend only on the names and contents of its files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path in sorted(path for path in code.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(code).as_posix(), ZIP_EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, path.read_bytes())


@click.command(help=__doc__)
@click.argument("stage", type=click.Choice(STAGES))
def main(stage: str) -> None:
    """Package a stage."""
    archive = package(stage, ROOT / "build" / stage)
    click.echo(f"{archive.relative_to(ROOT)}: {archive.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
