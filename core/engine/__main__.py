"""The engine's process: `python -P -m core.engine train RUN_PATH`, or `… attached`.

`--paused` and `--retried` are for the process that takes over from another (`core.engine.renewal`).
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from core.engine.renewal import Renewal, from_flags, renew
from core.errors import TunesmithError

USAGE = "usage: python -P -m core.engine (train RUN_PATH [--paused] [--retried] | attached)"


def main(arguments: list[str]) -> int:
    """Run one task; the exit code. Nothing else in the engine configures logging."""
    environment = dict(os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # int8 would say the same for each layer of each step
    logging.captureWarnings(True)
    warnings.filterwarnings("once")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # OpenMP's threads otherwise spin while they wait: on a busy machine that made training ten times slower (measured
    # on two cores), and it takes the processor from everything else. Read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    match arguments:
        case ["train", path, *flags] if (how := from_flags(flags)) is not None:
            return _train(Path(path), how, environment)
        case ["attached"]:
            from core.engine.attached import serve

            return serve()
        case _:
            sys.stderr.write(USAGE + "\n")
            return 2


def _train(path: Path, how: Renewal, environment: Mapping[str, str]) -> int:
    os.environ["HF_HUB_OFFLINE"] = "1"  # everything it needs lies on the disk; nothing may ask the network
    from core.engine.train import work

    try:
        end = work(path, how)
    except TunesmithError as error:
        logging.getLogger("core.engine").error("%s: %s", error.code, error)
        return 1
    if not isinstance(end, int):
        return renew(path, end, environment)
    wake_queue(path, environment)
    return end


def wake_queue(path: Path, environment: Mapping[str, str]) -> None:
    """The turn of the next run comes, also where the process that watches over the queue was killed meanwhile."""
    from core.runs.queue import RunQueue

    try:
        RunQueue(path.absolute().parent).wake(environment)
    except TunesmithError as error:
        logging.getLogger("core.engine").error("The queue was not woken: %s: %s", error.code, error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
