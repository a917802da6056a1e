"""What the Hardware page says of the machine and its last moment."""

from __future__ import annotations

from core.fit.card_words import moment_words, slowed_words
from core.fit.words import format_bytes
from core.hardware.machine import Gpu, LiveSample, Machine
from desktop.state import AppState


def hardware_sentence(state: AppState) -> str:
    """What there is to train on."""
    if state.tried_card is not None:
        return f"Planning for another card: {state.tried_card}. It is simulated; to train, go back to your own."
    if state.machine is None:
        return "Looking at this computer."
    if state.live is not None and state.live.gpu_lost:
        return "The NVIDIA card stopped answering. Restart the computer; a run can be resumed from its last checkpoint."
    if not state.machine.gpus:
        return "No NVIDIA card found. Training runs on the processor: fine for the starter model, slow for real ones."
    card = state.machine.gpus[0]
    return f"{card.name}, {format_bytes(free_bytes(card, state.live))} of {format_bytes(card.memory_total_bytes)} free."


def free_bytes(card: Gpu, live: LiveSample | None) -> int:
    """What is free now; what was free at the probe if the card gives no samples."""
    if live is None or live.gpu_used_bytes is None or live.gpu_total_bytes is None:
        return card.memory_free_bytes
    return live.gpu_total_bytes - live.gpu_used_bytes


def moment_rows(card: Gpu | None, live: LiveSample | None) -> list[tuple[str, str]]:
    """What the card does now, and what it did at the probe where it gives no samples."""
    if card is None:
        return []
    if live is None or live.gpu_used_bytes is None:
        words = moment_words(None, card.temperature_c, None, card.fan_share)
    else:
        words = moment_words(live.gpu_utilization, live.gpu_temperature_c, live.gpu_power_w, card.fan_share)
    words = ". ".join(part for part in (words, slowed_words(card)) if part)
    return [("Now", words)] if words else []


def own_cards_rows(machine: Machine) -> list[tuple[str, str]]:
    """Each NVIDIA card by its number, with what is free on it."""
    return [
        (
            f"{card.index}: {card.name}",
            f"{format_bytes(card.memory_free_bytes)} of {format_bytes(card.memory_total_bytes)} free"
            + (", trained on" if number == 0 else ""),
        )
        for number, card in enumerate(machine.gpus)
    ]


def other_cards_words(machine: Machine) -> str:
    """Cards of other makers, with what works on them."""
    return "\n".join(
        card.name + (f", {format_bytes(card.memory_bytes)}" if card.memory_bytes else "") + f". {card.note}"
        for card in machine.other_cards
    )
