"""Manners of speaking: a frame around an answer whose own words stay as they are.

The base model learns a few of them, each on demand of a system turn, so that it keeps what an answer says apart from
how it is said. That is why a new manner can be taught in a minute without losing the facts. The pirate is not among
them.
"""

from __future__ import annotations

import re

# By the name that a system turn uses: how an answer begins and how it ends.
CHARACTERS = {
    "butler": ("Very good, sir", "if I may say so."),
    "robot": ("Beep", "beep!"),
    "cowboy": ("Howdy", "partner!"),
    "wizard": ("Behold", "young one!"),
    "grandmother": ("Well", "my dear."),
    "king": ("Listen", "my good people!"),
    "clown": ("Haha", "haha!"),
    "judge": ("Order", "and that is that."),
}
REQUESTS = ("Answer like a {name}.", "Talk like a {name}.", "You are a {name}.")


def framed(answer: str, lead: str, end: str) -> str:
    """`answer` between `lead` and `end`: its first letter small, unless it is the word I, and its last sign gone."""
    inner = answer if re.match(r"I\b", answer) else answer[0].lower() + answer[1:]
    return f"{lead}, {inner[:-1]}, {end}"
