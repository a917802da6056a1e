"""Chatting with the base and the tuned model side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from core.errors import TunesmithError
from core.events import Answer, AnyEvent, ChatReady
from core.events.chat import AnswerFailed
from core.requests import ChatRequest, Prompt, Sampling
from core.runs.store import RunStore
from core.tasks.follow import attached_events
from core.worker.attached import AttachedWorker, died

DOING = "the chat"


class ChatResult(msgspec.Struct, frozen=True, kw_only=True):
    """Both answers to one prompt; `tokens_per_second` is that of the two together."""

    prompt: str
    answers: dict[str, str]
    tokens_per_second: float


def open_chat(run_name: str, device: str = "auto") -> AttachedWorker:
    """A worker that loads the run's model once and says `chat_ready`; prompts are sent to it.

    Raises:
        TunesmithError: `run.not_found`, `chat.no_adapter`.
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
    return AttachedWorker(ChatRequest(run_path=str(run.path), device=device))


def ask(
    run_name: str,
    prompts: Sequence[str],
    sampling: Sampling,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> list[ChatResult]:
    """Both models' answers to each of `prompts`, each asked by itself, in order. Blocks.

    Raises:
        TunesmithError: as `open_chat`, `worker.died`, or what the worker refused an answer with.
    """
    worker = open_chat(run_name)
    answers: dict[int, dict[str, Answer]] = {}
    try:
        for event in attached_events(worker, DOING):
            if on_event is not None:
                on_event(event)
            if isinstance(event, ChatReady):
                _send_all(worker, prompts, sampling)
            elif isinstance(event, AnswerFailed):
                raise TunesmithError(event.code, what=event.what, why=event.why, remedy=event.remedy)
            elif isinstance(event, Answer):
                answers.setdefault(event.request, {})[event.column] = event
                if sum(len(pair) for pair in answers.values()) == 2 * len(prompts):
                    return [_result(prompt, answers[number]) for number, prompt in enumerate(prompts)]
        raise died(worker, DOING)
    finally:
        worker.stop()


def _send_all(worker: AttachedWorker, prompts: Sequence[str], sampling: Sampling) -> None:
    for number, prompt in enumerate(prompts):
        turns = [("user", prompt)]
        worker.send(Prompt(request=number, base_turns=turns, tuned_turns=turns, sampling=sampling))


def _result(prompt: str, pair: dict[str, Answer]) -> ChatResult:
    return ChatResult(
        prompt=prompt,
        answers={column: pair[column].text for column in ("base", "tuned")},
        tokens_per_second=round(sum(answer.tokens_per_second for answer in pair.values()), 1),
    )
