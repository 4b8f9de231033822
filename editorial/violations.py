"""What is wrong in the content files, by file, place and line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

# The line of each place in a file, for example of `risks.bruising.line`.
Lines: TypeAlias = Mapping[str, int]


@dataclass(frozen=True)
class Violation:
    """One thing for an editor to fix: its file, place and line, the rule it breaks, and the value found there."""

    file: str
    place: str
    rule: str
    value: str = ""
    # These follow from the others, so they are not compared.
    line: int | None = field(default=None, compare=False)
    exception: str = field(default="", compare=False)
    """The name under which an exception to the rule can be listed, if one can."""

    def __str__(self) -> str:
        file = f"{self.file}:{self.line}" if self.line else self.file
        place = f"{self.place}: " if self.place else ""
        value = f" (found: {self.value})" if self.value else ""
        exception = f" [{self.exception}]" if self.exception else ""
        return f"{file}: {place}{self.rule}{value}{exception}"


class InvalidContentError(Exception):
    """The content cannot be published; `violations` lists why, by file and line."""

    def __init__(self, violations: Iterable[Violation], lines: Mapping[str, Lines] | None = None) -> None:
        located = {located_in(violation, lines or {}) for violation in violations}
        self.violations = sorted(
            located, key=lambda each: (each.file, each.line or 0, each.place, each.rule, each.value)
        )
        super().__init__("\n".join(str(violation) for violation in self.violations))


def located_in(violation: Violation, lines: Mapping[str, Lines]) -> Violation:
    """Return a violation with the line of its place or, if the file lacks that, of what is around it."""
    known = lines.get(violation.file, {})
    parts = () if violation.line else violation.place.split(".")
    for end in range(len(parts), 0, -1):
        place = ".".join(parts[:end])
        # The fields of the article are at the top of the files, and so are the sources in a file of their own.
        for name in (place, place.removeprefix("article."), place.removeprefix("sources.")):
            if name in known:
                return replace(violation, line=known[name])
    return violation
