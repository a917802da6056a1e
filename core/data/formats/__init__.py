"""The ways to write a conversation as a row.

To add one: write a file here that declares a `FORMAT` (its name, the keys it needs, how it judges a row's keys and
reads a row), and name it in the tuple below, before any format whose keys it contains. Detection, the errors about
missing keys and the choices of the window and the command line read this table; `tests/core/data/test_formats.py`
walks it.
"""

from __future__ import annotations

from core.data.formats import alpaca, chat, prompt_completion, sharegpt
from core.data.formats.format import Format, Row, UnusableRow, Verdict

FORMATS: dict[str, Format] = {
    format.name: format for format in (chat.FORMAT, sharegpt.FORMAT, alpaca.FORMAT, prompt_completion.FORMAT)
}

__all__ = ["FORMATS", "Format", "Row", "UnusableRow", "Verdict"]
