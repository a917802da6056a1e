"""Hardware: the card and who holds its memory, RAM and disk, and trying another card."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.fit.card_words import card_facts, computer_facts, desktop_words, gain_words, holder_rows
from core.fit.values import FitMachine
from core.fit.words import format_bytes
from core.hardware.machine import Gpu, LiveSample, Machine
from desktop.hardware_words import free_bytes, hardware_sentence, moment_rows, other_cards_words, own_cards_rows
from desktop.intents import GoTo, RefreshMachine, TryCard
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.card_chooser import CardChooser
from desktop.widgets.column import Column
from desktop.widgets.columns import Columns
from desktop.widgets.fit_bar import FitBar, FitValues
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.key_values import KeyValues
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.section import Section

LOWEST_PLOT = 150
HIGHEST_PLOT = 360
SHOWN_HOLDERS = 6
DRAWN_EVERY_S = 1.9  # every second sample: drawing takes several times what sampling does


class HardwarePage(Page):
    """What this computer has, and what is planned for."""

    step = "hardware"
    title = "Hardware"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn_at = -math.inf
        self.name = label(size="heading")
        self.sign = IconLabel("card", role="accent", side=24)
        self.again = buttons.secondary("Look again", icon="refresh")
        self.again.clicked.connect(lambda: self.send(RefreshMachine()))
        self.bar = FitBar()
        self.facts = KeyValues()
        self.gain = label(semibold=True, wrap=True)
        self.desktop_held = label(role="muted", wrap=True)
        self.holders = KeyValues()
        self.holders_section = Section("What holds the card's memory", self._holders())
        self.plot = CurvePanel("Memory, the last two minutes", "seconds", "bytes", from_zero=True, x_range=(-120, 0))
        self.plot.add_curve("card", role="accent", dash="dash")
        self.plot.add_curve("RAM", role="base")
        self.plot.setMinimumHeight(LOWEST_PLOT)
        self.plot.setMaximumHeight(HIGHEST_PLOT)
        self.computer = KeyValues()
        self.own_cards = KeyValues()
        self.own_cards_section = Section("Every NVIDIA card", self.own_cards)
        self.others = label(role="muted", wrap=True)
        self.others_section = Section("Other graphics", self.others)
        self.chooser = CardChooser()
        self.chooser.chosen.connect(lambda name: self.send(TryCard(name)))
        self.simulated = label(role="warning", wrap=True)
        self.body.addWidget(Columns(self._left(), self._right(), left_share=0.6), 1)

    def _holders(self) -> QWidget:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE.s)
        for part in (self.gain, self.holders, self.desktop_held):
            rows.addWidget(part)
        return inside

    def _left(self) -> QWidget:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.sign)
        head.addWidget(self.name, 1)
        head.addWidget(self.again)
        side = Column(SPACE.l)
        side.rows.addLayout(head)
        for part in (self.bar, self.facts, self.holders_section, self.own_cards_section):
            side.rows.addWidget(part)
        side.rows.addWidget(self.plot, 1)
        side.rows.addStretch(0)
        return side

    def _right(self) -> QWidget:
        trial = QWidget()
        rows = QVBoxLayout(trial)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE.s)
        words = "See what would fit another card before you buy or rent it. Model and Train then plan for that card."
        rows.addWidget(label(words, role="muted", wrap=True))
        rows.addWidget(self.simulated)
        rows.addWidget(self.chooser, 1)
        side = Column(SPACE.xl)
        side.rows.addWidget(Section("This computer", self.computer))
        side.rows.addWidget(self.others_section)
        side.rows.addWidget(Section("Try another card", trial), 1)
        return side

    def sentence(self, state: AppState) -> str:
        """What there is to train on."""
        return hardware_sentence(state)

    def primary(self, state: AppState) -> Primary | None:
        """On to the next step that is not decided."""
        if state.model is None:
            return Primary("Choose a model", GoTo("model"))
        if state.dataset is None:
            return Primary("Choose data", GoTo("data"))
        return Primary("Go to Train", GoTo("train"))

    def refresh(self, state: AppState) -> None:
        """Fill everything from the machine and its last sample."""
        self.chooser.show_cards(state.cards, state.tried_card)
        self._show_tried(state.tried_card, state.fit_machine)
        self._show_moments(state.moments)
        if state.machine is None:
            self.name.setText("")
            self.bar.show_values(None)
            return
        machine, live = state.machine, state.live
        card = machine.gpus[0] if machine.gpus else None
        self.name.setText(card.name if card is not None else "No NVIDIA card")
        self.sign.show_icon("card" if card is not None else "hardware", "accent" if card is not None else "muted")
        self.bar.show_values(_bar(card, machine, live))
        self._show_card(card, machine, live)
        available = None if live is None else live.ram_total_bytes - live.ram_used_bytes
        facts = computer_facts(machine, available)
        self.computer.show_rows([(f.name, f.value) for f in facts], {f.name: f.tip for f in facts})

    def _show_card(self, card: Gpu | None, machine: Machine, live: LiveSample | None) -> None:
        facts = card_facts(card, free_bytes(card, live)) if card is not None else []
        rows = [(fact.name, fact.value) for fact in facts] + moment_rows(card, live)
        self.facts.show_rows(rows or [("Why", machine.gpu_reason)], {fact.name: fact.tip for fact in facts})
        self.own_cards.show_rows(own_cards_rows(machine))
        self.own_cards_section.setVisible(len(machine.gpus) > 1)
        self.others.setText(other_cards_words(machine))
        self.others_section.setVisible(bool(machine.other_cards))
        self.holders_section.setVisible(card is not None)
        if card is None:
            return
        holders = holder_rows(card)
        more = len(holders) - SHOWN_HOLDERS
        shown = holders[:SHOWN_HOLDERS] + ([("And", f"{more} more that hold less")] if more > 0 else [])
        self.holders.show_rows(shown)
        for part, words in ((self.gain, gain_words(card)), (self.desktop_held, desktop_words(card, machine))):
            part.setText(words)
            part.setVisible(bool(words))

    def _show_moments(self, moments: tuple[LiveSample, ...]) -> None:
        if not moments or 0 <= moments[-1].time - self._drawn_at < DRAWN_EVERY_S:
            return
        self._drawn_at = moments[-1].time
        ago = [moment.time - moments[-1].time for moment in moments]
        self.plot.set_points("RAM", ago, [moment.ram_used_bytes for moment in moments])
        on_card = [
            (then, m.gpu_used_bytes) for then, m in zip(ago, moments, strict=True) if m.gpu_used_bytes is not None
        ]
        self.plot.set_points("card", [then for then, _ in on_card], [used for _, used in on_card])

    def _show_tried(self, tried: str | None, machine: FitMachine | None) -> None:
        self.simulated.setVisible(tried is not None)
        if tried is None or machine is None:
            return
        words = f"Simulated: {machine.gpu} with {format_bytes(machine.memory_usable_bytes)} to use."
        several = " Tunesmith trains on one card so far: the layers are counted as if they were shared."
        self.simulated.setText(words + (several if machine.gpu_count > 1 else " Nothing can be trained on it here."))


def _bar(card: Gpu | None, machine: Machine, live: LiveSample | None) -> FitValues:
    if card is not None:
        held = card.memory_total_bytes - free_bytes(card, live)
        return FitValues(card.memory_total_bytes, held, capacity_name=card.name, held_word="In use")
    used = machine.ram_total_bytes - machine.ram_available_bytes if live is None else live.ram_used_bytes
    return FitValues(machine.ram_total_bytes, used, capacity_name="RAM", held_word="In use")
