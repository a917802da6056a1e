"""A paused run: a small process without a model, which waits beside the checkpoint until it is told to go on.

Imports nothing heavy: to hold still takes some 40 MB and nothing of a card.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from core.engine import checkpoints
from core.engine.control import Control
from core.engine.progress import RunProgress, read_progress
from core.runs.run import ADAPTER, CHECKPOINTS, Run


def hold_still(run: Run, control: Control, progress: RunProgress) -> bool:
    """Wait until the run shall go on; False if it shall stop instead. Its result is then kept, without any loading.

    Args:
        progress: filled with what the run has come to.

    Raises:
        TunesmithError: `run.broken_checkpoint`, `file.not_writable`.
    """
    checkpoint = checkpoints.newest(run.path / CHECKPOINTS)
    if checkpoint is not None:
        progress.take(read_progress(checkpoint))
    control.pause()
    control.wait_while_paused()
    if not control.stop_wanted:
        control.begin_loading()
        return True
    if checkpoint is not None:
        _keep_result(run, checkpoint, progress)
    return False


def _keep_result(run: Run, checkpoint: Path, progress: RunProgress) -> None:
    """The adapter of the checkpoint, or of the best one if a later validation was worse, as the run's result."""
    best = run.path / CHECKPOINTS / checkpoints.name_of(progress.validation.best_step)
    chosen = best if progress.validation.best_is_earlier and checkpoints.is_whole(best) else checkpoint
    progress.adapter_step = checkpoints.step_of(chosen)
    checkpoints.write_aside(run.path / ADAPTER, lambda place: _copy_adapter(chosen, place))


def _copy_adapter(checkpoint: Path, place: Path) -> None:
    for name in checkpoints.ADAPTER_FILES:
        shutil.copyfile(checkpoint / name, place / name)
