"""Data: which file, how healthy it is, and its rows as the model will see them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.data.report import DatasetReport
from desktop.intents import CancelInspection, ChooseData, ChooseSample, GoTo, InspectAgain, Intent
from desktop.pages.data_words import SUFFIXES, Gap, facts, file_name, format_line, gap, health, problems_title
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.columns import Columns
from desktop.widgets.drop_target import DropTarget
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.file_line import FileLine
from desktop.widgets.fold import Fold
from desktop.widgets.histogram import Histogram
from desktop.widgets.key_values import KeyValues
from desktop.widgets.preview_legend import PreviewLegend
from desktop.widgets.preview_text import PreviewText


class DataPage(Page):
    """The file at the top; below it rows at the left and figures at the right, or what is in the way of them."""

    step = "data"
    title = "Data"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: DatasetReport | None = None
        self.gaps: dict[Gap, EmptyState] = {}
        self.file = FileLine()
        self.file.open.clicked.connect(self.ask_for_file)
        self.file.sample.clicked.connect(lambda: self.send(ChooseSample()))
        self.file.cancel.clicked.connect(lambda: self.send(CancelInspection()))
        self.file.again.clicked.connect(lambda: self.send(InspectAgain()))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self).activated.connect(self.ask_for_file)
        self.drop = DropTarget(self, "Drop the file to use it as training data", folders=False)
        self.drop.dropped.connect(lambda path: self.send(ChooseData(path)))
        self.format = label(role="muted", wrap=True)
        self.places = QStackedWidget()
        self.rows = Columns(self._build_rows(), self._build_figures(), left_share=0.62)
        self.places.addWidget(self.rows)
        self.body.addWidget(self.file)
        self.body.addWidget(self.format)
        self.body.addWidget(self.places, 1)

    def _build_rows(self) -> QWidget:
        self.preview = PreviewText()
        side, layout = _side()
        head = QHBoxLayout()
        head.addWidget(label("First rows, as the model sees them", size="heading"))
        head.addStretch(1)
        head.addWidget(PreviewLegend())
        layout.addLayout(head)
        layout.addWidget(self.preview, 1)
        return side

    def _build_figures(self) -> QWidget:
        self.histogram = Histogram()
        self.facts = KeyValues()
        self.problems = QListView()
        self.problems.setModel(QStringListModel(self))
        self.problems.setWordWrap(True)
        self.problems.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.problems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problems.setAccessibleName("Rows that cannot be used")
        self.problems_fold = Fold("", self.problems)
        side, layout = _side()
        layout.addWidget(label("Lengths", size="heading"))
        layout.addWidget(self.histogram)
        layout.addSpacing(SPACE.s)
        layout.addWidget(self.facts)
        layout.addSpacing(SPACE.s)
        layout.addWidget(self.problems_fold, 1)
        layout.addStretch(0)
        return side

    def sentence(self, state: AppState) -> str:
        """The data's health in one line."""
        if state.dataset is not None:
            return health(state.dataset)
        missing = gap(state)
        return f"{missing.title}." if missing else ""

    def primary(self, state: AppState) -> Primary | None:
        """On to training, once there is something to train on."""
        usable = state.dataset is not None and state.dataset.rows > state.dataset.empty_rows
        return Primary(
            "Continue to Train",
            GoTo("train"),
            enabled=usable,
            why_not="No row could be trained on yet.",
        )

    def refresh(self, state: AppState) -> None:
        """The file's line, and either the report or what is in the way of one."""
        reading = self.step in state.busy
        is_sample = state.dataset_ref.source == "sample"
        self.file.name.setText(file_name(state.dataset_ref))
        self.file.place.show_text("" if is_sample else str(Path(state.dataset_ref.path).parent))
        self.file.cancel.setVisible(reading and state.dataset is not None)
        self.file.again.setVisible(not reading and not is_sample and state.model is not None and not state.hub_model)
        self.file.sample.setVisible(not is_sample)
        missing = gap(state)
        self.places.setCurrentWidget(self.rows if missing is None else self._gap(missing))
        self.format.setVisible(state.dataset is not None)
        if state.dataset is not None and state.dataset is not self._report:
            self._show_report(state.dataset)
        self._report = state.dataset

    def escape(self, state: AppState) -> Intent | None:
        """Esc stops reading."""
        return CancelInspection() if self.step in state.busy else None

    def ask_for_file(self) -> None:
        """Let the person pick a file in the system's own dialog."""
        filters = f"Training data ({SUFFIXES});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open training data", "", filters)
        if name:
            self.send(ChooseData(Path(name)))

    def _show_report(self, report: DatasetReport) -> None:
        self.format.setText(format_line(report))
        self.preview.show_rows(report.preview)
        self.histogram.show_values(report.lengths, limit=report.max_seq_length, unit="tokens")
        self.facts.show_rows(facts(report))
        self.problems_fold.setVisible(bool(report.problem_count))
        self.problems_fold.handle.setText(problems_title(report))
        model = self.problems.model()
        assert isinstance(model, QStringListModel)
        model.setStringList([f"Line {problem.line:,}: {problem.text}" for problem in report.problems])

    def _gap(self, missing: Gap) -> EmptyState:
        """The place that says what is missing, made when it is first needed."""
        if missing not in self.gaps:
            made = self.gaps[missing] = EmptyState(missing.icon, missing.title, missing.text, missing.button)
            intent = missing.intent
            made.clicked.connect(self.ask_for_file if intent is None else lambda: self.send(intent))
            self.places.addWidget(made)
        return self.gaps[missing]


def _side() -> tuple[QWidget, QVBoxLayout]:
    side = QWidget()
    layout = QVBoxLayout(side)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE.s)
    return side, layout
