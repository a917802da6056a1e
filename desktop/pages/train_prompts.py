"""The prompts that a run is asked while it trains, one a line, behind a fold on the Train page."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from core.job import MOST_PROMPTS
from desktop.intents import SetSamplePrompts
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.fold import Fold

HEIGHT = 96
HELP = (
    f"One a line, at most {MOST_PROMPTS}. The model is asked them before the first step and on the way; what it says "
    "stands here beside the plots."
)


class PromptsEditor(Fold):
    """Prompts to type.

    Signals:
        intent(Intent): the person wants others.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.edit = QPlainTextEdit()
        self.edit.setFixedHeight(HEIGHT)
        self.edit.setTabChangesFocus(True)
        self.edit.setAccessibleName("Sample prompts, one a line")
        self.edit.setPlaceholderText("Chosen by itself: the first prompts of the rows held back.")
        help_ = label(HELP, size="small", role="muted", wrap=True)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addWidget(self.edit)
        layout.addWidget(help_)
        super().__init__("Sample prompts", content, parent)
        self.edit.textChanged.connect(lambda: self.intent.emit(SetSamplePrompts(self.prompts())))

    def prompts(self) -> tuple[str, ...]:
        """What is typed, without empty lines; what is beyond the limit is left out."""
        lines = (line.strip() for line in self.edit.toPlainText().splitlines())
        return tuple(line for line in lines if line)[:MOST_PROMPTS]

    def show_prompts(self, prompts: tuple[str, ...], *, enabled: bool) -> None:
        """Show `prompts`; what is being typed is left alone while it means the same."""
        self.edit.setReadOnly(not enabled)
        lines = tuple(" ".join(prompt.split()) for prompt in prompts)
        if lines != self.prompts():
            with QSignalBlocker(self.edit):
                self.edit.setPlainText("\n".join(lines))
