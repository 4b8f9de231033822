"""The ids of a list, and which of them come near one that is not among them; pure."""

from bisect import bisect
from collections.abc import Iterable

LONGEST = 100  # characters: nothing longer is compared
NEIGHBOURS = 8
SUGGESTIONS = 5
NAMED = 50


class Names:
    """The ids of a list.

    A slip leaves the beginning of an id as it was, or its end, so the ids beside it in the dictionary, forwards or
    backwards, are the ones to compare: as many in a list of twenty thousand as in a list of twenty.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        """Give the ids in the order of their list."""
        every = list(ids)
        self.first = tuple(every[:NAMED])
        self._forwards = sorted(every)
        self._backwards = sorted(name[::-1] for name in every)

    def near(self, asked: str) -> list[str]:
        """Give the ids that come near another, the nearest first; none if it is longer than any id."""
        if len(asked) > LONGEST:
            return []
        import difflib  # noqa: PLC0415 - 0.7 MB, for those instances only that are asked for what is not there

        wanted = asked.lower()
        beside = [*_beside(self._forwards, wanted), *(name[::-1] for name in _beside(self._backwards, wanted[::-1]))]
        return difflib.get_close_matches(wanted, dict.fromkeys(beside), SUGGESTIONS)


def _beside(ordered: list[str], wanted: str) -> list[str]:
    place = bisect(ordered, wanted)
    return ordered[max(0, place - NEIGHBOURS) : place + NEIGHBOURS]
