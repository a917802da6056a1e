"""Whether a checkpoint finds room on the disk before it is begun."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

SPARE_BYTES = 64 * 2**20  # for logs, the tokenizer, and whoever else writes
NUMBERS_A_PARAMETER = 3  # the adapter, and the optimiser's two moments


def checkpoint_bytes(model: Any) -> int:
    """At most what a checkpoint of `model`'s trained parameters takes; 8-bit optimisers take less."""
    trained = (parameter for parameter in model.parameters() if parameter.requires_grad)
    size_bytes: int = sum(parameter.numel() * parameter.element_size() for parameter in trained)
    return size_bytes * NUMBERS_A_PARAMETER


def missing_bytes(folder: Path, needed_bytes: int) -> int:
    """How much room lacks beside `folder` for `needed_bytes` and a reserve; 0 if there is enough."""
    return max(0, needed_bytes + SPARE_BYTES - shutil.disk_usage(folder).free)
