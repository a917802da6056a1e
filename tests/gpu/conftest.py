"""One test at a time has the card, though two processes share the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from filelock import FileLock


@pytest.fixture(autouse=True)
def card_alone() -> Iterator[None]:
    with FileLock(Path(gettempdir()) / "tunesmith-tests-card.lock"):
        yield
