"""The Chat page with the real chat worker on the starter model."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.errors import TunesmithError
from core.events import ChatReady
from core.requests import Sampling
from core.runs.store import RunStore
from core.runs.transcripts import TranscriptLine
from core.scoring import load_held_out
from desktop.chat_values import ChatState, ColumnAnswer, Exchange
from desktop.controllers.chat import ChatController
from desktop.intents import ChatWith, ClearChat, GoTo, RetryChat, SendPrompt, StopAnswer
from desktop.pages.chat import ChatPage
from desktop.state import ActiveRun
from tests.desktop.adapted_run import make_adapted_run
from tests.desktop.bench import Bench, bench

WORKER_MS = 300_000
PROVED = "Base column checked: identical to the model without the adapter."


def page_of(made: Bench) -> ChatPage:
    assert isinstance(made.page, ChatPage)
    return made.page


def wait_for_phase(qtbot: QtBot, made: Bench, phase: str) -> None:
    def there() -> bool:
        assert made.state.chat.phase != "failed" or phase == "failed", made.state.errors
        return made.state.chat.phase == phase

    qtbot.waitUntil(there, timeout=WORKER_MS)


def wait_for_answers(qtbot: QtBot, made: Bench) -> Exchange:
    qtbot.waitUntil(lambda: made.state.chat.exchanges[-1].whole, timeout=WORKER_MS)
    return made.state.chat.exchanges[-1]


def lines_of(run_path: Path) -> list[TranscriptLine]:
    files = sorted((run_path / "transcripts").glob("*.jsonl"))
    return [msgspec.json.decode(line, type=TranscriptLine) for f in files for line in f.read_bytes().splitlines()]


def test_both_models_answer_one_prompt_side_by_side(qtbot: QtBot) -> None:
    run = make_adapted_run()
    with bench(qtbot, ChatPage(), ChatController, runs=tuple(RunStore().list()), run=run.name) as made:
        page = page_of(made)
        assert page.header.sentence.text().startswith("Loading")
        wait_for_phase(qtbot, made, "ready")
        assert page.header.sentence.text() == PROVED
        qtbot.waitUntil(lambda: bool(made.state.chat.prompts), timeout=WORKER_MS)
        chip = page.entry.chips.chips[0]
        assert chip.isVisible() and chip.text() == load_held_out()[0].prompt
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
        assert made.asked == [SendPrompt(load_held_out()[0].prompt, Sampling())]
        first = wait_for_answers(qtbot, made)
        assert first.base.text and first.base.text != first.tuned.text
        view = page.conversation.views[first.request]
        assert view.answers["base"].text() == first.base.text and view.answers["tuned"].text() == first.tuned.text
        assert view.answers["base"].width() == view.answers["tuned"].width()
        assert "tokens/s" in view.answers["base"].foot.text()

        qtbot.keyClicks(page.entry.box, "Why?")
        qtbot.keyClick(page.entry.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        qtbot.keyClicks(page.entry.box, "Say more.")
        qtbot.keyClick(page.entry.box, Qt.Key.Key_Return)
        assert page.entry.box.toPlainText() == ""
        second = wait_for_answers(qtbot, made)
        assert second.prompt == "Why?\nSay more."
        assert made.state.chat.history("base")[:2] == [("user", first.prompt), ("assistant", first.base.text)]
        assert made.state.chat.history("tuned")[1] == ("assistant", first.tuned.text)
        qtbot.waitUntil(lambda: len(lines_of(run.path)) == 2, timeout=WORKER_MS)
        line = lines_of(run.path)[0]
        assert line.prompt == first.prompt and line.answers["tuned"].text == first.tuned.text

        qtbot.mouseClick(page.bar.clear, Qt.MouseButton.LeftButton)
        assert made.asked[-1] == ClearChat() and not page.conversation.views
        qtbot.mouseClick(page.bar.undo, Qt.MouseButton.LeftButton)
        assert [exchange.prompt for exchange in made.state.chat.exchanges] == [first.prompt, second.prompt]
        assert len(page.conversation.views) == 2


def test_the_worker_is_freed_stopped_mourned_and_gives_way_to_training(qtbot: QtBot) -> None:
    run = make_adapted_run()
    with bench(qtbot, ChatPage(), ChatController, runs=tuple(RunStore().list()), run=run.name) as made:
        page, chat = page_of(made), made.dispatcher.controllers[0]
        assert isinstance(chat, ChatController)
        wait_for_phase(qtbot, made, "ready")
        first = chat.task.worker
        assert first is not None
        chat.patience.setInterval(0)
        made.store.update(step="runs")
        wait_for_phase(qtbot, made, "idle")
        qtbot.waitUntil(lambda: first._process.poll() is not None, timeout=WORKER_MS)
        made.store.update(step="chat")
        wait_for_phase(qtbot, made, "ready")

        page.entry.sampling.boxes["max_new_tokens"].setValue(900)
        page.entry.box.setPlainText("Tell me a story.")
        qtbot.mouseClick(page.entry.ask, Qt.MouseButton.LeftButton)
        assert page.entry.halt.isVisible() and made.page.escape(made.state) == StopAnswer()
        qtbot.waitUntil(lambda: bool(made.state.chat.exchanges[-1].tuned.text), timeout=WORKER_MS)
        qtbot.mouseClick(page.entry.halt, Qt.MouseButton.LeftButton)
        assert wait_for_answers(qtbot, made).tuned.state == "stopped"

        second = chat.task.worker
        assert second is not None
        os.kill(second._process.pid, signal.SIGKILL)
        wait_for_phase(qtbot, made, "failed")
        assert page.banner.isVisible() and "killed" in made.state.errors["chat"].why
        assert len(page.conversation.views) == 1
        qtbot.mouseClick(page.bar.retry, Qt.MouseButton.LeftButton)
        assert made.asked[-1] == RetryChat() and not page.banner.isVisible()
        assert made.state.chat.phase == "loading"

        made.store.update(active=ActiveRun(name="other", state="running"))
        assert page.places.currentWidget() is page.training and chat.task.worker is None
        assert len(made.state.chat.exchanges) == 1


def test_no_run_yet_says_what_to_do_and_offers_it(qtbot: QtBot) -> None:
    with bench(qtbot, ChatPage(), ChatController) as made:
        page = page_of(made)
        assert page.places.currentWidget() is page.no_run
        qtbot.mouseClick(page.no_run.button, Qt.MouseButton.LeftButton)
        assert made.asked == [GoTo("train")]


def test_a_run_without_an_adapter_says_why_it_cannot_chat(qtbot: QtBot) -> None:
    run = make_adapted_run()
    for file in (run.path / "adapter").iterdir():
        file.unlink()
    with bench(qtbot, ChatPage(), ChatController, runs=tuple(RunStore().list())) as made:
        made.dispatch(ChatWith(run.name))
        wait_for_phase(qtbot, made, "failed")
        assert made.state.errors["chat"].code == "chat.no_adapter"
        assert page_of(made).banner.isVisible()


def talk(**more: Any) -> ChatState:
    exchange = Exchange(
        request=1,
        prompt="What is <b>bold</b>?",
        sampling=Sampling(),
        base=ColumnAnswer("A <i>style</i>.", 40.0, "end"),
        tuned=ColumnAnswer("Arr, a", 0.0, "answering"),
    )
    proof = ChatReady(device_name="CPU", base_difference=0.0, tuned_difference=1.0)
    return replace(ChatState(run="x", phase="ready", proof=proof, exchanges=(exchange,)), **more)


def test_what_models_say_is_never_taken_for_markup(qtbot: QtBot) -> None:
    with bench(qtbot, ChatPage(), chat=talk()) as made:
        view = page_of(made).conversation.views[1]
        assert "&lt;i&gt;style" in view.answers["base"].words.text()
        assert view.prompt.textFormat() == Qt.TextFormat.PlainText


def test_growing_answers_keep_their_widgets(qtbot: QtBot) -> None:
    with bench(qtbot, ChatPage(), chat=talk()) as made:
        page = page_of(made)
        view = page.conversation.views[1]
        grown = replace(talk().exchanges[0], tuned=ColumnAnswer("Arr, a style it be.", 38.0, "end"))
        made.store.update(chat=talk(exchanges=(grown,)))
        assert page.conversation.views[1] is view
        assert view.answers["tuned"].text() == "Arr, a style it be."
        assert not page.entry.halt.isVisible() and page.entry.ask.isVisible()


def test_a_base_that_differs_is_said_in_numbers(qtbot: QtBot) -> None:
    proof = ChatReady(device_name="CPU", base_difference=0.25, tuned_difference=1.0)
    with bench(qtbot, ChatPage(), chat=talk(proof=proof)) as made:
        assert "by up to 0.25" in page_of(made).header.sentence.text()


def test_a_failure_leaves_the_conversation_in_sight(qtbot: QtBot) -> None:
    error = TunesmithError("worker.died", what="It ended.", why="It was killed.", remedy="Try again.")
    with bench(qtbot, ChatPage(), chat=talk(phase="failed", proof=None), errors={"chat": error}) as made:
        page = page_of(made)
        assert page.conversation.views[1].isVisible()
        qtbot.mouseClick(page.bar.retry, Qt.MouseButton.LeftButton)
        assert made.asked == [RetryChat()]
