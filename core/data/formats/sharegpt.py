"""ShareGPT: `conversations`, a list of objects with from and value, and perhaps a column `system`."""

from __future__ import annotations

from core.data.formats.format import Format, Row, Verdict, accept, decline, text_of
from core.data.formats.messages import in_order, turns_of
from core.data.report import Turn

TITLE = "ShareGPT"
NEEDS = "conversations (a list of objects with from and value)"
COLUMNS = ("conversations", "conversation")


def judge(row: Row) -> Verdict:
    """Accepts rows with the key `conversations` or `conversation`."""
    found = next((column for column in COLUMNS if column in row), None)
    return accept(TITLE, found) if found else decline(TITLE, NEEDS)


def turns(row: Row) -> list[Turn]:
    """The conversation of `row`."""
    column = next((column for column in COLUMNS if column in row), COLUMNS[0])
    conversation = turns_of(row.get(column), column)
    system = text_of(row, "system", may_be_empty=True)
    if system.strip() and conversation[0].role != "system":
        conversation = [Turn("system", system), *conversation]
    return in_order(conversation)


FORMAT = Format(
    name="sharegpt", title=TITLE, needs=NEEDS, keys=frozenset({*COLUMNS, "system"}), judge=judge, turns=turns
)
