"""How long a reply may be cached."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.web.caching import cache_control


def test_lifetimes_far_from_a_review() -> None:
    expected = "max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
    assert cache_control(10_000_000) == expected


@given(st.integers(-1_000_000, 1_000_000))
def test_no_lifetime_outlasts_the_review(seconds_left: int) -> None:
    s_maxage, revalidate, on_error = (
        int(number) for number in re.findall(r"(?:s-maxage|stale-\S+)=(\d+)", cache_control(seconds_left))
    )
    assert 0 <= s_maxage <= 300
    assert s_maxage + max(revalidate, on_error) <= max(0, seconds_left)
