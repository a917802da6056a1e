"""A process that talks like a training worker, as fast as it is told: FOLDER EVENTS PER_SECOND. Then it holds on."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from core.events import AnyEvent, Opened, StateChanged, Step
from core.events.stream import encode
from core.runs.liveness import write_own_identity
from core.runs.log import FILE

BATCHES_PER_SECOND = 20


def step(number: int) -> Step:
    return Step(
        step=number,
        epoch=number / 100,
        loss=3.0 / number,
        learning_rate=2e-4,
        grad_norm=1.0,
        tokens=1000 * number,
        tokens_per_second=1000.0,
        seconds=float(number),
        left_s=1.0,
    )


def main(folder: Path, count: int, per_second: int) -> None:
    identity = write_own_identity(folder)
    with (folder / FILE).open("ab", buffering=0) as log:

        def say(*events: AnyEvent) -> None:
            log.write(b"".join(encode(event) for event in events))

        say(Opened(version=1, task="train", pid=identity.pid), StateChanged(state="running"))
        batch = max(1, per_second // BATCHES_PER_SECOND)
        began = time.monotonic()
        for first in range(1, count + 1, batch):
            say(*(step(number) for number in range(first, min(first + batch, count + 1))))
            time.sleep(max(0.0, began + (first + batch) / per_second - time.monotonic()))
    time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
