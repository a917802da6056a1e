"""The chat worker: one model, loaded once, answers every prompt as base and as tuned in one mixed batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.data.report import Turn
from core.engine import adapter
from core.engine.device import Device, choose
from core.engine.emit import Emit
from core.engine.inbox import Inbox
from core.engine.load import load_model
from core.engine.mixed import BatchRow, Ids, Reason, answer
from core.engine.proof import bare_logits, compare, require_base
from core.engine.render import prompt_ids
from core.engine.row_by_row import keep_rows_apart
from core.engine.streaming import TextStream
from core.engine.tokenizer import load_tokenizer
from core.errors import TunesmithError
from core.events import Answer, AnswerFailed, ChatReady, Column, Progress, Token, Warned
from core.models.location import model_path
from core.requests import ChatRequest, Prompt, Quit
from core.runs.run import Run
from core.settings import TrainingSettings

COLUMNS: tuple[Column, Column] = ("base", "tuned")
PROMPTS_AT_ONCE = 8  # so that a batch has at most 16 rows
PROBE = [Turn("user", "What is the weather like today?")]


def run(request: ChatRequest, emit: Emit, inbox: Inbox) -> None:
    """Load, prove, then answer until told to quit.

    Raises:
        TunesmithError: `chat.no_adapter`, `engine.base_is_not_base`, or as loading.
    """
    talker = Talker(Run(Path(request.run_path)), choose(request.device), emit)
    while not isinstance(command := inbox.wait(), Quit):
        if isinstance(command, Prompt):
            talker.answer([command, *inbox.more_prompts(PROMPTS_AT_ONCE - 1)], inbox)


class Talker:
    """The loaded model and how to talk to it."""

    def __init__(self, run: Run, device: Device, emit: Emit) -> None:
        self._emit = emit
        place = _adapter_of(run)
        job = run.job()
        emit(Progress(phase="loading", text="Loading the base model"))
        folder = model_path(job.model)
        self._tokenizer = load_tokenizer(folder)
        base = load_model(folder, _for_answering(job.settings, device), device).eval()
        keep_rows_apart(base)
        self._ids = ids_of(base, self._tokenizer)
        self._context_length = int(getattr(base.config.get_text_config(), "max_position_embeddings", 0) or 0)
        probe = prompt_ids(self._tokenizer, PROBE)
        bare = bare_logits(base, probe)
        emit(Progress(phase="loading", text="Attaching the trained adapter"))
        self._model = adapter.attach_trained(base, place)
        differences = compare(self._model, probe, bare)
        require_base(differences)
        if differences.tuned == 0.0:
            emit(Warned(code="chat.adapter_does_nothing", text="The tuned model answers exactly like the base so far."))
        emit(ChatReady(device_name=device.name, base_difference=differences.base, tuned_difference=differences.tuned))

    def answer(self, prompts: Sequence[Prompt], inbox: Inbox) -> None:
        """Answer `prompts` together. One that cannot be answered says so and holds up no other."""
        speakers: list[_Speaker] = []
        for prompt in prompts:
            try:
                speakers += [self._speaker(prompt, column) for column in COLUMNS]
            except TunesmithError as error:
                speakers = [s for s in speakers if s.request != prompt.request]
                self._emit(
                    AnswerFailed(
                        request=prompt.request, code=error.code, what=error.what, why=error.why, remedy=error.remedy
                    )
                )
        if speakers:
            answer(
                self._model,
                [speaker.row for speaker in speakers],
                self._ids,
                on_token=lambda row, token: speakers[row].say(token),
                on_end=lambda row, reason: speakers[row].end(reason),
                interrupted=inbox.interrupted,
            )
        for prompt in inbox.take_stopped():
            for column in COLUMNS:
                row = BatchRow(column, [], prompt.sampling)
                _Speaker(prompt.request, column, row, self._tokenizer, self._emit).end("stopped")

    def _speaker(self, prompt: Prompt, column: Column) -> _Speaker:
        turns = prompt.base_turns if column == "base" else prompt.tuned_turns
        tokens = prompt_ids(self._tokenizer, [Turn(role, content) for role, content in turns])  # type: ignore[arg-type]
        sampling = prompt.sampling
        if self._context_length:
            room = self._context_length - len(tokens)
            if room < 1:
                raise _too_long(len(tokens), self._context_length)
            sampling = msgspec.structs.replace(sampling, max_new_tokens=min(room, sampling.max_new_tokens))
        return _Speaker(prompt.request, column, BatchRow(column, tokens, sampling), self._tokenizer, self._emit)


class _Speaker:
    """One column of one answer: its tokens become events."""

    def __init__(self, request: int, column: Column, row: BatchRow, tokenizer: Any, emit: Emit) -> None:
        self.request = request
        self.row = row
        self._column = column
        self._emit = emit
        self._stream = TextStream(tokenizer)
        self._since = time.monotonic()

    def say(self, token: int) -> None:
        self._say(self._stream.push(token))

    def end(self, reason: Reason) -> None:
        self._say(self._stream.close())
        took = time.monotonic() - self._since
        count = len(self._stream.token_ids)
        self._emit(
            Answer(
                request=self.request,
                column=self._column,
                text=self._stream.text,
                token_ids=self._stream.token_ids,
                tokens_per_second=count / took if took else 0.0,
                reason=reason,
            )
        )

    def _say(self, piece: str) -> None:
        if piece:
            self._emit(Token(request=self.request, column=self._column, text=piece))


def _adapter_of(run: Run) -> Path:
    place = run.adapter()
    if place is None:
        raise TunesmithError(
            "chat.no_adapter",
            what=f"The run “{run.name}” has nothing to chat with yet.",
            why="It has neither a result nor a checkpoint.",
            remedy="Train it until its first checkpoint.",
            where=str(run.path),
        )
    return place


def _for_answering(settings: TrainingSettings, device: Device) -> TrainingSettings:
    """As trained; a run from a card with flash attention answers on the processor all the same."""
    return settings if device.is_cuda or settings.attention != "flash" else settings.changed(attention="sdpa")


def ids_of(model: Any, tokenizer: Any) -> Ids:
    """Which tokens end an answer of `model`, and which one pads."""
    stated = model.generation_config.eos_token_id
    ends = set(stated) if isinstance(stated, list) else {stated}
    ends.add(tokenizer.eos_token_id)
    return Ids(ends=frozenset(token for token in ends if token is not None), padding=tokenizer.pad_token_id)


def _too_long(tokens: int, context_length: int) -> TunesmithError:
    return TunesmithError(
        "chat.prompt_too_long",
        what="The conversation is too long for the model.",
        why=f"It has {tokens} tokens; the model reads at most {context_length}, its answer included.",
        remedy="Clear the conversation, or ask something shorter.",
    )
