"""The style sheet, from the tables.

Widgets say what they are with properties (`kind`, `role`, `panel`), never with colours.
"""

from __future__ import annotations

from string import Template

from desktop.style.colours import Colours
from desktop.style.metrics import RADIUS, SPACE

_SHEET = Template("""
QMainWindow, QDialog, QWidget#window { background: $background; }
QToolTip { background: $raised; color: $text; border: 1px solid $frame; padding: ${s}px; }

QLabel[role="muted"] { color: $muted; }
QLabel[role="accent"] { color: $accent; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="base"] { color: $base; }
QLabel[role="tuned"] { color: $tuned; }

QFrame[panel="true"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[rule="true"] { background: $line; border: none; }
QFrame#banner { background: $raised; border: 1px solid $danger; border-radius: ${radius}px; }
QWidget#notice { background: $raised; border: 1px solid $frame; border-radius: ${radius}px; }
QWidget#rail { background: $rail; border-right: 1px solid $line; }
QWidget#status { background: $rail; border-top: 1px solid $line; }

QPushButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 0 ${m}px; min-height: 30px; max-height: 30px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:checked { background: $selected; border-color: $accent; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: 28px; max-height: 28px; }
QPushButton:disabled { color: $muted; background: $background; }

QPushButton[kind="primary"] {
    background: $accent; color: $on_accent; border: 1px solid $accent; padding: 0 ${l}px;
    min-height: 34px; max-height: 34px;
}
QPushButton[kind="primary"]:hover { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 0 15px; min-height: 32px; max-height: 32px; }
QPushButton[kind="primary"]:disabled { background: $background; color: $muted; border: 1px solid $line; }

QPushButton[kind="quiet"] { background: transparent; border-color: transparent; padding: 0 ${s}px; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; padding: 0 7px; }
QPushButton[bare="true"]::menu-indicator { image: none; }
QPushButton[kind="danger"] { color: $danger; }
QPushButton[kind="danger"]:disabled { color: $muted; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $raised; color: $text; border: 1px solid $frame; border-radius: ${radius}px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { padding: 0 ${s}px; min-height: 30px; max-height: 30px; }
QPlainTextEdit, QTextEdit { padding: ${xs}px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent;
}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    padding: 0 7px; min-height: 28px; max-height: 28px;
}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {
    color: $muted; background: $background; border-color: $line;
}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
    width: 0; border: none;
}
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$chevron"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $raised; color: $text; border: 1px solid $frame; padding: ${xs}px; outline: none;
    selection-background-color: $selected; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 ${s}px; }

QCheckBox, QRadioButton { spacing: ${s}px; min-height: 24px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $frame; border-radius: 4px; background: $raised; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QCheckBox::indicator:focus { border: 2px solid $accent; }
QCheckBox:focus { color: $accent; }
QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $frame; border-radius: 8px; background: $raised;
}
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; background: $on_accent; }
QRadioButton::indicator:focus { border-color: $accent; }
QRadioButton:focus { color: $accent; }

QAbstractItemView {
    background: $raised; color: $text; border: 1px solid $line; border-radius: ${radius}px; outline: none;
    selection-background-color: $selected; selection-color: $text; gridline-color: $line;
}
QAbstractItemView:focus { border: 2px solid $accent; }
QTableView::item, QListView::item { padding: 0 ${s}px; border: none; }
QTableView::item:hover, QListView::item:hover { background: $hover; }
QTableView::item:selected, QListView::item:selected { background: $selected; color: $text; }
QHeaderView { background: $raised; border: none; border-radius: ${radius}px; }
QHeaderView::section {
    background: $raised; color: $muted; border: none; border-bottom: 1px solid $line; padding: 0 11px; min-height: 30px;
}
QTableCornerButton::section { background: $raised; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $frame; border-radius: 3px; min-height: 32px; min-width: 32px; margin: 3px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $line; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSplitter::handle { background: transparent; }
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $raised; border: 1px solid $frame; width: 16px; height: 16px; margin: -7px 0; border-radius: 8px;
}
QSlider::handle:horizontal:focus { border: 2px solid $accent; }
QMenu { background: $raised; border: 1px solid $frame; padding: ${xs}px; }
QMenu::item { padding: 6px ${l}px; border-radius: 4px; }
QMenu::item:selected { background: $selected; color: $text; }
""")


def style_sheet(colours: Colours) -> str:
    """The application's style sheet in `colours`."""
    from desktop.icons import file_in_colour

    plain = {name: value for name, value in vars(colours).items() if isinstance(value, str)}
    return _SHEET.substitute(
        plain,
        **SPACE._asdict(),
        radius=RADIUS,
        chevron=file_in_colour("chevron-down", colours.muted),
        tick=file_in_colour("tick-small", colours.on_accent),
    )
