"""What a chat worker says."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event

Column = Literal["base", "tuned"]


class ChatReady(Event, frozen=True, kw_only=True, tag="chat_ready"):
    """The model is loaded and its base column was proved to be the base.

    `base_difference`: the largest difference between the base column's logits and those with the adapter removed (0
    is a proof).
    `tuned_difference`: the same between tuned and base; 0 would mean that the adapter does nothing.
    """

    device_name: str
    base_difference: float
    tuned_difference: float


class Token(Event, frozen=True, kw_only=True, tag="token"):
    """A piece of an answer. `request` is the id the prompt was sent with."""

    request: int
    column: Column
    text: str


class Answer(Event, frozen=True, kw_only=True, tag="answer"):
    """An answer is whole. `token_ids` holds what was generated, without the end token; `reason` says why it ended."""

    request: int
    column: Column
    text: str
    token_ids: list[int]
    tokens_per_second: float
    reason: Literal["end", "length", "stopped"]


class AnswerFailed(Event, frozen=True, kw_only=True, tag="answer_failed"):
    """A prompt got no answer, in neither column (too long, say). The worker goes on; the fields are those of a
    `TunesmithError`."""

    request: int
    code: str
    what: str
    why: str
    remedy: str
