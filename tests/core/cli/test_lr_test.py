"""`tunesmith lr-test`: what it takes, and its curve in lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.cli import USAGE, lr_test, main
from core.events import RateTried


def test_a_job_file_and_settings_beside_it_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lr-test", "--job", str(tmp_path / "job.json"), "--set", "epochs=1"]) == USAGE
    assert "--job FILE says everything" in capfd.readouterr().err


def test_the_curve_is_a_dozen_lines_from_the_first_rate_to_the_last() -> None:
    tried = [RateTried(step=n, steps_total=50, learning_rate=n * 1e-5, loss=4.0 - n / 20) for n in range(1, 51)]
    lines = lr_test._curve(tried)
    assert len(lines) == lr_test.DRAWN
    assert lines[0].split()[:2] == ["1.0e-05", "3.950"] and lines[-1].split()[:2] == ["5.0e-04", "1.500"]
    assert len(lines[0]) > len(lines[-1])
    assert lr_test._curve([]) == []
