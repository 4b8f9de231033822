"""How long a reply may be kept."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.web.caching import cache_control


def test_far_from_a_review_shared_caches_keep_a_reply_for_minutes_and_a_day_when_the_api_fails() -> None:
    expected = "max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
    assert cache_control(10_000_000) == expected


@given(st.integers(-1_000_000, 1_000_000))
def test_no_lifetime_runs_past_the_next_review(left: int) -> None:
    shared, revalidate, on_error = (
        int(number) for number in re.findall(r"(?:s-maxage|stale-\S+)=(\d+)", cache_control(left))
    )
    assert 0 <= shared <= 300
    assert shared + max(revalidate, on_error) <= max(0, left)
