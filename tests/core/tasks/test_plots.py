from __future__ import annotations

from pathlib import Path

from core.events import Memory, Step, Validation
from core.tasks.plots import write_plots


def test_a_runs_curves_become_three_pictures(tmp_path: Path) -> None:
    events = [
        Step(
            step=n, epoch=1.0, loss=3.0 / n, learning_rate=1e-3, grad_norm=1.0, tokens=9, tokens_per_second=90.0,
            seconds=1.0, left_s=0.0,
        )
        for n in range(1, 20)
    ]  # fmt: skip
    memory = Memory(
        step=3, device_used_bytes=0, device_total_bytes=0, process_bytes=2**30, process_peak_bytes=2**30,
        ram_used_bytes=2**31, ram_total_bytes=2**33,
    )  # fmt: skip
    paths = write_plots([*events, Validation(step=10, loss=0.5), memory], tmp_path, predicted_memory_bytes=2**30)
    assert [path.name for path in paths] == ["loss.png", "memory.png", "speed.png"]
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 5_000
