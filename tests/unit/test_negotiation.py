"""What a request asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.negotiation import language, media_type, not_modified, parameters
from chalicelib.problems import Problem

TAG = '"abc"'


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES", "es"),
        ("es-MX", "es"),
        ("es-MX, en;q=0.9", "es"),
        ("fr, es;q=0.5", "es"),
        ("fr", "en"),
        ("es;q=0.4, pt-BR;q=0.5", "pt-BR"),
        ("pt", "en"),
        ("pt-BR-x-private", "pt-BR"),
        ("*", "en"),
        ("*, es;q=0.5", "en"),
        ("en;q=0, *", "es"),
        ("es;q=0", "en"),
        ("es;q=0.000, es;q=1", "en"),
        ("en;q=0.1, es;q=0.2", "es"),
        ("es;q=1.5", "en"),
        ("es;q=nonsense, pt-BR;q=0.1", "pt-BR"),
        ("; , ;;;q=", "en"),
        ("ñ, es", "es"),
    ],
)
def test_the_language_is_the_one_that_is_offered_and_wanted_most(accepted: str, chosen: str) -> None:
    assert language(accepted, ("en", "es", "pt-BR"), "en") == chosen


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "a/json"),
        ("*/*", "a/json"),
        ("a/json", "a/json"),
        ("A/JSON", "a/json"),
        ("a/*", "a/json"),
        ("a/ld+json", "a/ld+json"),
        ("a/json;q=0.5, a/ld+json", "a/ld+json"),
        ("a/ld+json;q=0.5, */*;q=0.1", "a/ld+json"),
        ("a/json;q=0, */*", "a/ld+json"),
        ("text/html, */*;q=0.8", "a/json"),
        ("text/html", None),
        ("a/json;q=0", None),
        ("*/*;q=0", None),
        ("a/json;charset=utf-8", "a/json"),
        ('a/json;v="1";q=0.1, a/ld+json;q=0.2', "a/ld+json"),
        ("nonsense", "a/json"),
        ("a/json;q=2, text/html", None),
        (",,;q=1", "a/json"),
    ],
)
def test_the_type_is_the_one_that_is_offered_and_wanted_most(accepted: str, chosen: str | None) -> None:
    assert media_type(accepted, ("a/json", "a/ld+json")) == chosen


@given(st.text(max_size=60))
def test_whatever_is_accepted_an_offered_type_or_none_is_chosen(accepted: str) -> None:
    assert media_type(accepted, ("a/json", "a/ld+json")) in {"a/json", "a/ld+json", None}


@given(st.text(max_size=60))
def test_whatever_is_accepted_an_offered_language_is_chosen(accepted: str) -> None:
    assert language(accepted, ("en", "es"), "en") in {"en", "es"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, False),
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ('"x",W/"abc" ,"y"', True),
        ('"a,b", "abc"', True),
        ('"x, "abc"', False),
        ("*", True),
        (" * ", True),
        ("abc", False),
        ('"ABC"', False),
        ('"abcd"', False),
    ],
)
def test_a_condition_is_met_by_weak_comparison(condition: str | None, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    assert not_modified(condition, TAG) is expected


OPAQUE = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=10).map(lambda text: f'"{text}"')


@given(st.lists(st.tuples(st.sampled_from(["", "W/"]), OPAQUE), min_size=1, max_size=6), OPAQUE)
def test_a_list_of_tags_holds_exactly_its_members(members: list[tuple[str, str]], tag: str) -> None:
    condition = ", ".join(weak + opaque for weak, opaque in members)
    assert not_modified(condition, tag) is (tag in {opaque for _, opaque in members})


def test_parameters_are_given_by_name() -> None:
    assert parameters({"lang": ["en"], "about": [""]}, ("lang", "about")) == {"lang": "en", "about": ""}


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ({"x": ["1"]}, {"parameter": "x", "allowed": ["edition", "lang"]}),
        ({"lang": ["en", "es"]}, {"parameter": "lang"}),
        ({"x" * 5000: ["1"]}, {"parameter": "x" * 100, "allowed": ["edition", "lang"]}),
    ],
)
def test_an_unknown_or_repeated_parameter_is_a_400_that_names_it(
    query: dict[str, list[str]], members: dict[str, object]
) -> None:
    with pytest.raises(Problem) as raised:
        parameters(query, ("lang", "edition"))
    assert raised.value.status == 400
    assert raised.value.members == members
