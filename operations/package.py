"""Package a stage: `build/<stage>/sam.yaml` and `build/<stage>/deployment.zip`, the same bytes from the same commit.

`chalice package` gathers the code; then the modules are compiled, botocore's descriptions are cut to what is used, and
the archive is written anew in an order and with dates that do not depend on when and where.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import click

from operations.descriptions import write_descriptions

ROOT = Path(__file__).parents[1]
STAGES = ("dev", "staging", "production")
TEMPLATE = ".chalice/template.yaml"
# The earliest that a zip can say (APPNOTE.TXT, 4.4.6).
NO_DATE = (1980, 1, 1, 0, 0, 0)
# Packaging imports the app, which must not ask anything of AWS: it names a region because Chalice wants one.
NOBODY = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}


def package(stage: str, folder: Path) -> Path:
    """Package a stage into a folder, and give the archive; raise `CalledProcessError` where Chalice refuses."""
    shutil.rmtree(folder, ignore_errors=True)
    merge = ["--merge-template", TEMPLATE, "--template-format", "yaml"]
    subprocess.run(
        [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, *merge, str(folder)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | NOBODY,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = folder / "deployment.zip"
    with tempfile.TemporaryDirectory() as temporary:
        code = Path(temporary)
        with zipfile.ZipFile(archive) as gathered:
            gathered.extractall(code)
        compile_modules(code)
        write_descriptions(code / "botocore-data")
        write_archive(code, archive)
    return archive


def compile_modules(code: Path) -> None:
    """Compile every module for the Python that runs this, which is the one that Chalice names as the runtime.

    A zip has no dates that a compiled module could be checked by, so it is valid as it is (PEP 552, unchecked).
    """
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run(
        [*command, "-s", str(code), "-p", "/var/task", str(code)],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        check=True,
    )


def write_archive(code: Path, archive: Path) -> None:
    """Write a folder as a zip whose bytes depend on nothing but its files' names and bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as written:
        for file in sorted(path for path in code.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(code).as_posix(), NO_DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, file.read_bytes())


@click.command(help=__doc__)
@click.argument("stage", type=click.Choice(STAGES))
def main(stage: str) -> None:
    """Package a stage."""
    archive = package(stage, ROOT / "build" / stage)
    click.echo(f"{archive.relative_to(ROOT)}: {archive.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
