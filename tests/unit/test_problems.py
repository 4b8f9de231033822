"""What an error says."""

import time

import msgspec
import pytest

from chalicelib.web.problems import unknown_id

RISKS = ("bruising", "swelling", "infection", "scarring", "allergic-reaction")
MANY = tuple(f"concern-of-the-list-{number}" for number in range(20_000))


def said(ids: tuple[str, ...], asked: str) -> tuple[list[str], list[str]]:
    problem = msgspec.json.decode(unknown_id(ids, asked, "/v1/risks"))
    return problem["did_you_mean"], problem["known"]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("scaring", ["scarring"]),
        ("SCARRING", ["scarring"]),
        ("scarring-", ["scarring"]),
        ("welling", ["swelling"]),
        ("nothing-like-it", []),
        ("", []),
    ],
)
def test_similar_ids_are_suggested(asked: str, near: list[str]) -> None:
    assert said(RISKS, asked) == (near, list(RISKS))


def test_at_most_5_ids_are_suggested() -> None:
    assert len(said(MANY, MANY[0][:-1])[0]) == 5


def test_the_first_50_ids_are_known() -> None:
    assert said(MANY, "x")[1] == list(MANY[:50])


@pytest.mark.parametrize(("length", "near"), [(64, ["a" * 64]), (65, []), (10_000, [])])
def test_nothing_is_near_what_is_no_id(length: int, near: list[str]) -> None:
    assert said(("a" * 64,), "a" * length)[0] == near


def test_a_long_list_costs_no_more() -> None:
    """50 ms are what any request may take (tests/http/test_processor_time.py)."""
    start = time.thread_time()
    said(MANY, "concern-of-the-list")
    assert time.thread_time() - start < 0.05
