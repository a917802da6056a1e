"""Progress bars in a terminal, with standard output going elsewhere."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from core.cli.output import Output
from core.cli.progress import EventBars


def test_json_reaches_standard_output_while_bars_move_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = io.StringIO()
    with EventBars(Console(file=terminal, force_terminal=True)):
        Output(json=True).line(b'{"type":"done"}\n')
        sys.stdout.flush()
    assert capsys.readouterr().out == '{"type":"done"}\n'
    assert "done" not in terminal.getvalue()
