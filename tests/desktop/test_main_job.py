"""The whole main job in the real window with real workers: recommended, changed, trained, plotted, chatted with."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from core.events import Memory, Step, Validation
from core.runs.store import RunStore
from desktop.main_window import MainWindow
from desktop.pages.chat import ChatPage
from desktop.pages.train import TrainPage
from desktop.widgets.plots import kinds

STEPS = 30
WORKER_MS = 600_000
LEFT = Qt.MouseButton.LeftButton


def train_page(window: MainWindow) -> TrainPage:
    page = window.page("train")
    assert isinstance(page, TrainPage)
    return page


def limit_steps(qtbot: QtBot, page: TrainPage, steps: int) -> None:
    """Through the real control, as a person would."""
    qtbot.mouseClick(page.settings.more.handle, LEFT)
    editor = page.settings.rows["max_steps"].control.editor
    assert isinstance(editor, QSpinBox) and editor.isVisible()
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, str(steps))
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def wait_until_recommended(qtbot: QtBot, window: MainWindow) -> TrainPage:
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.store.state.step == "train")
    page = train_page(window)

    def ready() -> bool:
        assert not window.store.state.errors, window.store.state.errors
        return page.header.primary.isEnabled() and page.header.primary.text() == "Train"

    qtbot.waitUntil(ready, timeout=WORKER_MS)
    return page


def wait_for_state(qtbot: QtBot, window: MainWindow, state: str) -> None:
    def there() -> bool:
        view = window.store.state.training
        assert view is not None
        assert view.summary.state in (state, "new", "starting", "running"), (view.summary, view.death, view.last_words)
        return view.summary.state == state

    qtbot.waitUntil(there, timeout=WORKER_MS)


def assert_plots_equal_log(page: TrainPage, name: str) -> None:
    """Number for number; a step that was computed again counts in its later form."""
    events = RunStore().get(name).events()
    steps = {event.step: event for event in events if isinstance(event, Step)}
    held = {event.step: event for event in events if isinstance(event, Validation)}
    memory = {event.step: event for event in events if isinstance(event, Memory)}
    panels = page.run.plots.panels
    wanted = sorted(steps)
    assert panels["loss"].points(kinds.LOSS) == (wanted, [steps[step].loss for step in wanted])
    speeds = [steps[step].tokens_per_second for step in wanted]
    assert panels["speed"].points("Each step") == (wanted, speeds)
    assert panels["loss"].points(kinds.VALIDATION) == (sorted(held), [held[step].loss for step in sorted(held)])
    ours = [memory[step].process_bytes for step in sorted(memory)]
    assert panels["memory"].points(kinds.PROCESS) == (sorted(memory), ours)
    everything = [
        memory[step].device_used_bytes if memory[step].device_total_bytes else memory[step].ram_used_bytes
        for step in sorted(memory)
    ]
    assert panels["memory"].points(kinds.EVERYTHING) == (sorted(memory), everything)
    assert len(steps) > 1 and len(memory) > 1


def test_from_the_first_look_to_two_answers_side_by_side(qtbot: QtBot, window: MainWindow) -> None:
    page = wait_until_recommended(qtbot, window)
    state = window.store.state
    assert state.plan == "best_quality" and state.verdict == "fits"
    assert page.forecast.bar.values is not None
    assert page.forecast.verdict.text().startswith("Fits, ")

    limit_steps(qtbot, page, STEPS)
    state = window.store.state
    assert state.settings is not None and state.settings.max_steps == STEPS
    assert state.plan == "yours" and page.settings.plans.buttons["yours"].isChecked()
    assert state.duration is not None and state.duration.steps == STEPS

    qtbot.mouseClick(page.header.primary, LEFT)
    assert window.store.state.training is not None, "The click is answered at once."
    assert page.right.currentWidget().isAncestorOf(page.run)
    qtbot.waitUntil(lambda: window.store.state.active is not None, timeout=WORKER_MS)
    wait_for_state(qtbot, window, "running")
    assert page.run.pause.isVisible() and page.run.stop.isVisible()
    wait_for_state(qtbot, window, "finished")

    qtbot.waitUntil(lambda: page.header.sentence.text().startswith("Done in "), timeout=WORKER_MS)
    view = window.store.state.training
    assert view is not None and view.summary.step == STEPS
    qtbot.waitUntil(lambda: page.run.plots.is_drawn)
    assert_plots_equal_log(page, view.name)
    _, losses = page.run.plots.panels["loss"].points(kinds.LOSS)
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert view.memory is not None and page.run.bar.values is not None
    assert page.run.bar.values.measured_bytes == view.memory.process_bytes
    assert window.store.state.active is None

    assert page.header.primary.text() == "Chat with it"
    qtbot.mouseClick(page.header.primary, LEFT)
    chat = window.page("chat")
    assert isinstance(chat, ChatPage) and window.store.state.step == "chat"

    def loaded() -> bool:
        assert window.store.state.chat.phase != "failed", window.store.state.errors
        return window.store.state.chat.phase == "ready"

    qtbot.waitUntil(loaded, timeout=WORKER_MS)
    qtbot.keyClicks(chat.entry.box, "What do cats eat?")
    qtbot.mouseClick(chat.entry.ask, LEFT)
    qtbot.waitUntil(lambda: window.store.state.chat.exchanges[-1].whole, timeout=WORKER_MS)
    said = window.store.state.chat.exchanges[-1]
    shown = chat.conversation.views[said.request].answers
    assert shown["base"].text() == said.base.text and shown["tuned"].text() == said.tuned.text
    assert said.base.text and said.tuned.text and said.base.text != said.tuned.text
