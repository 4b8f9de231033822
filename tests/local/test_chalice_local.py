"""Plain `chalice local`, as a developer starts it."""

import http.client
import statistics
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

from operations.ports import free_port
from tests.conftest import ROOT
from tests.local.conftest import CHALICE, START, local_server

PATHS = ("/v1", "/v1/article", "/v1/concerns", "/v1/risks", "/v1/decision-factors", "/v1/benefits", "/v1/sources")
ELSEWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "nosuch", "CONTENT_TABLE": "somebody-elses"}


def bodies(address: str) -> list[bytes]:
    return [urlopen(f"{address}{path}", timeout=START).read() for path in PATHS]  # noqa: S310 - an address of ours


def test_it_serves_the_same_bytes_each_time_whatever_the_shell_says_about_aws(tmp_path: Path) -> None:
    runs = []
    for run in range(3):
        with (tmp_path / f"log{run}").open("w") as log, local_server(log=log, **ELSEWHERE) as address:
            runs.append(bodies(address))
    assert runs[0] == runs[1] == runs[2]
    assert b'"id":"cellulite"' in runs[0][2]


def test_it_says_where_it_serves_and_what_to_try(tmp_path: Path) -> None:
    log_file = tmp_path / "log"
    with log_file.open("w") as log, local_server("--no-autoreload", log=log) as address:
        said = log_file.read_text()
    assert f"Serving on {address}" in said
    assert said.count(f"curl '{address}/v1/") == 3


def test_another_stage_reads_the_table_that_is_named_and_starts_no_database(tmp_path: Path) -> None:
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
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
        try:
            connection.request("GET", "/v1/health")
            return connection.getresponse().status
        except ConnectionError:
            time.sleep(0.1)
        finally:
            connection.close()
    return None


def test_a_port_that_is_taken_ends_it_with_a_message_in_the_reloading_form_too(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log, local_server("--no-autoreload", log=log) as address:
        port = address.rpartition(":")[2]
        second = subprocess.run(
            [CHALICE, "local", "--port", port], cwd=ROOT, capture_output=True, timeout=START, check=False, text=True
        )
    assert f"Port {port} of 127.0.0.1 cannot be used" in second.stderr


def test_a_request_on_a_kept_connection_does_not_wait_for_an_acknowledgement(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log, local_server("--no-autoreload", log=log) as address:
        kept = http.client.HTTPConnection(address.removeprefix("http://"), timeout=START)
        on_kept, on_new = [], []
        for _ in range(30):
            new = http.client.HTTPConnection(address.removeprefix("http://"), timeout=START)
            on_kept.append(time_of_a_request(kept))
            on_new.append(time_of_a_request(new))
            new.close()
        kept.close()
    # A delayed acknowledgement makes a request on a kept connection some ten times slower than one on a new one.
    assert statistics.median(on_kept) < 3 * statistics.median(on_new)


def time_of_a_request(connection: http.client.HTTPConnection) -> float:
    start = time.perf_counter()
    connection.request("GET", "/v1/concerns", headers={"Connection": "keep-alive"})
    connection.getresponse().read()
    return time.perf_counter() - start
