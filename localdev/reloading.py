"""Restart `chalice local` for code and content only. Chalice by itself restarts it for every file of the project."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from chalice.cli.filewatch.stat import StatFileWatcher

WATCHED = ("app.py", "chalicelib", "content", "editorial", "localdev")


def is_watched(path: Path) -> bool:
    """Return whether a change of this file, relative to the project, needs a restart.

    Hidden files, copies that editors keep and compiled modules do not.
    """
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return path.parts[0] in WATCHED and not hidden and not path.name.endswith(("~", ".pyc"))


def watched_files(root: str) -> dict[str, float]:
    """Return the time of the last change of each watched file, by path."""
    times = {}
    for name in WATCHED:
        path = Path(root, name)
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and is_watched(file.relative_to(root)):
                with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                    times[str(file)] = file.stat().st_mtime
    return times


def poll(watcher: StatFileWatcher, root: str, callback: Callable[[], None]) -> None:
    """Call back if a watched file was added, changed or removed since the last call.

    It replaces a method of a watcher that already runs, because Chalice imports the app later than it starts to watch.
    So the first call compares with what Chalice noted, which is every file of the project.
    """
    noted = watcher._mtime_cache  # noqa: SLF001 - Chalice has no option for what to watch
    before = {path: time for path, time in noted.items() if is_watched(Path(path).relative_to(root))}
    watcher._mtime_cache = watched_files(root)  # noqa: SLF001 - the same
    if watcher._mtime_cache != before:  # noqa: SLF001 - the same
        callback()


def watch_code_only() -> None:
    """Replace what Chalice's watcher does each second. If watchdog is installed, Chalice uses that, for every file."""
    StatFileWatcher._single_pass_poll = poll  # type: ignore[assignment]  # noqa: SLF001 - the same
