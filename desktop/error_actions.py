"""What the window offers to do about an error, by its code. To offer something, add one line."""

from __future__ import annotations

from typing import NamedTuple

from desktop.intents import ChooseSample, ChooseStarter, DownloadModel, GoTo, Intent, RunAgain


class ErrorAction(NamedTuple):
    """A button in the error banner."""

    text: str
    intent: Intent


_BY_CODE: dict[str, ErrorAction] = {
    "model.no_config": ErrorAction("Use the starter model", ChooseStarter()),
    "model.pickle_only": ErrorAction("Use the starter model", ChooseStarter()),
    "hub.no_network": ErrorAction("Try again", DownloadModel()),
    "hub.connection_lost": ErrorAction("Go on", DownloadModel()),
    "run.made_differently": ErrorAction("Run it again anyway", RunAgain(anyway=True)),
    "run.active": ErrorAction("Show the runs", GoTo("runs")),
}

_BY_ROOM: dict[str, ErrorAction] = {
    "model": ErrorAction("Use the starter model", ChooseStarter()),
    "data": ErrorAction("Use the sample data", ChooseSample()),
}


def action_for(code: str) -> ErrorAction | None:
    """The way out for an error code, by itself or by its room (the part before the dot)."""
    return _BY_CODE.get(code) or _BY_ROOM.get(code.partition(".")[0])
