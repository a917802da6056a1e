"""Rows as the model will see them: what is trained on tinted and underlined, what is cut off hatched and struck."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from core.data.report import PreviewPiece, PreviewRow
from desktop.style.text import font
from desktop.style.theme import theme

MOST_LETTERS = 20_000
"""Of one row; the rest is counted, not shown, so that a book in one row does not hold the window up."""
TINT = 0.16


def tint() -> QColor:
    """The surface of what is trained on; text keeps its contrast on it."""
    over, under = theme().colour("accent"), theme().colour("raised")
    mixed = (TINT * a + (1 - TINT) * b for a, b in zip(over.getRgb()[:3], under.getRgb()[:3], strict=True))
    return QColor(*(round(part) for part in mixed))


def piece_format(*, trained: bool, cut: bool) -> QTextCharFormat:
    """How a piece looks; colour is never the only mark."""
    made = QTextCharFormat()
    made.setForeground(theme().colour("text"))
    if cut:
        made.setForeground(theme().colour("muted"))
        made.setBackground(QBrush(theme().colour("line"), Qt.BrushStyle.BDiagPattern))
        made.setFontStrikeOut(True)
    elif trained:
        made.setBackground(tint())
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        made.setUnderlineColor(theme().colour("accent"))
    return made


class PreviewText(QPlainTextEdit):
    """Read-only; lays out only what is in sight, so long rows scroll as fast as short ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[PreviewRow] = ()
        self.setReadOnly(True)
        self.setFont(font("body"))
        self.setAccessibleName("Rows as the model will see them")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        theme().changed.connect(self._fill)

    def show_rows(self, rows: Sequence[PreviewRow]) -> None:
        """Show `rows`; the same ones again cost nothing."""
        if rows is not self._rows:
            self._rows = rows
            self._fill()

    def _fill(self) -> None:
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number, row in enumerate(self._rows):
            self._add_row(cursor, row, first=number == 0)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _add_row(self, cursor: QTextCursor, row: PreviewRow, *, first: bool) -> None:
        heading = QTextCharFormat()
        heading.setForeground(theme().colour("muted"))
        heading.setFontWeight(QFont.Weight.DemiBold)
        words = f"Row {row.row:,} · {row.tokens:,} tokens, {row.trained_tokens:,} trained on"
        cursor.insertText(("" if first else "\n\n") + words + "\n", heading)
        room = MOST_LETTERS
        for piece in row.pieces:
            cursor.insertText(piece.text[:room], piece_format(trained=piece.trained, cut=piece.cut))
            room = max(0, room - len(piece.text))
        if left := _left_out(row.pieces):
            cursor.insertText(f"\n… {left:,} more letters", heading)


def _left_out(pieces: Sequence[PreviewPiece]) -> int:
    return max(0, sum(len(piece.text) for piece in pieces) - MOST_LETTERS)
