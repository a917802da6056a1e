"""One training setting as a row: title, the control that fits its kind, unit; the tooltip explains term and memory.
Below those that decide most about memory there is a slider.

All of it comes from `core.settings.SETTINGS`.
"""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from core.settings import Setting
from desktop.style import ROW, SPACE
from desktop.style.text import label
from desktop.widgets.step_slider import RANGES, StepSlider

EDITOR_WIDTH = 132
UNIT_WIDTH = 56
SLIDER_HEIGHT = 24
QT_INT_MAX = 2**31 - 1


def tooltip(setting: Setting) -> str:
    """What the setting means and costs, as rich text that wraps."""
    memory = f"<p><b>Memory:</b> {escape(setting.memory)}</p>"
    return f"<p><b>{escape(setting.title)}</b></p><p>{escape(setting.help)}</p>{memory}<p>{escape(setting.key)}</p>"


class SettingControl(QWidget):
    """The row of one setting.

    Signals:
        changed(str, object): the person gave this setting another value.
    """

    changed = Signal(str, object)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._value: Any = None
        self.editor = self._make_editor()
        self.editor.setAccessibleName(setting.title + (f", {setting.unit}" if setting.unit else ""))
        self.editor.setAccessibleDescription(f"{setting.help} Memory: {setting.memory}")
        self.editor.setFixedWidth(EDITOR_WIDTH)
        self.editor.installEventFilter(self)
        title = label(setting.title)
        title.setBuddy(self.editor)
        unit = label(setting.unit, size="small", role="muted")
        unit.setFixedWidth(UNIT_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(title, 1)
        layout.addWidget(self.editor)
        layout.addWidget(unit)
        self.setToolTip(tooltip(setting))
        self.slider = self._make_slider()
        self.setFixedHeight(ROW + SPACE.xs + (SLIDER_HEIGHT if self.slider is not None else 0))
        if self.slider is not None:
            layout.setContentsMargins(0, 0, 0, SLIDER_HEIGHT)

    def value(self) -> Any:
        """The value that is shown."""
        return self._value

    @property
    def continues(self) -> bool:
        """Whether the change being told goes on with the one before: a slider that is dragged."""
        return self.slider is not None and self.slider.continues

    def set_enabled(self, on: bool) -> None:
        """Whether it can be changed."""
        self.editor.setEnabled(on)
        if self.slider is not None:
            self.slider.setEnabled(on)

    def show_value(self, value: Any) -> None:
        """Show `value` without saying that it changed; what is being typed is left alone while it means the same."""
        if value == self._value and type(value) is type(self._value):
            return
        self._value = value
        editor = self.editor
        with QSignalBlocker(editor):
            if isinstance(editor, QCheckBox):
                editor.setChecked(bool(value))
            elif isinstance(editor, QComboBox):
                editor.setCurrentIndex(editor.findData(value))
            elif isinstance(editor, QSpinBox):
                editor.setValue(int(value))
            else:
                editor.setText(_as_text(value))
        if self.slider is not None:
            self.slider.show_value(int(value))

    def _make_editor(self) -> QCheckBox | QComboBox | QSpinBox | QLineEdit:
        match self.setting.kind:
            case "bool":
                check = QCheckBox()
                check.toggled.connect(self._changed_to)
                return check
            case "choice":
                combo = QComboBox()
                for choice in self.setting.choices:
                    combo.addItem(choice.replace("_", " "), choice)
                combo.activated.connect(lambda index: self._changed_to(combo.itemData(index)))
                return combo
            case "int":
                return self._make_spin()
            case _:
                return self._make_line()

    def _make_slider(self) -> StepSlider | None:
        """It lies below the editor, as wide as title and editor together (`resizeEvent`)."""
        if self.setting.key not in RANGES:
            return None
        slider = StepSlider(*RANGES[self.setting.key], self)
        slider.setAccessibleName(f"{self.setting.title}, slider")
        slider.installEventFilter(self)
        slider.moved.connect(self._slid)
        return slider

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The slider keeps its place."""
        super().resizeEvent(event)
        if self.slider is not None:
            width = self.width() - UNIT_WIDTH - SPACE.s
            self.slider.setGeometry(0, self.height() - SLIDER_HEIGHT, width, SLIDER_HEIGHT - SPACE.xs)

    def _slid(self, value: int) -> None:
        if value != self._value and isinstance(self.editor, QSpinBox):
            with QSignalBlocker(self.editor):
                self.editor.setValue(value)
            self._changed_to(value)

    def _make_spin(self) -> QSpinBox:
        spin = QSpinBox()
        low, high = self.setting.low or 0, self.setting.high
        spin.setRange(int(low), int(min(QT_INT_MAX, QT_INT_MAX if high is None else high)))
        spin.setGroupSeparatorShown(True)
        spin.setKeyboardTracking(False)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.lineEdit().setTextMargins(0, 0, SPACE.s, 0)
        spin.valueChanged.connect(self._changed_to)
        return spin

    def _make_line(self) -> QLineEdit:
        line = QLineEdit()
        if self.setting.kind == "float":
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
            validator = QDoubleValidator(line)
            validator.setLocale(QLocale.c())
            line.setValidator(validator)
        line.editingFinished.connect(lambda: self._typed(line.text().strip()))
        return line

    def _typed(self, text: str) -> None:
        value = float(text) if self.setting.kind == "float" else text
        if text and value != self._value:
            self._changed_to(value)

    def _changed_to(self, value: Any) -> None:
        self._value = value
        if self.slider is not None:
            self.slider.show_value(value)
        self.changed.emit(self.setting.key, value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the page, unless the person is in this control."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def _as_text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
