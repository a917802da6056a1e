"""Progress bars in a terminal, with standard output going elsewhere."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from core.cli.output import Output
from core.cli.progress import EventBars
from core.events import Progress


def test_json_reaches_standard_output_while_bars_move_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = io.StringIO()
    with EventBars(Console(file=terminal, force_terminal=True)):
        Output(json=True).line(b'{"type":"done"}\n')
        sys.stdout.flush()
    assert capsys.readouterr().out == '{"type":"done"}\n'
    assert "done" not in terminal.getvalue()


def test_what_had_no_known_end_is_full_once_something_comes_after_it() -> None:
    terminal = io.StringIO()
    with EventBars(Console(file=terminal, force_terminal=True)) as bars:
        bars.show(Progress(phase="loading", text="Loading the model"))
        assert [task.finished for task in bars._bars.tasks] == [False]
        bars.show(Progress(phase="preparing", text="Preparing", done=1, total=4))
        assert [task.finished for task in bars._bars.tasks] == [True, False]
