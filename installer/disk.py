"""Is there room? Asked before the download and not after it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from installer.failures import SetupError

GIB = 1024**3
# Measured on Linux: 2.0 GiB installed for the CPU build; pip holds the unpacked downloads beside it for a while.
CPU_NEEDED_BYTES = 4 * GIB
# Estimated: NVIDIA's libraries add about 3 GB of downloads and 5 GB installed.
CUDA_NEEDED_BYTES = 12 * GIB
# With PyTorch in place, the rest.
REST_NEEDED_BYTES = 1 * GIB


def needed_bytes(cuda: bool, torch_installed: bool) -> int:
    """What the set-up still needs on the disk of the checkout."""
    if torch_installed:
        return REST_NEEDED_BYTES
    return CUDA_NEEDED_BYTES if cuda else CPU_NEEDED_BYTES


def check(folder: Path, needed: int, free_bytes: Callable[[Path], int] | None = None) -> None:
    """Raise SetupError if `folder`'s disk has less than `needed` bytes free."""
    free = free_bytes(folder) if free_bytes else shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"too little disk: the set-up needs {needed / GIB:.0f} GiB and {folder} has {free / GIB:.1f} GiB free. "
            "Free some space, or move the checkout to a larger disk, and run the same command again."
        )
