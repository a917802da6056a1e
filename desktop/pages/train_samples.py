"""What the model says while it trains, as a time line: how it began, and below that any later step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from core.events import Column
from desktop.sample_line import said_at, steps_of
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.widgets.column_mark import ColumnSurface
from desktop.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from desktop.run_view import RunView

SLIDER_HEIGHT = 24
NOTHING = "It said nothing."


class SamplesPanel(QWidget):
    """Prompts with what was said to each; follows the newest step until the person looks at another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: RunView | None = None
        self._steps: list[int] = []
        self._follows = True
        self.title = label("What it says", size="heading")
        self.empty = label(role="muted", wrap=True)
        self.place = label()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFixedHeight(SLIDER_HEIGHT)
        self.slider.setAccessibleName("Step at which the model was asked")
        self.slider.valueChanged.connect(self._moved)
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.place)
        self.grid = _Answers()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE.s)
        layout.setSpacing(SPACE.s)
        layout.addLayout(head)
        layout.addWidget(self.slider)
        layout.addWidget(self.empty)
        layout.addWidget(self.grid)

    def show_run(self, view: RunView) -> None:
        """Show what was said in this run so far."""
        known = self._view
        same_run = known is not None and known.name == view.name
        if known is not None and same_run and _shown(known) == _shown(view):
            return
        self._follows = self._follows or not same_run
        self._view = view
        steps = steps_of(view.samples)
        self.empty.setVisible(not steps)
        self.empty.setText(empty_words(view))
        for part in (self.place, self.slider, self.grid):
            part.setVisible(bool(steps))
        if not steps:
            return
        before = self._steps[self.slider.value()] if self._steps and not self._follows else steps[-1]
        self._steps = steps
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(steps) - 1)
            self.slider.setValue(steps.index(before) if before in steps else len(steps) - 1)
        self.slider.setEnabled(len(steps) > 1)
        self._show_step()

    def _moved(self, place: int) -> None:
        self._follows = place == len(self._steps) - 1
        self._show_step()

    def _show_step(self) -> None:
        if self._view is None or not self._steps:
            return
        samples, step = self._view.samples, self._steps[self.slider.value()]
        newest = step == self._steps[-1]
        total = self._view.summary.steps_total
        self.place.setText(f"Step {step:,} of {total:,}{', the newest' if newest else ''}")
        set_role(self.place, "accent" if newest else "muted")
        self.slider.setAccessibleDescription(self.place.text())
        first = self._steps[0]
        self.grid.show_answers(
            [_begun(first), f"After step {step:,}"],
            [said_at(samples, first), said_at(samples, step) if step > first else None],
        )


class _Answers(QWidget):
    """For each prompt its words, and below them what was said first and later."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = [label(size="small", role="base", semibold=True), label(size="small", role="tuned", semibold=True)]
        self.prompts: list[ElidedLabel] = []
        self.answers: list[tuple[_Answer, _Answer]] = []
        legend = QHBoxLayout()
        legend.setSpacing(SPACE.m)
        for head in self.heads:
            legend.addWidget(head)
        legend.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE.xs)
        self._layout.addLayout(legend)

    def show_answers(self, heads: Sequence[str], columns: Sequence[Mapping[str, str] | None]) -> None:
        """Show the columns under `heads`; one that is None has nothing yet."""
        for head, words in zip(self.heads, heads, strict=True):
            head.setText(words)
        prompts = list(dict.fromkeys(prompt for column in columns for prompt in column or {}))
        while len(self.prompts) < len(prompts):
            self._add_row()
        for row, (prompt, pair) in enumerate(zip(self.prompts, self.answers, strict=True)):
            used = row < len(prompts)
            for part in (prompt, *pair):
                part.setVisible(used)
            if used:
                prompt.show_text(" ".join(prompts[row].split()))
                for answer, head, column in zip(pair, heads, columns, strict=True):
                    answer.show_text(None if column is None else column.get(prompts[row], ""), head)

    def _add_row(self) -> None:
        prompt = ElidedLabel(role="muted")
        pair = (_Answer("base"), _Answer("tuned"))
        for part in (prompt, *pair):
            self._layout.addWidget(part)
        self.prompts.append(prompt)
        self.answers.append(pair)


class _Answer(ColumnSurface):
    """Some words on the tint of base or tuned, as in the chat."""

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.words.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.xs, SPACE.s, SPACE.xs)
        layout.addWidget(self.words)
        layout.addStretch(1)

    def show_text(self, text: str | None, where: str) -> None:
        """Show what was said; None while nobody was asked yet."""
        self.words.setText("Not asked yet." if text is None else text or NOTHING)
        set_role(self.words, "" if text else "muted")
        self.setAccessibleName(f"{where}: {self.words.text()}")


def _shown(view: RunView) -> tuple[int, int, str]:
    """What decides whether the panel is another for the same run."""
    return id(view.samples), view.summary.steps_total, view.summary.state


def _begun(step: int) -> str:
    return f"After step {step:,}" if step else "Before training"


def empty_words(view: RunView) -> str:
    """Why nothing was said yet, or never will be."""
    if view.job is not None and view.job.settings.sample_steps < 0:
        return "Nothing is asked in this run: “Sample every” is -1."
    if view.summary.active or view.summary.state == "new":
        return "Some prompts are asked before the first step and on the way; what the model says stands here then."
    return "Nothing was asked in this run."
