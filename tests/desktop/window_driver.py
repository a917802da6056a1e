"""A window in a process of its own that says what it shows: one JSON object a line whenever that is something else.

Told `primary` on its standard input, it clicks the page's primary button with the mouse.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.app import Session
from desktop.pages.train import TrainPage
from desktop.state import AppState
from desktop.widgets.plots.kinds import LOSS

LOOK_MS = 50


@dataclass
class Shown:
    """What somebody who looks at the Train page sees."""

    sentence: str
    primary: str
    run: str
    state: str
    step: int
    points: int
    log_offered: bool


def shown(page: TrainPage, state: AppState) -> Shown:
    view = state.training
    button = page.header.primary
    plots = page.run.plots if "plots" in page.run.__dict__ else None
    return Shown(
        sentence=page.header.sentence.text(),
        primary=button.text() if button.isVisible() and button.isEnabled() else "",
        run=view.name if view is not None else "",
        state=view.summary.state if view is not None else "",
        step=view.summary.step if view is not None else 0,
        points=len(plots.panels["loss"].points(LOSS)[0]) if plots is not None and "loss" in plots.panels else 0,
        log_offered=page.run.ending.fold.isVisible(),
    )


def main() -> int:
    app = QApplication(sys.argv)
    session = Session(app)
    last: list[Shown] = []

    def say() -> None:
        page = session.window.page("train")
        assert isinstance(page, TrainPage)
        now = shown(page, session.store.state)
        if [now] != last:
            last[:] = [now]
            sys.stdout.write(json.dumps(asdict(now)) + "\n")
            sys.stdout.flush()

    def hear() -> None:
        if sys.stdin.readline().strip() == "primary":
            QTest.mouseClick(session.window.page("train").header.primary, Qt.MouseButton.LeftButton)

    look = QTimer(interval=LOOK_MS)  # again and again: plots are drawn a moment after the state has changed
    look.timeout.connect(say)
    session.store.changed.connect(lambda state, before: look.start() if not look.isActive() else None)
    session.store.changed.connect(lambda state, before: QTimer.singleShot(0, say))
    ear = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    ear.activated.connect(hear)
    session.open()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
