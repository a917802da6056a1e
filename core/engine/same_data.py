"""Whether a run that goes on still has the data that it began with."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from pathlib import Path

from core.engine.progress import RunProgress
from core.engine.rows import Row
from core.errors import TunesmithError


def check_same(rows: Sequence[Row], progress: RunProgress, path: Path) -> None:
    """Compare the rows that are trained on with those that `progress` was made with; a new run's are noted there.

    Going on with others is refused, because the place in the data means nothing any more: rows would be met twice and
    others never, and nobody could say what the model has seen.

    Args:
        path: of the data, for the error.

    Raises:
        TunesmithError: `data.changed_since_checkpoint`.
    """
    now = digest(rows)
    if not progress.rows_digest:
        progress.rows, progress.rows_digest = len(rows), now
        return
    if progress.rows_digest == now:
        return
    counts = f"It had {progress.rows:,} rows to train on then and has {len(rows):,} now."
    raise TunesmithError(
        "data.changed_since_checkpoint",
        what="The data is no longer what this run began with.",
        why=counts if progress.rows != len(rows) else "Its rows have other words than then.",
        remedy="Put the earlier file back and resume; or start a new run with this data. What this run has learnt "
        "stays in its last checkpoint.",
        where=str(path),
    )


def digest(rows: Sequence[Row]) -> str:
    """Of all tokens and of which are trained on, in their order (BLAKE2b, 16 bytes)."""
    found = hashlib.blake2b(digest_size=16)
    for row in rows:
        for numbers in (row.input_ids, row.labels):
            found.update(len(numbers).to_bytes(8, "little"))
            found.update(array("i", numbers).tobytes())
    return found.hexdigest()
