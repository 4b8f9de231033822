"""Schemathesis finds no reply that the OpenAPI document does not describe.

It is the longest test, so it is in the tier that starts first.
"""

import subprocess
import sys
from pathlib import Path

from operations.local_server import local_server


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    schemathesis = Path(sys.executable).with_name("schemathesis")
    with (tmp_path / "log").open("w") as log, local_server("--no-autoreload", log=log) as local:
        result = subprocess.run(
            [
                schemathesis,
                "--config-file",
                Path(__file__).with_name("schemathesis.toml"),
                "run",
                f"{local}/v1/openapi.json",
                "--url",
                local,
                "--checks",
                "all",
                "--max-examples",
                "200",
                "--seed",
                "1",
                "--generation-database",
                ":memory:",  # on disk, every example is written to a file that nobody reads
                "--no-color",
                "--phases",
                "examples,coverage,fuzzing",
                "--workers",
                "2",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
