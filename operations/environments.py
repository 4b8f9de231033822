"""A virtual environment beside `.venv`, for programs that pin other versions than this project."""

import subprocess
import venv
from pathlib import Path


def environment(home: Path, requirements: str) -> Path:
    """Give the folder of the programs of an environment with these requirements, made anew when they change."""
    complete = home / "complete.txt"
    if not complete.exists() or complete.read_text(encoding="utf-8") != requirements:
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements.split()], check=True)
        complete.write_text(requirements, encoding="utf-8")
    return home / "bin"
