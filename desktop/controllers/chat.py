"""The chat: one worker answers as base and as tuned, loaded when the page needs it, freed when it is in the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.errors import TunesmithError
from core.events import Answer, AnswerFailed, AnyEvent, ChatReady, Progress, Token
from core.requests import Prompt
from core.requests import StopAnswer as StopAnswerCommand
from core.runs import transcripts
from core.runs.store import RunStore
from core.scoring import load_held_out
from core.tasks.chat import open_chat
from desktop.chat_values import COLUMNS, ChatState, Exchange
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.intents import ChatWith, ClearChat, Intent, RestoreChat, RetryChat, SendPrompt, StopAnswer
from desktop.state import AppState, Store

FREE_AFTER_MS = 5 * 60 * 1000
"""How long the model stays loaded after the person left the page."""


class ChatController(Controller):
    """Owns `state.chat`. The conversation outlives the worker: a freed one is loaded again and told the history.

    Attributes:
        task: holds the worker.
        patience: runs out when the page was left for long.
    """

    step = "chat"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._requests = itertools.count(1)
        self._kept: dict[str, ChatState] = {}
        self._transcript = transcripts.new_name()
        self.task = AttachedTask("the chat", self)
        self.task.events.connect(self._hear)
        self.task.failed.connect(self._on_failed)
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(FREE_AFTER_MS)
        self.patience.timeout.connect(self.free)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """The chat's intents."""
        return {
            ChatWith: self.chat_with,
            SendPrompt: self.send_prompt,
            StopAnswer: self.stop_answer,
            ClearChat: self.clear,
            RestoreChat: self.restore,
            RetryChat: self.retry,
        }

    def start(self) -> None:
        """Load, if the window opens on this page."""
        self.react(self.store.state, self.store.state)

    def stop(self) -> None:
        """The window closes: the worker ends with it."""
        self.patience.stop()
        self.task.close()

    def react(self, state: AppState, before: AppState) -> None:
        """Load when the page comes to the front, free when it was left for long or a training run needs the memory."""
        if state.step != before.step:
            if state.step == self.step:
                self.patience.stop()
            elif before.step == self.step and self.task.is_open:
                self.patience.start()
        now = self.store.state
        if now.active is not None:
            if now.chat.phase != "training":
                self.free(waiting=True)
            return
        if now.chat.phase == "training":
            self._show(replace(now.chat, phase="idle"))
        if now.step == self.step:
            self._load_if_needed(self.store.state)

    def chat_with(self, intent: ChatWith) -> None:
        """Show the Chat page with a run."""
        self._take(intent.name)
        self.store.update(run=intent.name, step=self.step)

    def send_prompt(self, intent: SendPrompt) -> None:
        """Ask both columns, each with its own history."""
        chat = self._chat
        if chat.phase != "ready" or chat.answering or not intent.text.strip():
            return
        exchange = Exchange(request=next(self._requests), prompt=intent.text.strip(), sampling=intent.sampling)
        self.store.set_error(self.step, None)
        turns = {column: [*chat.history(column), ("user", exchange.prompt)] for column in COLUMNS}
        self._show(replace(chat, exchanges=(*chat.exchanges, exchange)))
        self.task.send(
            Prompt(
                request=exchange.request,
                base_turns=turns["base"],
                tuned_turns=turns["tuned"],
                sampling=intent.sampling,
            )
        )

    def stop_answer(self, intent: StopAnswer) -> None:
        """End the answers under way; the worker says how far they came."""
        self.task.send(StopAnswerCommand())

    def clear(self, intent: ClearChat) -> None:
        """Empty both columns; `restore` brings them back."""
        chat = self._chat
        if not chat.exchanges:
            return
        if chat.answering:
            self.task.send(StopAnswerCommand())
        self._transcript = transcripts.new_name()
        self._show(replace(chat, exchanges=(), cleared=chat.broken_off("stopped").exchanges))

    def restore(self, intent: RestoreChat) -> None:
        """Undo the last clear; what was said since stays below it."""
        chat = self._chat
        self._show(replace(chat, exchanges=chat.cleared + chat.exchanges, cleared=()))

    def retry(self, intent: RetryChat) -> None:
        """Load again after a failure."""
        self.store.set_error(self.step, None)
        self._show(replace(self._chat, phase="idle"))

    def free(self, *, waiting: bool = False) -> None:
        """End the worker; `waiting`: until a training run has ended."""
        self.task.close()
        chat = self._chat.broken_off("stopped")
        self._show(replace(chat, phase="training" if waiting else "idle", proof=None, progress=""))

    @property
    def _chat(self) -> ChatState:
        return self.store.state.chat

    def _show(self, chat: ChatState) -> None:
        self.store.update(chat=chat)

    def _take(self, name: str) -> None:
        """Make `name` the run of the page; each run's conversation is kept while the window is open."""
        chat = self._chat
        if chat.run == name:
            return
        self.task.close()
        if chat.run is not None:
            self._kept[chat.run] = chat.broken_off("stopped")
        kept = self._kept.get(name, ChatState(run=name))
        self._transcript = transcripts.new_name()
        self.store.set_error(self.step, None)
        self._show(replace(kept, phase="training" if self.store.state.active else "idle", proof=None, progress=""))

    def _load_if_needed(self, state: AppState) -> None:
        name = wanted_run(state)
        if name is None:
            if state.chat.run is not None:
                self.task.close()
                self._show(ChatState())
            return
        self._take(name)
        if self._chat.phase == "idle":
            self._load(name)

    def _load(self, name: str) -> None:
        self._show(replace(self._chat, phase="loading", progress=""))
        self.task.open(lambda: open_chat(name))
        if not self._chat.prompts:
            self.background(lambda: example_prompts(name), self._show_prompts, key="prompts")

    def _show_prompts(self, found: tuple[str, tuple[str, ...]]) -> None:
        name, prompts = found
        if self._chat.run == name:
            self._show(replace(self._chat, prompts=prompts))

    def _hear(self, batch: list[AnyEvent]) -> None:
        chat = self._chat
        for event in batch:
            if isinstance(event, ChatReady):
                chat = replace(chat, phase="ready", proof=event, progress="")
            elif isinstance(event, Progress):
                chat = replace(chat, progress=event.text)
            elif isinstance(event, AnswerFailed):
                chat = chat.refused(event.request)
                self.store.set_error(self.step, _refusal(event))
        before = {exchange.request for exchange in chat.exchanges if not exchange.whole}
        chat = chat.with_events([event for event in batch if isinstance(event, Token | Answer)])
        self._show(chat)
        for exchange in chat.exchanges:
            if exchange.whole and exchange.request in before and exchange.base.state != "failed":
                self._record(exchange)

    def _on_failed(self, error: TunesmithError) -> None:
        self._show(replace(self._chat.broken_off("failed"), phase="failed", proof=None, progress=""))
        self.store.set_error(self.step, error)

    def _record(self, exchange: Exchange) -> None:
        folder = next((Path(run.path) for run in self.store.state.runs if run.name == self._chat.run), None)
        if folder is None:
            return
        answers = {column: exchange.answer(column) for column in COLUMNS}
        line = transcripts.TranscriptLine(
            time=exchange.asked_at,
            prompt=exchange.prompt,
            sampling=exchange.sampling,
            answers={
                column: transcripts.Said(text=a.text, tokens_per_second=a.tokens_per_second, reason=a.state)
                for column, a in answers.items()
            },
        )
        name = self._transcript
        self.background(lambda: transcripts.append(folder, name, line), lambda _: None)


def _refusal(event: AnswerFailed) -> TunesmithError:
    return TunesmithError(event.code, what=event.what, why=event.why, remedy=event.remedy)


def wanted_run(state: AppState) -> str | None:
    """The run to chat with: the one that the window shows, else the one before, else the newest that has a result."""
    ready = [run.name for run in state.runs if run.state in ("finished", "stopped")]
    known = {run.name for run in state.runs}
    if state.run in ready or (state.run is not None and state.run == state.chat.run and state.run in known):
        return state.run
    if state.chat.run in ready:
        return state.chat.run
    return ready[0] if ready else None


def example_prompts(name: str) -> tuple[str, tuple[str, ...]]:
    """The run's name, and prompts that its data did not hold: those that ship, where it learnt from the sample.

    Raises:
        TunesmithError: `run.not_found`, or as `Run.job`.
    """
    taught = RunStore().get(name).job().dataset
    return name, tuple(held.prompt for held in load_held_out()) if taught.source == "sample" else ()
