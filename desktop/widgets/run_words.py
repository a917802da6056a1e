"""A run's state as word, icon and meaning: the one table of them."""

from __future__ import annotations

from typing import NamedTuple

from core.events import RunState


class StateLook(NamedTuple):
    """How a state is shown."""

    word: str
    icon: str
    role: str


STATES: dict[RunState, StateLook] = {
    "new": StateLook("Not started", "circle", "muted"),
    "starting": StateLook("Starting", "play", "accent"),
    "running": StateLook("Running", "play", "accent"),
    "paused": StateLook("Paused", "pause", "warning"),
    "stopped": StateLook("Stopped", "stop", "muted"),
    "finished": StateLook("Finished", "tick", "ok"),
    "failed": StateLook("Failed", "danger", "danger"),
    "died": StateLook("Died", "died", "danger"),
}
