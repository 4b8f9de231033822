"""The kinds of problem, and the error for an unknown id."""

import time
from http import HTTPStatus

import msgspec
import pytest

from chalicelib.web import problems
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


def test_every_kind_of_problem_is_listed() -> None:
    kinds = [value for value in vars(problems).values() if isinstance(value, problems.ProblemType)]
    assert kinds == problems.PROBLEM_TYPES
    for unique in ("type", "title", "advice"):
        assert len({getattr(kind, unique) for kind in kinds}) == len(kinds), unique


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.BAD_REQUEST, problems.MALFORMED_REQUEST),
        (HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, problems.MALFORMED_REQUEST),
        (HTTPStatus.REQUEST_URI_TOO_LONG, problems.REQUEST_TOO_LARGE),
        (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, problems.REQUEST_TOO_LARGE),
    ],
)
def test_no_request_has_the_status_of_its_kind(status: HTTPStatus, kind: problems.ProblemType) -> None:
    """`/v1/problems` lists one status for each kind."""
    problem = problems.not_a_request(status)
    assert (problem.kind, problem.status) == (kind, kind.status)


def test_every_error_function_names_a_kind_of_its_own() -> None:
    """Only the text of an unknown id is made elsewhere."""
    raised = [
        problems.unknown_parameter("x", []),
        problems.repeated_parameter("x"),
        problems.unknown_value("x", "y", []),
        problems.not_a_number_of_pixels("x", "y"),
        problems.not_acceptable([], html_accepted=False),
        problems.edition_not_found("x", gone=False),
        problems.edition_not_found("x", gone=True),
        problems.not_in_the_log("x"),
        problems.no_card(),
        problems.json_only(),
        problems.no_resource(),
        problems.read_only(),
        problems.no_content(1),
        problems.not_a_request(HTTPStatus.BAD_REQUEST),
        problems.unsupported_body(),
        problems.internal_error(),
        *(problems.GATEWAY_PROBLEMS[name] for name in ("THROTTLED", "REQUEST_TOO_LARGE", "DEFAULT_5XX")),
    ]
    kinds = [problem.kind.type for problem in raised]
    assert len(kinds) == len(set(kinds))
    assert {*kinds, problems.UNKNOWN_ID.type} == {kind.type for kind in problems.PROBLEM_TYPES}
    assert msgspec.json.decode(unknown_id(RISKS, "x", "/v1/risks"))["type"] == "/v1/problems#unknown-id"
