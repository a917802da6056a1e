"""What the model says to a few prompts while it trains. The training is bit for bit the same with and without."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState

from core.data.report import Turn
from core.engine.chat import ids_of
from core.engine.control import Control
from core.engine.emit import Emit
from core.engine.failures import first_line
from core.engine.mixed import BatchRow, answer
from core.engine.progress import RunProgress
from core.engine.render import prompt_ids
from core.engine.schedule import Schedule
from core.events import Sample, Warned
from core.job import TrainingJob
from core.requests import Sampling
from core.settings import TrainingSettings

_log = logging.getLogger(__name__)

CHOSEN = 3  # prompts that are chosen where the job names none
LONGEST_PROMPT = 512  # tokens of a prompt that is chosen
TOKENS = 48  # of an answer
SHARE_OF_TIME = 0.1  # where nobody said how often


@dataclass(frozen=True)
class SamplePrompt:
    """What is asked: its words, and the tokens that the model sees."""

    text: str
    ids: list[int]


def prompts_of(job: TrainingJob, examples: Sequence[Sequence[Turn]], tokenizer: Any) -> list[SamplePrompt]:
    """The prompts of `job`, or else the first ones of `examples`; the shortest alone where all of those are long.

    Raises:
        TunesmithError: `data.template_unusable`.
    """
    if job.sample_prompts:
        return [_prompt([Turn("user", text)], tokenizer) for text in job.sample_prompts]
    asked = [turns for conversation in examples if (turns := _until_answer(conversation))]
    found = [_prompt(turns, tokenizer) for turns in asked]
    short = [prompt for prompt in found if len(prompt.ids) <= LONGEST_PROMPT]
    return short[:CHOSEN] or sorted(found, key=lambda prompt: len(prompt.ids))[:1]


def _until_answer(conversation: Sequence[Turn]) -> list[Turn]:
    """The turns before the first answer; none if nobody asked."""
    roles = [turn.role for turn in conversation]
    end = roles.index("assistant") if "assistant" in roles else 0
    return list(conversation[:end]) if end and roles[end - 1] == "user" else []


def _prompt(turns: Sequence[Turn], tokenizer: Any) -> SamplePrompt:
    return SamplePrompt(turns[-1].content, prompt_ids(tokenizer, turns))


class Samples(TrainerCallback):
    """Asks the prompts before the first step and after those that are due."""

    def __init__(
        self,
        prompts: Sequence[SamplePrompt],
        tokenizer: Any,
        settings: TrainingSettings,
        emit: Emit,
        control: Control,
        progress: RunProgress,
    ) -> None:
        self._prompts = prompts
        self._tokenizer = tokenizer
        self._sample_steps = settings.sample_steps
        self._emit = emit
        self._control = control
        self._progress = progress
        self._wanted = bool(prompts) and settings.sample_steps >= 0
        self._spent_s = 0.0
        self._asked_at = -1

    def on_train_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, model: Any = None, **_: Any
    ) -> None:
        """Before the first step of a run that is not resumed."""
        self._schedule = Schedule(state.max_steps, 0, sample_steps=self._sample_steps)
        self._began = time.monotonic()
        if state.global_step == 0:
            self._ask(model, 0)

    def on_log(
        self,
        args: Any,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """A step is done and told."""
        step = state.global_step
        if logs is None or "loss" not in logs or not self._schedule.sample_due(step):
            return
        affordable = self._spent_s <= SHARE_OF_TIME * (time.monotonic() - self._began)
        if affordable or self._sample_steps or step >= state.max_steps:
            self._ask(model, step)

    def on_train_end(
        self, args: Any, state: TrainerState, control: TrainerControl, model: Any = None, **_: Any
    ) -> None:
        """A run that stops early has had its last step."""
        if self._progress.validation.stopped_early:
            self._ask(model, state.global_step)

    def _ask(self, model: Any, step: int) -> None:
        """Ask all prompts. What goes wrong here ends the samples, and not the run."""
        if not self._wanted or self._asked_at == step or self._stop_wanted():
            return
        self._asked_at = step
        began = time.monotonic()
        try:
            answers = self._answers(model)
        except Exception as error:  # noqa: BLE001 (the person is told, and the run is worth more)
            _log.exception("The samples failed.")
            text = f"What the model says while it trains cannot be shown: {first_line(error)}. The training goes on."
            self._emit(Warned(code="engine.samples_failed", text=text))
            self._wanted = False
            return
        finally:
            self._spent_s += time.monotonic() - began
        if not self._stop_wanted():
            for prompt, text in zip(self._prompts, answers, strict=True):
                self._emit(Sample(step=step, prompt=prompt.text, text=text))

    def _stop_wanted(self) -> bool:
        self._control.poll()
        return self._control.stop_wanted

    def _answers(self, model: Any) -> list[str]:
        """One answer a prompt, always the likeliest token. Mode and random numbers are as before afterwards."""
        rows = [BatchRow("tuned", prompt.ids, Sampling(max_new_tokens=TOKENS)) for prompt in self._prompts]
        said: list[list[int]] = [[] for _ in rows]
        was_training = model.training
        with torch.random.fork_rng():
            model.eval()
            try:
                answer(
                    model,
                    rows,
                    ids_of(model, self._tokenizer),
                    on_token=lambda row, token: said[row].append(token),
                    on_end=lambda row, reason: None,
                    interrupted=self._stop_wanted,
                )
            finally:
                model.train(was_training)
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()  # the steps find the memory as they would without
        return [self._tokenizer.decode(tokens, skip_special_tokens=True).strip() for tokens in said]
