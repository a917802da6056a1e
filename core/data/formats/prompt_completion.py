"""Prompt and completion: two columns of text under one of several pairs of names."""

from __future__ import annotations

from core.data.formats.format import Format, Row, Verdict, accept, decline, text_of
from core.data.report import Turn

TITLE = "Prompt and completion"
PAIRS = (("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("input", "output"))
NEEDS = " or ".join(f"{prompt} and {answer}" for prompt, answer in PAIRS)


def _pair(row: Row) -> tuple[str, str] | None:
    return next(((prompt, answer) for prompt, answer in PAIRS if prompt in row and answer in row), None)


def judge(row: Row) -> Verdict:
    """Accepts rows with one of `PAIRS`."""
    pair = _pair(row)
    return accept(TITLE, *pair) if pair else decline(TITLE, NEEDS)


def turns(row: Row) -> list[Turn]:
    """The conversation of `row`: one question, one answer."""
    prompt, answer = _pair(row) or PAIRS[0]
    system = text_of(row, "system", may_be_empty=True)
    talk = [Turn("user", text_of(row, prompt)), Turn("assistant", text_of(row, answer))]
    return [Turn("system", system), *talk] if system.strip() else talk


FORMAT = Format(
    name="prompt_completion",
    title=TITLE,
    needs=NEEDS,
    keys=frozenset({key for pair in PAIRS for key in pair} | {"system"}),
    judge=judge,
    turns=turns,
)
