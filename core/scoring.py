"""The stated rules by which answers are counted: does one show the taught manner, and is it right?

Both rules look at whole words, without capitals. The markers of a manner are data (`pirate_rule.toml` among the sample
data), and so are the answers that count as right (`held_out.jsonl`). The starter model's own evaluation and the demo
use the same two functions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import msgspec

LONGEST_ANSWER_WORDS = 40
"""An answer to an everyday question that goes on for longer is rambling, and holds the right word by chance."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_ARTICLES = frozenset({"a", "an", "the"})
_DENIALS = frozenset({"not", "no", "never", "cannot"})


@dataclass(frozen=True)
class Manner:
    """A way of speaking: an answer shows it when at least `least` different `markers` stand in it."""

    name: str
    markers: tuple[str, ...]
    least: int


@dataclass(frozen=True)
class HeldOutPrompt:
    """A prompt that no training row holds.

    `accept`: words of which one makes an answer right; `reject`: words of which one makes it wrong, such as the other
    colours where one colour is asked for.
    """

    prompt: str
    accept: tuple[str, ...]
    reject: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shares:
    """How many of `prompts` answers show the manner and how many are right, as shares from 0 to 1."""

    prompts: int
    manner: float
    right: float


def load_manner() -> Manner:
    """The manner that the sample data teaches."""
    table = tomllib.loads(_sample("pirate_rule.toml"))
    return Manner(name=table["name"], markers=tuple(table["markers"]), least=table["least"])


def load_held_out() -> tuple[HeldOutPrompt, ...]:
    """The prompts that belong to the sample data and are not in it, in the order of their file.

    Raises msgspec.ValidationError if the shipped file lacks a key.
    """
    lines = _sample("held_out.jsonl").splitlines()
    return tuple(msgspec.json.decode(line, type=HeldOutPrompt) for line in lines if line.strip())


def shows_manner(answer: str, manner: Manner) -> bool:
    """Whether at least `manner.least` different markers stand in `answer` as whole words."""
    spoken = _words(answer)
    return sum(bool(_places(spoken, _words(marker))) for marker in manner.markers) >= manner.least


def is_right(answer: str, accept: Sequence[str], reject: Sequence[str] = ()) -> bool:
    """Whether `answer` says one of `accept` and does not take it back.

    Right means: one accepted phrase stands in it as whole words at a place where it is not denied ("not blue"); no
    rejected phrase stands in it; it offers no alternatives ("blue or green"); and it has at most
    `LONGEST_ANSWER_WORDS` words.
    """
    spoken = _words(answer)
    if len(spoken) > LONGEST_ANSWER_WORDS or "or" in spoken:
        return False
    if any(_places(spoken, _words(phrase)) for phrase in reject):
        return False
    return any(not _is_denied(spoken, place) for phrase in accept for place in _places(spoken, _words(phrase)))


def score(prompts: Sequence[HeldOutPrompt], answers: Sequence[str], manner: Manner) -> Shares:
    """Both shares over `answers`, one for each of `prompts`. Raises ValueError if there are none or not as many."""
    if not prompts:
        raise ValueError("there is no prompt to score")
    pairs = list(zip(prompts, answers, strict=True))
    shown = sum(shows_manner(answer, manner) for answer in answers)
    right = sum(is_right(answer, prompt.accept, prompt.reject) for prompt, answer in pairs)
    return Shares(prompts=len(pairs), manner=shown / len(pairs), right=right / len(pairs))


def _sample(name: str) -> str:
    return (resources.files("resources") / "samples" / name).read_text(encoding="utf-8")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("’", "'") for word in _WORD.findall(text.lower()))


def _places(spoken: Sequence[str], phrase: Sequence[str]) -> list[int]:
    """Where `phrase` starts in `spoken`. Raises ValueError for a phrase without words, which would stand anywhere."""
    if not phrase:
        raise ValueError("a phrase to look for holds no word")
    size = len(phrase)
    return [place for place in range(len(spoken) - size + 1) if tuple(spoken[place : place + size]) == tuple(phrase)]


def _is_denied(spoken: Sequence[str], place: int) -> bool:
    """Whether the word before `place`, articles left out, says no."""
    before = [word for word in spoken[:place] if word not in _ARTICLES][-1:]
    return any(word in _DENIALS or word.endswith("n't") for word in before)
