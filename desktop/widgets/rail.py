"""The rail at the left: the six steps with icon, word, and state at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from desktop.icons import paint_icon
from desktop.pages import PAGES, PageEntry
from desktop.state import AppState, Step
from desktop.style import RADIUS, SPACE
from desktop.style.metrics import RAIL_WIDTH
from desktop.style.text import font
from desktop.style.theme import theme

HEIGHT = 36
Sign = Literal["", "done", "needs", "error", "ring"]


@dataclass(frozen=True)
class RailSign:
    """A step's state: nothing, done (tick), needs you (dot), an error (triangle), or a ring with the share done.

    In words, too.
    """

    sign: Sign = ""
    words: str = ""
    share: float = 0.0


def sign_of(step: Step, state: AppState) -> RailSign:
    """What the rail says of `step` in `state`."""
    if step in state.errors:
        return RailSign("error", "has a problem")
    match step:
        case "hardware":
            return RailSign("done", "known") if state.machine is not None else RailSign()
        case "model":
            return RailSign("done", "chosen") if state.model is not None else RailSign("needs", "choose one")
        case "data":
            return RailSign("done", "chosen") if state.dataset is not None else RailSign("needs", "choose a file")
        case "train" if state.active is not None:
            return RailSign("ring", f"{state.active.share:.0%} done", state.active.share)
        case "train":
            ready = state.settings is not None and not any(r.state == "finished" for r in state.runs)
            return RailSign("needs", "ready to start") if ready else RailSign()
        case _:
            return RailSign()


class Rail(QWidget):
    """The steps.

    Signals:
        chosen(Step): the person wants that page.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Steps")
        self.setFixedWidth(RAIL_WIDTH)
        self.buttons: dict[Step, RailButton] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.s, SPACE.l, SPACE.s + 1, SPACE.l)
        layout.setSpacing(SPACE.xs)
        for number, entry in enumerate(PAGES, start=1):
            button = RailButton(entry, number)
            button.clicked.connect(lambda checked=False, step=entry.step: self.chosen.emit(step))
            button.moved.connect(self._move)
            group.addButton(button)
            layout.addWidget(button)
            self.buttons[entry.step] = button
        layout.addStretch(1)

    def show_state(self, state: AppState) -> None:
        """Show where the person is and how each step stands."""
        for step, button in self.buttons.items():
            button.setChecked(step == state.step)
            button.show_sign(sign_of(step, state))

    def _move(self, by: int) -> None:
        steps = list(self.buttons)
        current = next(i for i, step in enumerate(steps) if self.buttons[step].hasFocus())
        target = self.buttons[steps[(current + by) % len(steps)]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.click()


class RailButton(QAbstractButton):
    """One step.

    Signals:
        moved(int): an arrow key, up (-1) or down (1).
    """

    moved = Signal(int)

    def __init__(self, entry: PageEntry, number: int) -> None:
        super().__init__()
        self._entry = entry
        self._number = number
        self.sign = RailSign()
        self.setText(entry.title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_sign(RailSign(words=" "))

    def sizeHint(self) -> QSize:
        """As wide as the rail lets it."""
        return QSize(RAIL_WIDTH, HEIGHT)

    def show_sign(self, sign: RailSign) -> None:
        """Show the step's state."""
        if sign == self.sign:
            return
        self.sign = sign
        words = sign.words.strip()
        self.setAccessibleName(f"{self._entry.title}, {words}" if words else self._entry.title)
        self.setToolTip(f"{self._entry.title}{': ' + words if words else ''} (Ctrl+{self._number})")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go to the neighbours."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, icon, word, sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        self._paint_ground(painter, rect)
        role = "accent" if self.isChecked() else "text"
        paint_icon(painter, self._entry.icon, QRectF(rect.left() + SPACE.m, rect.center().y() - 9, 18, 18), role)
        painter.setFont(font("body", semibold=self.isChecked()))
        painter.setPen(theme().colour("text"))
        words = rect.adjusted(SPACE.m + 18 + SPACE.m, 0, -40, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._entry.title)
        self._paint_sign(painter, rect)
        painter.end()

    def _paint_ground(self, painter: QPainter, rect: QRectF) -> None:
        path = QPainterPath()
        path.addRoundedRect(rect, RADIUS, RADIUS)
        if self.isChecked():
            painter.fillPath(path, theme().colour("selected"))
        elif self.underMouse():
            painter.fillPath(path, theme().colour("hover"))
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawPath(path)

    def _paint_sign(self, painter: QPainter, rect: QRectF) -> None:
        place = QRectF(rect.right() - SPACE.m - 16, rect.center().y() - 8, 16, 16)
        match self.sign.sign:
            case "done":
                paint_icon(painter, "tick", place, "ok")
            case "needs":
                paint_icon(painter, "dot", place, "accent")
            case "error":
                paint_icon(painter, "warning", place, "danger")
            case "ring":
                self._paint_ring(painter, place)
            case _:
                pass

    def _paint_ring(self, painter: QPainter, place: QRectF) -> None:
        painter.setPen(QPen(theme().colour("frame"), 2))
        painter.drawEllipse(place.adjusted(1, 1, -1, -1))
        pen = QPen(theme().colour("tuned"), 3)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawArc(place.adjusted(1, 1, -1, -1), 90 * 16, -round(self.sign.share * 360 * 16))
        painter.setFont(font("small"))
        painter.setPen(theme().colour("text"))
        percent = QRectF(place.left() - 44, place.top() - 4, 40, place.height() + 8)
        painter.drawText(percent, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{self.sign.share:.0%}")
