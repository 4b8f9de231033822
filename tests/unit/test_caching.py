"""How long a reply may be cached."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.web.caching import cache_control


def test_lifetimes_far_from_a_check() -> None:
    expected = "max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
    assert cache_control(10_000_000, for_edge=True) == expected
    assert cache_control(10_000_000, for_edge=False) == "max-age=0, s-maxage=300, stale-if-error=86400"


@given(st.integers(-1_000_000, 1_000_000), st.booleans())
def test_no_lifetime_outlasts_the_check(seconds_left: int, for_edge: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    lifetimes = re.findall(r"(s-maxage|stale-\S+)=(\d+)", cache_control(seconds_left, for_edge=for_edge))
    s_maxage, *stale = (int(seconds) for _, seconds in lifetimes)
    assert len(stale) == 1 + for_edge
    assert 0 <= s_maxage <= 300
    assert s_maxage + max(stale) <= max(0, seconds_left)
