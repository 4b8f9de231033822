"""Numbers in texts, as digits or as English words."""

import re

DIGIT = re.compile(r"\d")  # of any script
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WRITTEN_NUMBERS = {word: 10 + number for number, word in enumerate(TEENS)} | {
    word: 10 * number for number, word in enumerate(TENS, start=2)
}
WRITTEN = re.compile(rf"\b({'|'.join(WRITTEN_NUMBERS)})(?:-({'|'.join(UNITS)}))?\b", re.IGNORECASE)


def figures(text: str) -> set[str]:
    """Return the numbers in a text, in ASCII digits: those in digits of any script, and English words from 10 to 99."""
    written = (
        WRITTEN_NUMBERS[tens.lower()] + (UNITS.index(unit.lower()) + 1 if unit else 0)
        for tens, unit in WRITTEN.findall(text)
    )
    in_ascii = DIGIT.sub(lambda digit: str(int(digit.group())), text)
    return {*FIGURE.findall(in_ascii), *map(str, written)}
