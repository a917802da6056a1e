"""What the Chat page shows, as frozen values, and how events change them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Literal

from core.events import Answer, ChatReady, Column, Token
from core.requests import Sampling

AnswerState = Literal["waiting", "answering", "end", "length", "stopped", "failed"]
COLUMNS: tuple[Column, Column] = ("base", "tuned")
ChatPhase = Literal["no_run", "idle", "training", "loading", "ready", "failed"]


@dataclass(frozen=True)
class ColumnAnswer:
    """One column's answer, as far as it has come. `tokens_per_second` is 0 until it is whole."""

    text: str = ""
    tokens_per_second: float = 0.0
    state: AnswerState = "waiting"

    @property
    def whole(self) -> bool:
        """Whether nothing more comes."""
        return self.state not in ("waiting", "answering")


@dataclass(frozen=True)
class Exchange:
    """One prompt and both answers. `asked_at` is in seconds since the epoch."""

    request: int
    prompt: str
    sampling: Sampling
    asked_at: float = field(default_factory=time.time)
    base: ColumnAnswer = ColumnAnswer()
    tuned: ColumnAnswer = ColumnAnswer()

    @property
    def whole(self) -> bool:
        """Whether both answers have ended."""
        return self.base.whole and self.tuned.whole

    def answer(self, column: Column) -> ColumnAnswer:
        """The answer of one column."""
        return self.base if column == "base" else self.tuned

    def with_answer(self, column: Column, answer: ColumnAnswer) -> Exchange:
        """This exchange with one answer replaced."""
        return replace(self, base=answer) if column == "base" else replace(self, tuned=answer)


@dataclass(frozen=True)
class ChatState:
    """The Chat page's part of the window's state.

    Attributes:
        run: the run that is chatted with, by name.
        phase: `idle` while its worker was freed, `training` while it has to wait for a run that is computed.
        progress: what loading does at the moment, in words.
        proof: what the worker said once it was ready.
        exchanges: the conversation; `cleared` is the one before the last Clear, which can be brought back.
        prompts: example prompts that fit the run.
    """

    run: str | None = None
    phase: ChatPhase = "no_run"
    progress: str = ""
    proof: ChatReady | None = None
    exchanges: tuple[Exchange, ...] = ()
    cleared: tuple[Exchange, ...] = ()
    prompts: tuple[str, ...] = ()

    @property
    def answering(self) -> bool:
        """Whether an answer is under way."""
        return bool(self.exchanges) and not self.exchanges[-1].whole

    def history(self, column: Column) -> list[tuple[str, str]]:
        """(role, content) pairs of what was said in one column; exchanges without an answer there are left out."""
        turns: list[tuple[str, str]] = []
        for exchange in self.exchanges:
            if said := exchange.answer(column).text:
                turns += [("user", exchange.prompt), ("assistant", said)]
        return turns

    def with_events(self, events: list[Token | Answer]) -> ChatState:
        """This state after `events`, which may belong to any exchange."""
        exchanges = {exchange.request: exchange for exchange in self.exchanges}
        for event in events:
            if exchange := exchanges.get(event.request):
                exchanges[event.request] = _after(exchange, event)
        return replace(self, exchanges=tuple(exchanges.values()))

    def refused(self, request: int) -> ChatState:
        """This state with both answers of one exchange ended as failed."""
        return replace(
            self, exchanges=tuple(_ended(e, "failed") if e.request == request else e for e in self.exchanges)
        )

    def broken_off(self, state: AnswerState) -> ChatState:
        """This state with every answer that is under way ended as `state`."""
        return replace(self, exchanges=tuple(_ended(exchange, state) for exchange in self.exchanges))


def _after(exchange: Exchange, event: Token | Answer) -> Exchange:
    before = exchange.answer(event.column)
    if isinstance(event, Token):
        answer = replace(before, text=before.text + event.text, state="answering")
    else:
        answer = ColumnAnswer(text=event.text, tokens_per_second=event.tokens_per_second, state=event.reason)
    return exchange.with_answer(event.column, answer)


def _ended(exchange: Exchange, state: AnswerState) -> Exchange:
    for column in COLUMNS:
        answer = exchange.answer(column)
        if not answer.whole:
            exchange = exchange.with_answer(column, replace(answer, state=state))
    return exchange
