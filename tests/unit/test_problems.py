"""The error for an unknown id."""

import time

import msgspec
import pytest

from chalicelib.web.problems import unknown_id

RISKS = ("bruising", "swelling", "infection", "scarring", "allergic-reaction")
MANY = tuple(f"concern-of-the-list-{number}" for number in range(20_000))


def suggested_and_known(ids: tuple[str, ...], requested: str) -> tuple[list[str], list[str]]:
    problem = msgspec.json.decode(unknown_id(ids, requested, "/v1/risks"))
    return problem["did_you_mean"], problem["known"]


@pytest.mark.parametrize(
    ("requested", "similar"),
    [
        ("scaring", ["scarring"]),
        ("SCARRING", ["scarring"]),
        ("scarring-", ["scarring"]),
        ("welling", ["swelling"]),
        ("nothing-like-it", []),
        ("", []),
    ],
)
def test_similar_ids_are_suggested(requested: str, similar: list[str]) -> None:
    assert suggested_and_known(RISKS, requested) == (similar, list(RISKS))


def test_at_most_5_ids_are_suggested() -> None:
    assert len(suggested_and_known(MANY, MANY[0][:-1])[0]) == 5


def test_the_first_50_ids_are_known() -> None:
    assert suggested_and_known(MANY, "x")[1] == list(MANY[:50])


@pytest.mark.parametrize(("length", "similar"), [(64, ["a" * 64]), (65, []), (10_000, [])])
def test_a_long_id_has_no_similar_ids(length: int, similar: list[str]) -> None:
    assert suggested_and_known(("a" * 64,), "a" * length)[0] == similar


def test_a_long_list_takes_under_50_ms() -> None:
    """No request may take more than 50 ms (tests/http/test_processor_time.py)."""
    start = time.thread_time()
    suggested_and_known(MANY, "concern-of-the-list")
    assert time.thread_time() - start < 0.05
