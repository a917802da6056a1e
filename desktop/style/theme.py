"""The theme: follows the system's choice of light or dark, live, and dresses the application in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from desktop.style.colours import DARK, LIGHT, OVERHEAD_COLOURS, TERM_COLOURS, Colours
from desktop.style.metrics import SIZE
from desktop.style.sheet import style_sheet


class Theme(QObject):
    """The colours of now.

    Signals:
        changed(): the colours are others; widgets that paint themselves are repainted anyway.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colours: Colours = LIGHT

    @property
    def is_dark(self) -> bool:
        """Whether the dark table is in use."""
        return self.colours is DARK

    def dress(self, app: QApplication) -> None:
        """Give `app` this theme, and follow the system from now on."""
        system_is_dark = app.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(body_font())
        hints = app.styleHints()
        scheme = hints.colorScheme()
        known = scheme != Qt.ColorScheme.Unknown
        self.wear(app, dark=scheme == Qt.ColorScheme.Dark if known else system_is_dark)
        hints.colorSchemeChanged.connect(lambda now: self.wear(app, dark=now == Qt.ColorScheme.Dark))

    def wear(self, app: QApplication, *, dark: bool) -> None:
        """Put on the light or the dark table."""
        self.colours = DARK if dark else LIGHT
        app.setPalette(_palette(self.colours))
        app.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()

    def colour(self, role: str) -> QColor:
        """A colour of the table by its meaning."""
        return QColor(getattr(self.colours, role))

    def colour_of_term(self, name: str) -> QColor:
        """The colour of a memory term."""
        if name in TERM_COLOURS:
            return QColor(self.colours.terms[TERM_COLOURS[name]])
        return QColor(self.colours.overhead[OVERHEAD_COLOURS.get(name, -1)])


def body_font() -> QFont:
    """The system's font at the body size, with figures of equal width."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(SIZE.body)
    font.setFeature(QFont.Tag.fromString("tnum"), 1)
    return font


def _palette(colours: Colours) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: colours.background,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.raised,
        QPalette.ColorRole.AlternateBase: colours.background,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.danger,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Mid: colours.line,
        QPalette.ColorRole.Midlight: colours.line,
        QPalette.ColorRole.Light: colours.raised,
        QPalette.ColorRole.Dark: colours.frame,
        QPalette.ColorRole.Shadow: colours.frame,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return palette


_theme: Theme | None = None


def theme() -> Theme:
    """The one theme of this process."""
    global _theme
    if _theme is None:
        _theme = Theme()
    return _theme
