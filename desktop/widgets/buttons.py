"""Buttons by what they are for: one primary in a page, others beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton

from desktop import icons

_ICON_ROLE = {"primary": "on_accent", "danger": "danger"}


def _button(text: str, kind: str, icon: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    if icon:
        set_icon(made, icon)
    if tip:
        made.setToolTip(tip)
    made.setAccessibleName(text or tip)
    return made


def set_icon(button: QPushButton, name: str) -> None:
    """Give `button` an icon in the colour of its kind."""
    button.setIcon(icons.icon(name, _ICON_ROLE.get(button.property("kind"), "text")))
    button.setIconSize(QSize(20 if button.text() else 16, 16))


def primary(text: str, *, icon: str = "", tip: str = "") -> QPushButton:
    """The one button that goes on; 36 high."""
    return _button(text, "primary", icon, tip)


def secondary(text: str, *, icon: str = "", tip: str = "") -> QPushButton:
    """Anything else that is done; 32 high."""
    return _button(text, "secondary", icon, tip)


def quiet(text: str, *, icon: str = "", tip: str = "") -> QPushButton:
    """Something beside the point: without a frame until the pointer is on it."""
    return _button(text, "quiet", icon, tip)


def danger(text: str, *, icon: str = "", tip: str = "") -> QPushButton:
    """Something that takes away."""
    return _button(text, "danger", icon, tip)
