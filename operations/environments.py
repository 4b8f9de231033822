"""Virtual environments for programs that pin other versions than this project does."""

import subprocess
import venv
from pathlib import Path


def environment(home: Path, requirements: str) -> Path:
    """Return the `bin` folder of an environment with these requirements; make it again when they change."""
    complete = home / "complete.txt"
    if not complete.exists() or complete.read_text(encoding="utf-8") != requirements:
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements.split()], check=True)
        complete.write_text(requirements, encoding="utf-8")
    return home / "bin"
