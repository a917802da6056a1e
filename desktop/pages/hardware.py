"""Hardware: the card and who holds its memory, RAM and disk, and trying another card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from core.fit.words import format_bytes
from core.hardware.machine import Gpu, GpuProcess, LiveSample, Machine
from desktop.intents import GoTo, RefreshMachine, TryCard
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.columns import Columns
from desktop.widgets.fit_bar import FitBar, FitValues
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.key_values import KeyValues
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.section import Section

LOWEST_PLOT = 180
HIGHEST_PLOT = 360
OWN = "This computer's own"


class HardwarePage(Page):
    """What this computer has, and what is planned for."""

    step = "hardware"
    title = "Hardware"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = label(size="heading")
        self.sign = IconLabel("card", role="accent", side=24)
        self.bar = FitBar()
        self.facts = KeyValues()
        self.holders = KeyValues()
        self.holders_section = Section("What holds the card's memory", self.holders)
        self.plot = CurvePanel("Memory, the last two minutes", "seconds", "bytes", from_zero=True, x_range=(-120, 0))
        self.plot.add_curve("card", role="accent", dash="dash")
        self.plot.add_curve("RAM", role="base")
        self.plot.setMinimumHeight(LOWEST_PLOT)
        self.plot.setMaximumHeight(HIGHEST_PLOT)
        self.others = label(role="muted", wrap=True)
        self.computer = KeyValues()
        self.combo = QComboBox()
        self.combo.setAccessibleName("Card to plan for")
        self.combo.activated.connect(lambda index: self.send(TryCard(self.combo.itemData(index))))
        self.simulated = label(role="warning", wrap=True)
        self.again = buttons.secondary("Look again", icon="refresh")
        self.again.clicked.connect(lambda: self.send(RefreshMachine()))
        self.body.addWidget(Columns(self._left(), self._right(), left_share=0.62), 1)

    def _left(self) -> QWidget:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.sign)
        head.addWidget(self.name, 1)
        head.addWidget(self.again)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.l)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.facts)
        layout.addWidget(self.others)
        layout.addWidget(self.holders_section)
        layout.addWidget(self.plot, 1)
        layout.addStretch(0)
        return side

    def _right(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xl)
        layout.addWidget(Section("This computer", self.computer))
        trial = QWidget()
        rows = QVBoxLayout(trial)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE.s)
        words = "See what would fit another card before you buy or rent it. Model and Train then plan for that card."
        rows.addWidget(label(words, role="muted", wrap=True))
        rows.addWidget(self.combo)
        rows.addWidget(self.simulated)
        layout.addWidget(Section("Try another card", trial))
        layout.addStretch(1)
        return side

    def sentence(self, state: AppState) -> str:
        """What there is to train on."""
        if state.tried_card is not None:
            return f"Planning for another card, the {state.tried_card}. It is simulated: to train, go back to your own."
        if state.machine is None:
            return "Looking at this computer."
        if not state.machine.gpus:
            return (
                "No NVIDIA card found. Training runs on the processor: fine for the starter model, slow for real ones."
            )
        card = state.machine.gpus[0]
        return f"{card.name}, {format_bytes(_free(card, state.live))} of {format_bytes(card.memory_total_bytes)} free."

    def primary(self, state: AppState) -> Primary | None:
        """On to the next step that is not decided."""
        if state.model is None:
            return Primary("Choose a model", GoTo("model"))
        if state.dataset is None:
            return Primary("Choose data", GoTo("data"))
        return Primary("Go to Train", GoTo("train"))

    def refresh(self, state: AppState) -> None:
        """Fill everything from the machine and its last sample."""
        self._show_cards(state)
        self._show_moments(state.moments)
        if state.machine is None:
            self.name.setText("")
            self.bar.show_values(None)
            return
        card = state.machine.gpus[0] if state.machine.gpus else None
        self.name.setText(card.name if card is not None else "No NVIDIA card")
        self.sign.show_icon("card" if card is not None else "hardware", "accent" if card is not None else "muted")
        self.bar.show_values(_bar(card, state.machine, state.live))
        self.facts.show_rows(_card_facts(card, state.machine, state.live))
        self.others.setText("\n".join(f"{other.name}: {other.note}" for other in state.machine.other_cards))
        self.others.setVisible(bool(state.machine.other_cards))
        self.holders.show_rows(_holders(card))
        self.holders_section.setVisible(card is not None)
        self.computer.show_rows(_computer_facts(state.machine, state.live))

    def _show_moments(self, moments: tuple[LiveSample, ...]) -> None:
        if not moments:
            return
        ago = [moment.time - moments[-1].time for moment in moments]
        self.plot.set_points("RAM", ago, [moment.ram_used_bytes for moment in moments])
        on_card = [
            (then, m.gpu_used_bytes) for then, m in zip(ago, moments, strict=True) if m.gpu_used_bytes is not None
        ]
        self.plot.set_points("card", [then for then, _ in on_card], [used for _, used in on_card])

    def _show_cards(self, state: AppState) -> None:
        if self.combo.count() != len(state.cards) + 1:
            self.combo.clear()
            self.combo.addItem(OWN, None)
            for name in state.cards:
                self.combo.addItem(name, name)
        self.combo.setCurrentIndex(max(0, self.combo.findData(state.tried_card, Qt.ItemDataRole.UserRole)))
        tried = state.tried_card is not None
        self.simulated.setVisible(tried)
        if tried and state.fit_machine is not None:
            size = format_bytes(state.fit_machine.memory_usable_bytes)
            self.simulated.setText(
                f"Simulated: {state.fit_machine.gpu} with {size} to use. Nothing can be trained on it here."
            )


def _free(card: Gpu, live: LiveSample | None) -> int:
    """What is free now; what was free at the probe if the card gives no samples."""
    if live is None or live.gpu_used_bytes is None or live.gpu_total_bytes is None:
        return card.memory_free_bytes
    return live.gpu_total_bytes - live.gpu_used_bytes


def _bar(card: Gpu | None, machine: Machine, live: LiveSample | None) -> FitValues:
    if card is not None:
        held = card.memory_total_bytes - _free(card, live)
        return FitValues(card.memory_total_bytes, held, capacity_name=card.name, held_word="In use")
    used = machine.ram_total_bytes - machine.ram_available_bytes if live is None else live.ram_used_bytes
    return FitValues(machine.ram_total_bytes, used, capacity_name="RAM", held_word="In use")


def _card_facts(card: Gpu | None, machine: Machine, live: LiveSample | None) -> list[tuple[str, str]]:
    if card is None:
        return [("Why", machine.gpu_reason)]
    rows = [("Memory", f"{format_bytes(card.memory_total_bytes)}, {format_bytes(_free(card, live))} free")]
    if card.compute_capability is not None:
        rows.append(("Compute capability", ".".join(map(str, card.compute_capability))))
    if card.driver is not None:
        rows.append(("Driver", card.driver + (f", CUDA {card.cuda}" if card.cuda else "")))
    if live is not None:
        rows += _card_moment(live)
    if len(machine.gpus) > 1:
        rows.append(("Other cards", ", ".join(gpu.name for gpu in machine.gpus[1:])))
    return rows


def _card_moment(live: LiveSample) -> list[tuple[str, str]]:
    parts = []
    if live.gpu_utilization is not None:
        parts.append(f"{live.gpu_utilization:.0%} busy")
    if live.gpu_temperature_c is not None:
        parts.append(f"{live.gpu_temperature_c:.0f} °C")
    if live.gpu_power_w is not None:
        parts.append(f"{live.gpu_power_w:.0f} W")
    return [("Now", ", ".join(parts))] if parts else []


def _holders(card: Gpu | None) -> list[tuple[str, str]]:
    if card is None:
        return []

    def size(process: GpuProcess) -> int:
        return process.memory_bytes or 0

    rows = [
        (
            f"{process.name} ({process.pid})",
            "the driver does not tell" if process.memory_bytes is None else format_bytes(size(process)),
        )
        for process in sorted(card.processes, key=size, reverse=True)
    ]
    return rows or [("No program", "The driver itself holds the rest.")]


def _computer_facts(machine: Machine, live: LiveSample | None) -> list[tuple[str, str]]:
    available = machine.ram_available_bytes if live is None else live.ram_total_bytes - live.ram_used_bytes
    return [
        ("RAM", f"{format_bytes(machine.ram_total_bytes)}, {format_bytes(available)} free"),
        ("Processor", machine.cpu_name),
        ("Cores", f"{machine.cpu_cores}"),
        ("Disk", f"{format_bytes(machine.disk_free_bytes)} free"),
        ("Runs are kept in", machine.disk_path),
        ("System", machine.system),
    ]
