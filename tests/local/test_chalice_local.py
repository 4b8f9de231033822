"""Plain `chalice local`, as a developer starts it."""

import http.client
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

from localdev.reloading import WATCHED, watched_files
from operations.local_server import CHALICE, TIMEOUT, local_server
from operations.ports import free_port
from tests.conftest import ROOT
from tests.local.conftest import Running

PATHS = (
    "/v1",
    "/v1/article",
    "/v1/concerns",
    "/v1/risks",
    "/v1/reported-harms",
    "/v1/decision-factors",
    "/v1/benefits",
    "/v1/sources",
)
ELSEWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "nosuch", "CONTENT_TABLE": "somebody-elses"}


def bodies(address: str) -> list[bytes]:
    return [urlopen(f"{address}{path}", timeout=TIMEOUT).read() for path in PATHS]  # noqa: S310 - an address of ours


def test_ignores_the_shells_aws_variables(tmp_path: Path) -> None:
    """Each start publishes the same content into its own table, so three starts send the same bytes.

    They run in a copy: Chalice starts anew when a file in the project changes, and other tests write there.
    """
    project = copied(tmp_path / "project")
    runs = []
    for run in range(3):
        with (
            (tmp_path / f"log{run}").open("w") as log,
            local_server(log=log, project=project, PYTHONDONTWRITEBYTECODE="1", **ELSEWHERE) as address,
        ):
            runs.append(bodies(address))
    assert runs[0] == runs[1] == runs[2]
    assert b'"id":"cellulite"' in runs[0][2]


def copied(project: Path) -> Path:
    """Return a folder with a copy of what `chalice local` needs."""
    for folder in (".chalice", "chalicelib", "content", "editorial", "localdev", "operations"):
        shutil.copytree(ROOT / folder, project / folder)
    shutil.copy(ROOT / "app.py", project)
    return project


def test_restarts_for_code_only(tmp_path: Path) -> None:
    """Chalice looks at the files once a second. Three seconds without a restart are three looks."""
    project = copied(tmp_path / "project")
    others = [project / name for name in ("docs/x.md", ".git/index", "tests/test_x.py", "content/.facts.yaml.swp")]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.touch()
    log = tmp_path / "log"
    with log.open("w") as file, local_server(log=file, project=project, PYTHONDONTWRITEBYTECODE="1"):
        time.sleep(2)  # until Chalice's first look is over, which is at all files
        for other in others:
            other.write_text("changed")
        (project / "docs" / "new.md").touch()
        others[0].unlink()
        time.sleep(3)
        assert starts(log) == 1
        for number, code in enumerate(("chalicelib/settings.py", "content/facts.yaml", "app.py"), start=2):
            (project / code).touch()
            wait_for_starts(log, number)
        (project / "editorial" / "new.py").touch()
        wait_for_starts(log, 5)


def test_watches_all_code() -> None:
    """What is served depends on these files, and each of them is watched."""
    listed = subprocess.run(["git", "ls-files", *WATCHED], cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S607 - git, wherever it is
    assert {str(ROOT / path) for path in listed.splitlines()} <= watched_files(str(ROOT)).keys()


def starts(log: Path) -> int:
    """Return how often the server said that it serves."""
    return log.read_text().count("Serving on")


def wait_for_starts(log: Path, number: int) -> None:
    end = time.monotonic() + TIMEOUT
    while starts(log) < number and time.monotonic() < end:
        time.sleep(0.1)
    assert starts(log) == number


def test_prints_its_address_and_examples(running: Running) -> None:
    printed = running.log.read_text()
    assert f"Serving on {running.address}" in printed
    assert printed.count(f"curl '{running.address}/v1/") == 3


def test_other_stages_start_no_database(tmp_path: Path) -> None:
    """They read the table that CONTENT_TABLE names, here at an address where nobody listens."""
    port = free_port()
    environment = {
        "CONTENT_TABLE": "content",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "PATH": "",
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [CHALICE, "local", "--no-autoreload", "--stage", "staging", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            assert status_of_health(port, process) == 503
        finally:
            process.kill()
            process.wait()


def status_of_health(port: int, process: "subprocess.Popen[bytes]") -> int | None:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        try:
            connection.request("GET", "/v1/health")
            return connection.getresponse().status
        except ConnectionError:
            time.sleep(0.1)
        finally:
            connection.close()
    return None


def test_refuses_a_taken_port(running: Running) -> None:
    """With autoreload too, where a child process opens the port."""
    port = running.address.rpartition(":")[2]
    second = subprocess.run(
        [CHALICE, "local", "--port", port], cwd=ROOT, capture_output=True, timeout=TIMEOUT, check=False, text=True
    )
    assert f"Port {port} of 127.0.0.1 cannot be used" in second.stderr


def test_kept_connections_are_not_slow(running: Running) -> None:
    """A delayed acknowledgement makes requests on a kept connection some ten times slower than those on new ones."""
    kept = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=TIMEOUT)
    on_kept, on_new = [], []
    for _ in range(30):
        new = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=TIMEOUT)
        on_kept.append(seconds_of_a_request(kept))
        on_new.append(seconds_of_a_request(new))
        new.close()
    kept.close()
    assert statistics.median(on_kept) < 3 * statistics.median(on_new)


def seconds_of_a_request(connection: http.client.HTTPConnection) -> float:
    start = time.perf_counter()
    connection.request("GET", "/v1/concerns", headers={"Connection": "keep-alive"})
    connection.getresponse().read()
    return time.perf_counter() - start
