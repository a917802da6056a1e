"""The left of the Train page: plans, the settings that matter most, and all others behind a fold; beside a run's plots,
what its model says."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.settings import SETTINGS, Setting, TrainingSettings
from desktop.intents import BackToRecommended, ChangeSetting, ChoosePlan, Intent, RedoSettings, UndoSettings
from desktop.pages.train_plans import PlanPicker
from desktop.pages.train_prompts import PromptsEditor
from desktop.pages.train_rate import RatePanel
from desktop.pages.train_samples import SamplesPanel
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.fold import Fold
from desktop.widgets.setting_control import SettingControl

LEAST_WIDTH = 344


class SettingsPanel(QWidget):
    """Everything that can be set for a run. While a run is shown, its own settings, which cannot be changed.

    Signals:
        intent(Intent): the person changed something.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self._run: tuple[str, int] | None = None
        self.rows: dict[str, SettingRow] = {}
        self.rate = RatePanel()
        self.rate.intent.connect(self._send)
        self.plans = PlanPicker()
        self.plans.chosen.connect(lambda name: self.intent.emit(ChoosePlan(name)))
        self.main = self._make_group([s for s in SETTINGS.values() if not s.more])
        self.more = Fold("More settings", self._make_more())
        self.prompts = PromptsEditor()
        self.prompts.intent.connect(self._send)
        self.samples = SamplesPanel()
        self.note = label(size="small", role="muted", wrap=True)
        self._make_toolbar()
        self._lay_out()
        for keys, intent in (("Ctrl+Z", UndoSettings()), ("Ctrl+Shift+Z", RedoSettings())):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda intent=intent: self._send(intent))

    def _make_toolbar(self) -> None:
        self.undo = buttons.quiet("Undo", icon="undo", tip="Take back the last change (Ctrl+Z)")
        self.redo = buttons.quiet("Redo", tip="Make it again (Ctrl+Shift+Z)")
        self.reset = buttons.quiet("Back to recommended", tip="Take the settings that are recommended first")
        for button, intent in (
            (self.undo, UndoSettings()),
            (self.redo, RedoSettings()),
            (self.reset, BackToRecommended()),
        ):
            button.clicked.connect(lambda _=False, intent=intent: self._send(intent))
        self.toolbar = QWidget()
        line = QHBoxLayout(self.toolbar)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.xs)
        line.addWidget(self.undo)
        line.addWidget(self.redo)
        line.addStretch(1)
        line.addWidget(self.reset)

    def _make_more(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        for group in dict.fromkeys(s.group for s in SETTINGS.values() if s.more):
            layout.addWidget(label(group.capitalize(), size="small", role="muted", semibold=True))
            layout.addWidget(self._make_group([s for s in SETTINGS.values() if s.more and s.group == group]))
        return content

    def _make_group(self, settings: list[Setting]) -> QWidget:
        group = QWidget()
        layout = QVBoxLayout(group)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for setting in settings:
            row = SettingRow(setting)
            row.control.changed.connect(self._changed)
            self.rows[setting.key] = row
            layout.addWidget(row)
            if setting.key == "learning_rate":
                layout.addWidget(self.rate)
        return group

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, SPACE.m, 0)
        inner.setSpacing(SPACE.m)
        for part in (self.samples, self.note, self.plans, self.main, self.more, self.prompts):
            inner.addWidget(part)
        inner.addStretch(1)
        self.scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.toolbar)

    def show_next(self, state: AppState) -> None:
        """The settings of the next run, to be changed."""
        self._run = None
        self.note.hide()
        self.samples.hide()
        self.rate.show()
        self.plans.setVisible(state.recommendation is not None)
        self.plans.show_plans(state)
        self.toolbar.show()
        self.undo.setEnabled(state.can_undo)
        self.redo.setEnabled(state.can_redo)
        recommended = state.recommendation.plans[0].settings if state.recommendation else None
        self.reset.setEnabled(recommended is not None and state.settings != recommended)
        for key, row in self.rows.items():
            row.show_error(error.remedy if (error := state.bad_settings.get(key)) else "")
        self._show_settings(state.settings, enabled=state.settings is not None)
        self.prompts.show_prompts(state.sample_prompts, enabled=True)

    def show_run(self, settings: TrainingSettings | None, name: str) -> None:
        """The settings that a run was started with. They stay as they are, so they are shown once."""
        if (run := (name, id(settings))) == self._run:
            return
        self._run = run
        self.note.setText(f"The settings of {name}. They stay as they are." if name else "The settings of this run.")
        self.note.show()
        self.plans.hide()
        self.rate.hide()
        self.samples.show()
        self.toolbar.hide()
        for row in self.rows.values():
            row.show_error("")
        self._show_settings(settings, enabled=False)

    def _show_settings(self, settings: TrainingSettings | None, *, enabled: bool) -> None:
        for key, row in self.rows.items():
            row.control.set_enabled(enabled)
            if settings is not None and not row.has_error:
                row.control.show_value(getattr(settings, key))

    def _changed(self, key: str, value: object) -> None:
        self._send(ChangeSetting(key, value, continues=self.rows[key].control.continues))

    def _send(self, intent: Intent) -> None:
        self.intent.emit(intent)


class SettingRow(QWidget):
    """A setting's control and, below it, why what was entered cannot be."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = SettingControl(setting)
        self.error = label(size="small", role="danger", wrap=True)
        self.error.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.control)
        layout.addWidget(self.error)

    @property
    def has_error(self) -> bool:
        """Whether the control shows something that cannot be."""
        return bool(self.error.text())

    def show_error(self, words: str) -> None:
        """Show `words` below the control; empty words take them away."""
        self.error.setText(words)
        self.error.setVisible(bool(words))
        self.control.editor.setAccessibleDescription(f"{words} {self.control.setting.help}".strip())
