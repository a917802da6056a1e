"""Chat: `messages`, a list of objects with role and content."""

from __future__ import annotations

from core.data.formats.format import Format, Row, Verdict, accept, decline
from core.data.formats.messages import in_order, turns_of
from core.data.report import Turn

TITLE = "Chat"
NEEDS = "messages (a list of objects with role and content)"


def judge(row: Row) -> Verdict:
    """Accepts rows with the key `messages`."""
    return accept(TITLE, "messages") if "messages" in row else decline(TITLE, NEEDS)


def turns(row: Row) -> list[Turn]:
    """The conversation of `row`."""
    return in_order(turns_of(row.get("messages"), "messages"))


FORMAT = Format(name="chat", title=TITLE, needs=NEEDS, keys=frozenset({"messages"}), judge=judge, turns=turns)
