"""Warning of a card that is about to spoil a run: too hot, or not answering any more. Each is said once."""

from __future__ import annotations

from collections.abc import Callable

from core.engine.emit import Emit
from core.events import Warned
from core.hardware.machine import LiveSample

NEAR_C = 3.0  # below the temperature at which the card slows itself down
HEAT = "heat"  # as `core.hardware.nvidia` words it


class CardDanger:
    """Looks at the card's readings as they come."""

    def __init__(self, emit: Emit, on_heat: Callable[[], None]) -> None:
        self._emit = emit
        self._on_heat = on_heat
        self._said: set[str] = set()

    def look(self, sample: LiveSample) -> None:
        """Warn of what `sample` shows, if it was not said before.

        Raises:
            TunesmithError: as `Emit`.
        """
        if sample.gpu_lost:
            self._say(
                "engine.card_silent",
                "The card has stopped answering its driver. If the run ends, its last checkpoint is safe; a restart of "
                "the computer usually brings the card back.",
            )
        elif is_hot(sample) and self._say("engine.card_hot", hot_words(sample)):
            self._on_heat()

    def _say(self, code: str, text: str) -> bool:
        if code in self._said:
            return False
        self._said.add(code)
        self._emit(Warned(code=code, text=text))
        return True


def is_hot(sample: LiveSample) -> bool:
    """Whether heat slows the card down, or is about to."""
    temperature_c, limit_c = sample.gpu_temperature_c, sample.gpu_slowdown_c
    near = temperature_c is not None and limit_c is not None and temperature_c >= limit_c - NEAR_C
    return near or HEAT in (sample.gpu_slowed_by or [])


def hot_words(sample: LiveSample) -> str:
    """What is the matter, and what helps."""
    at = f" ({sample.gpu_temperature_c:.0f} °C)" if sample.gpu_temperature_c is not None else ""
    return (
        f"The card is very hot{at} and runs slower to protect itself. The run goes on; a checkpoint is written now. "
        "Give it air: clean its fans, open the case, or lower its power limit."
    )
