"""What a command prints: words or one JSON document on standard output, notes always on standard error."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console, RenderableType

from core.errors import TunesmithError


class Output:
    """Where a command's words go. With `json`, only `document` and `line` reach standard output."""

    def __init__(self, json: bool) -> None:
        self.json = json
        self._out = Console(soft_wrap=False, highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def document(self, value: Any) -> None:
        """The command's one JSON document; nothing without `--json`."""
        if self.json:
            text = msgspec.json.format(msgspec.json.encode(value), indent=2)
            sys.stdout.write(text.decode() + "\n")
            sys.stdout.flush()

    def line(self, encoded: bytes) -> None:
        """One event of a stream, as a line that ends with a newline; nothing without `--json`."""
        if self.json:
            sys.stdout.write(encoded.decode())
            sys.stdout.flush()

    def print(self, text: RenderableType) -> None:
        """Words for the person; silent under `--json`."""
        if not self.json:
            self._out.print(text)

    def note(self, text: RenderableType) -> None:
        """Progress and warnings."""
        self.err.print(text)

    def error(self, error: TunesmithError) -> None:
        """An error for the person, or the error document."""
        if self.json:
            fields = {"code": error.code, "what": error.what, "why": error.why, "remedy": error.remedy}
            self.document({"error": fields | {"where": error.where}})
        else:
            self.explain(error)

    def explain(self, error: TunesmithError) -> None:
        """An error in words on standard error."""
        self.err.print(f"[bold red]Error:[/] {_plain(error.what)}", soft_wrap=True)
        for word, text in (("Why", error.why), ("What to do", error.remedy), ("Where", error.where)):
            if text:
                self.err.print(f"  [bold]{word}:[/] {_plain(text)}", soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
