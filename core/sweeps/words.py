"""A sweep in words: what tells its runs apart, what it will cost, what it has found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from core.settings import SETTINGS
from core.sweeps.values import Value

CLEAR = 2.0  # times the seeds' noise: less of a lead may well be luck
SHORT = {"lora_rank": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout"}


def change_words(changes: Mapping[str, Value], varied: Collection[str]) -> str:
    """“rank 32, learning rate 2e-4”: only what was varied by the person."""
    return ", ".join(f"{setting_word(key)} {value_word(value)}" for key, value in changes.items() if key in varied)


def setting_word(key: str) -> str:
    """“rank”."""
    return SHORT.get(key) or SETTINGS[key].title.lower()


def value_word(value: Value) -> str:
    """“32”, “2e-4”, “on”, “cosine”."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and value and abs(value) < 0.01:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def course_words(sizes: Sequence[int], rungs: Sequence[float]) -> str:
    """“6 runs to 1/4 of their steps, 3 to 1/2, 2 to the end”."""
    parts = []
    for place, (size, rung) in enumerate(zip(sizes, rungs, strict=True)):
        runs = " runs" if place == 0 else ""
        parts.append(f"{size}{runs} to {share_word(rung)}{' of their steps' if place == 0 and rung < 1 else ''}")
    return ", ".join(parts)


def share_word(rung: float) -> str:
    """“1/4”; “the end” for the whole."""
    return "the end" if rung >= 1.0 else f"1/{round(1 / rung)}"


def won_words(
    winner: str, loss: float, lead: float | None, noise: float | None, *, runner_up: str = "", cheaper: str = ""
) -> str:
    """What a sweep has found.

    Args:
        winner, runner_up: what tells them apart, as `change_words`.
        loss: the winner's best validation loss, nats a token; `lead` how far it is below the next; None without one.
        noise: how far apart the winner and its twin of another seed ended; None if that was not measured.
        cheaper: of winner and runner-up the one that takes less time; empty if none does.
    """
    words = f"{winner[:1].upper()}{winner[1:]} won: validation loss {loss:.3f}"
    if lead is None:
        return f"{words}. It is the only one that came to its end, so there is nothing to compare it with."
    words += f", {_difference(lead)} the next ({runner_up})."
    if noise is None:
        return f"{words} How far two seeds of the same settings lie apart was not measured, so this may be luck."
    words += f" The same settings with another seed ended {noise:.3f} apart: "
    if lead <= noise:
        choice = f"choose the cheaper, {cheaper}" if cheaper else "either will do"
        return f"{words}the lead is no more than the seeds' noise, so {choice}."
    if noise < lead / 100.0:
        return f"{words}the lead is more than a hundred times the seeds' noise."
    times = f"the lead is {lead / noise:.1f} times the seeds' noise"
    return f"{words}{times}." if lead >= CLEAR * noise else f"{words}{times}, which may still be luck."


def _difference(lead: float) -> str:
    return f"{lead:.3f} below" if lead >= 0.0005 else "level with"
