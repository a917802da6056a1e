"""Keeping the computer from falling asleep while it trains; the screen may go dark."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from wakepy import ActivationResult, keep

_log = logging.getLogger(__name__)


@contextmanager
def kept_awake(wanted: bool) -> Iterator[bool]:
    """Within, the system does not sleep by itself; whether that could be arranged. Closing a laptop's lid still sends
    most of them to sleep."""
    if not wanted:
        yield False
        return
    with keep.running(on_fail=_not_arranged) as mode:
        yield bool(mode.active)


def _not_arranged(result: ActivationResult) -> None:
    _log.info("The system's sleep could not be inhibited: %s", result.get_failure_text())
