"""Alpaca: `instruction`, perhaps `input`, and `output`; Dolly's names `context` and `response` count too."""

from __future__ import annotations

from core.data.formats.format import Format, Row, Verdict, accept, decline, text_of
from core.data.report import Turn

TITLE = "Alpaca"
NEEDS = "instruction and output (input may be there)"
INPUTS = ("input", "context")
OUTPUTS = ("output", "response")


def _columns(row: Row) -> tuple[str | None, str | None]:
    return next((key for key in INPUTS if key in row), None), next((key for key in OUTPUTS if key in row), None)


def judge(row: Row) -> Verdict:
    """Accepts rows with `instruction` and an output."""
    given, output = _columns(row)
    if "instruction" not in row or output is None:
        return decline(TITLE, NEEDS)
    return accept(TITLE, "instruction", *([given] if given else []), output)


def turns(row: Row) -> list[Turn]:
    """The conversation of `row`: instruction and input are the user's words, with an empty line between."""
    given, output = _columns(row)
    question = text_of(row, "instruction")
    extra = text_of(row, given, may_be_empty=True) if given else ""
    if extra.strip():
        question = f"{question}\n\n{extra}"
    system = text_of(row, "system", may_be_empty=True)
    talk = [Turn("user", question), Turn("assistant", text_of(row, output or OUTPUTS[0]))]
    return [Turn("system", system), *talk] if system.strip() else talk


FORMAT = Format(
    name="alpaca",
    title=TITLE,
    needs=NEEDS,
    keys=frozenset({"instruction", *INPUTS, *OUTPUTS, "system"}),
    judge=judge,
    turns=turns,
)
