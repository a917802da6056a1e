"""Chatting with the base and the tuned model side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import msgspec

from core.errors import TunesmithError
from core.events import Answer, AnyEvent, ChatReady
from core.events.chat import AnswerFailed
from core.requests import ChatRequest, Prompt, Sampling
from core.runs.store import RunStore
from core.tasks.follow import ResultEvent, attached_events
from core.tasks.train import check_base
from core.worker.attached import AttachedWorker, died

DOING = "the chat"
Turns = list[tuple[str, str]]


class ChatResult(msgspec.Struct, frozen=True, kw_only=True):
    """Both answers to one prompt; `tokens_per_second` is that of the two together."""

    prompt: str
    answers: dict[str, str]
    tokens_per_second: float


def open_chat(run_name: str, device: str = "auto") -> AttachedWorker:
    """A worker that loads the run's model once and says `chat_ready`; prompts are sent to it.

    Raises:
        TunesmithError: `run.not_found`, `chat.no_adapter`, `model.changed`, `model.not_here`.
    """
    run = RunStore().get(run_name)
    if run.adapter() is None:
        raise TunesmithError(
            "chat.no_adapter",
            what=f"The run “{run.name}” has nothing to chat with yet.",
            why="It has neither a result nor a checkpoint.",
            remedy="Train it until its first checkpoint.",
            where=str(run.path),
        )
    check_base(run)
    return AttachedWorker(ChatRequest(run_path=str(run.path), device=device))


class ChatSession:
    """One loaded model that is asked again and again; a context manager that ends its worker. Every call blocks.

    Args:
        on_event: hears everything the worker says, `token`s among it.

    Raises:
        TunesmithError: as `open_chat`; on entering and asking also `worker.died` and what the worker refuses.
    """

    def __init__(self, run_name: str, sampling: Sampling, on_event: Callable[[AnyEvent], None] | None = None) -> None:
        self._sampling = sampling
        self._on_event = on_event or (lambda event: None)
        self._worker = open_chat(run_name)
        self._events = attached_events(self._worker, DOING)
        self._next = 0

    def __enter__(self) -> ChatSession:
        self._until(ChatReady)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.stop()

    def ask_each(self, prompts: Sequence[str]) -> list[ChatResult]:
        """Both answers to each of `prompts`, each asked by itself. The worker answers several at once."""
        return self._ask([([("user", prompt)], [("user", prompt)]) for prompt in prompts])

    def go_on(self, base_turns: Turns, tuned_turns: Turns) -> ChatResult:
        """Both answers where each column has its own conversation so far, the new prompt last."""
        return self._ask([(base_turns, tuned_turns)])[0]

    def _ask(self, conversations: Sequence[tuple[Turns, Turns]]) -> list[ChatResult]:
        first, self._next = self._next, self._next + len(conversations)
        for number, (base, tuned) in enumerate(conversations, first):
            self._worker.send(Prompt(request=number, base_turns=base, tuned_turns=tuned, sampling=self._sampling))
        answers: dict[int, dict[str, Answer]] = {number: {} for number in range(first, self._next)}
        while any(len(pair) < 2 for pair in answers.values()):
            answer = self._until(Answer)
            answers[answer.request][answer.column] = answer
        return [_result(base[-1][1], answers[n]) for n, (base, _) in enumerate(conversations, first)]

    def _until(self, kind: type[ResultEvent]) -> ResultEvent:
        for event in self._events:
            self._on_event(event)
            if isinstance(event, AnswerFailed):
                raise TunesmithError(event.code, what=event.what, why=event.why, remedy=event.remedy)
            if isinstance(event, kind):
                return event
        raise died(self._worker, DOING)


def _result(prompt: str, pair: dict[str, Answer]) -> ChatResult:
    return ChatResult(
        prompt=prompt,
        answers={column: pair[column].text for column in ("base", "tuned")},
        tokens_per_second=round(sum(answer.tokens_per_second for answer in pair.values()), 1),
    )
