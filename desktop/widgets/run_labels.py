"""What the person calls a run and writes about it. Each is kept when the field is left, or by Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from core.runs.summary import RunSummary
from desktop.intents import NoteRun, RenameRun, TagRun
from desktop.style import SPACE
from desktop.style.text import label

NOTES_HEIGHT = 64


class RunLabels(QWidget):
    """Name, tags and notes of one run.

    Signals:
        intent(Intent): one of them is another.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunSummary | None = None
        self.title = QLineEdit()
        self.title.setAccessibleName("Name")
        self.title.editingFinished.connect(self._keep_title)
        self.tags = QLineEdit()
        self.tags.setAccessibleName("Tags")
        self.tags.setPlaceholderText("With commas between")
        self.tags.editingFinished.connect(self._keep_tags)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("What you tried, what you learnt")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(NOTES_HEIGHT)
        self.notes.installEventFilter(self)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE.m)
        layout.setVerticalSpacing(SPACE.s)
        for words, field in (("Name", self.title), ("Tags", self.tags), ("Notes", self.notes)):
            layout.addRow(label(words, role="muted"), field)

    def show_run(self, run: RunSummary) -> None:
        """Show `run`; a field in which the person writes is left alone while it is of the same run."""
        other = self._run is None or self._run.name != run.name
        self._run = run
        self.title.setPlaceholderText(run.name)
        for field, text in ((self.title, run.title), (self.tags, ", ".join(run.tags))):
            if other or not field.hasFocus():
                field.setText(text)
        if other or not self.notes.hasFocus():
            self.notes.setPlainText(run.notes)
        self.setEnabled(bool(run.model))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the notes keeps them."""
        if event.type() == QEvent.Type.FocusOut:
            self._keep_notes()
        return super().eventFilter(watched, event)

    def _keep_title(self) -> None:
        title = " ".join(self.title.text().split())
        if self._run is not None and title != self._run.title:
            self.intent.emit(RenameRun(self._run.name, title))

    def _keep_tags(self) -> None:
        tags = tuple(tag.strip() for tag in self.tags.text().split(",") if tag.strip())
        if self._run is not None and list(tags) != self._run.tags:
            self.intent.emit(TagRun(self._run.name, tags))

    def _keep_notes(self) -> None:
        notes = self.notes.toPlainText().strip()
        if self._run is not None and notes != self._run.notes:
            self.intent.emit(NoteRun(self._run.name, notes))
