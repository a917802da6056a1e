"""A bug reached the window: say so plainly, with a report that can be copied. Never shown for a `TunesmithError`."""

from __future__ import annotations

import logging
import platform
import sys
import traceback

import PySide6
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

log = logging.getLogger("tunesmith.window")

_open: list[QDialog] = []


def report_text(error: BaseException) -> str:
    """What a developer needs: versions and the traceback."""
    versions = f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, {platform.platform()}"
    return f"{versions}\n\n{''.join(traceback.format_exception(error))}"


def report_bug(error: BaseException) -> None:
    """Log `error`, and show it once: while a report is open, further bugs only go to the log."""
    log.error("A bug reached the window.", exc_info=error)
    if _open or QApplication.instance() is None:
        print(report_text(error), file=sys.stderr)  # noqa: T201 - the last place where it can be seen
        return
    dialog = BugDialog(error)
    _open.append(dialog)
    dialog.finished.connect(lambda: _open.remove(dialog))
    dialog.open()


class BugDialog(QDialog):
    """What went wrong, in words, and the report."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(QApplication.activeWindow())
        self.setWindowTitle("A bug in Tunesmith")
        self.resize(640, 400)
        words = QLabel(
            "Something went wrong that should not have. Your runs and files are safe, and a training run goes on. "
            "You can go on working; if it happens again, copy the report and send it to us."
        )
        words.setWordWrap(True)
        report = QPlainTextEdit(report_text(error))
        report.setReadOnly(True)
        report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        report.setAccessibleName("Report")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy report", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report.toPlainText()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(report)
        layout.addWidget(buttons)
