"""Which ids come near one that is not there."""

import difflib
import string

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.names import Names

slugs = st.text(string.ascii_lowercase + "-", min_size=4, max_size=20)


@given(st.lists(slugs, unique=True, max_size=8), slugs)
def test_in_a_short_list_every_id_is_compared(ids: list[str], asked: str) -> None:
    near = Names(ids).near(asked)
    # Among equally near ones the order is the dictionary's, not the list's.
    assert set(near) <= set(ids)
    assert bool(near) == bool(difflib.get_close_matches(asked, ids, 5))


@given(st.integers(0, 19_999), st.integers(0, 30), st.sampled_from(string.ascii_lowercase))
def test_one_slip_is_forgiven_in_a_list_of_any_length(number: int, place: int, letter: str) -> None:
    meant = IDS[number]
    place %= len(meant)
    for asked in (meant[:place] + meant[place + 1 :], meant[:place] + letter + meant[place:], meant.upper()):
        assert meant in LONG.near(asked) or asked in IDS


def test_what_is_longer_than_any_id_is_near_to_none() -> None:
    assert Names(["bruising"]).near("bruising" * 20) == []


def test_only_some_of_a_long_list_are_named() -> None:
    assert LONG.first == tuple(IDS[:50])


# Ids that differ early and late, as those of twenty thousand concerns would.
IDS = [f"{hash_:08x}-of-the-{part}" for hash_, part in ((n * 2654435761 % 2**32, n % 7) for n in range(20_000))]
LONG = Names(IDS)
