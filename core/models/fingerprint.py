"""Whether a model's folder still holds the weights that an adapter was trained on."""

from __future__ import annotations

import hashlib
from pathlib import Path

SAMPLES = 16  # pieces read of each file, evenly spaced, so that a model of any size takes milliseconds
SAMPLE_BYTES = 1 << 16


def fingerprint(folder: Path) -> str:
    """A digest of what is in `folder`: names and sizes of configuration and weights, and evenly spaced pieces of them.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in [folder / "config.json", *sorted(folder.glob("*.safetensors"))]:
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            for piece in range(SAMPLES):
                file.seek(piece * max(0, size - SAMPLE_BYTES) // (SAMPLES - 1))
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()
