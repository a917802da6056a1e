"""Facts that are computed rather than written down: days, months, numbers, sums, comparisons, and unknown things."""

from __future__ import annotations

import random
from string import Formatter

SEED = 20
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "twenty-one",
)  # fmt: skip
DIGITS = {word: str(number) for number, word in enumerate(NUMBERS)} | {
    "twenty-four": "24", "twenty-six": "26", "fifty-two": "52", "sixty": "60", "one hundred": "100",
    "three hundred and sixty-six": "366",
}  # fmt: skip
LARGEST_OPERAND = 10
FILLINGS = 24
ANYTHING = ("word", "subject", "product", "place", "name", "word")
SYLLABLES = (
    "ba", "blo", "cra", "dor", "el", "fim", "gru", "has", "il", "jo", "ka", "lum", "mer", "nok", "ost", "pli", "qua",
    "rin", "sta", "tro", "un", "vex", "wim", "xor", "yel", "zab", "df", "ght", "asd", "ton", "ish", "ler",
)  # fmt: skip
# Groups from least to most. Only things of different groups are compared, so that no answer is a matter of opinion.
SIZES = (
    ("an ant", "a fly", "a bee"),
    ("a mouse", "a frog"),
    ("a cat", "a rabbit", "a hen"),
    ("a horse", "a cow", "a lion"),
    ("an elephant", "a whale"),
)
SPEEDS = (
    ("a snail", "a worm"),
    ("a tortoise", "a duck"),
    ("a bicycle", "a dog"),
    ("a car", "a train"),
    ("a plane", "a rocket"),
)


def computed_facts() -> dict[str, list[list[str]]]:
    """Rows by topic name, in the columns that the topic's table declares."""
    return {
        "day_after": _following(DAYS),
        "day_before": _following(DAYS[::-1]),
        "month_after": _following(MONTHS),
        "month_before": _following(MONTHS[::-1]),
        "number_after": [[NUMBERS[n], NUMBERS[n + 1], str(n)] for n in range(len(NUMBERS) - 1)],
        "add": [_sum(a, b, a + b) for a in range(LARGEST_OPERAND + 1) for b in range(LARGEST_OPERAND + 1)],
        "subtract": [_sum(a, b, a - b) for a in range(LARGEST_OPERAND + 1) for b in range(a + 1)],
        "large_sum": _large_sums(),
        "compare": _comparisons(SIZES, "bigger", "smaller") + _comparisons(SPEEDS, "faster", "slower"),
    }


def filled(patterns: list[str], words: dict[str, list[str]]) -> list[str]:
    """Every pattern `FILLINGS` times, its gaps filled by chance from `words`, each text once."""
    rng = random.Random(SEED)
    texts = [_fill(pattern, words, rng) for pattern in patterns for _ in range(FILLINGS)]
    return list(dict.fromkeys(text[0].upper() + text[1:] for text in texts))


def _fill(pattern: str, words: dict[str, list[str]], rng: random.Random) -> str:
    text = ""
    for literal, gap, _, _ in Formatter().parse(pattern):
        text += literal
        if gap == "made_up":
            text += "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 3)))
        elif gap:
            text += rng.choice(words[rng.choice(ANYTHING) if gap == "anything" else gap])
    return text


def _following(names: tuple[str, ...]) -> list[list[str]]:
    return [[name, names[(place + 1) % len(names)]] for place, name in enumerate(names)]


def _sum(left: int, right: int, total: int) -> list[str]:
    return [NUMBERS[left], NUMBERS[right], NUMBERS[total], str(left), str(right)]


def _large_sums() -> list[list[str]]:
    rng = random.Random(SEED)
    pairs = [(rng.randint(21, 999), rng.choice("+-*/"), rng.randint(21, 999)) for _ in range(300)]
    return [[str(left), sign, str(right)] for left, sign, right in pairs]


def _comparisons(groups: tuple[tuple[str, ...], ...], most: str, least: str) -> list[list[str]]:
    """[one, other, quality, winner, loser] for every pair of different groups, in both orders and both qualities."""
    rows = []
    for place, low in enumerate(groups):
        for high in groups[place + 1 :]:
            for small in low:
                for large in high:
                    rows += [[small, large, most, large, small], [large, small, most, large, small]]
                    rows += [[small, large, least, small, large], [large, small, least, small, large]]
    return rows
