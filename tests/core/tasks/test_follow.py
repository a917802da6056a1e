"""Following a run whose worker vanished."""

from __future__ import annotations

import subprocess
import sys

from core.events import Failed, Finished, Step
from core.events.stream import encode
from core.files import write_json
from core.runs import liveness
from core.runs.log import FILE
from core.runs.run import Run
from core.tasks.follow import RunEvents


def test_a_run_whose_worker_is_gone_without_a_word_still_ends_with_failed_and_finished(new_run: Run) -> None:
    step = Step(
        step=1, epoch=0.5, loss=2.0, learning_rate=1e-3, grad_norm=None, tokens=7, tokens_per_second=9.0,
        seconds=1.0, left_s=2.0,
    )  # fmt: skip
    (new_run.path / FILE).write_bytes(encode(step))
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_json(new_run.path / liveness.FILE, liveness.identity_of(worker.pid))
    worker.communicate()
    heard = list(RunEvents(new_run).with_death())
    assert heard[0] == step
    assert isinstance(heard[1], Failed) and heard[1].code == "worker.died"
    last = heard[-1]
    assert isinstance(last, Finished)
    assert (last.state, last.steps, last.loss_first, last.loss_last) == ("died", 1, 2.0, 2.0)
