"""What attached tasks are asked: the payload a worker starts with, and the commands sent to it while it runs."""

from __future__ import annotations

from typing import Any

import msgspec

from core.job import DatasetRef, TrainingJob
from core.settings import TrainingSettings


class InspectRequest(msgspec.Struct, frozen=True, kw_only=True, tag="inspect"):
    """Show `dataset` as the model in `model_path` will see it, with `preview_rows` rows in full."""

    dataset: DatasetRef
    model_path: str
    max_seq_length: int
    preview_rows: int = 20


class DownloadRequest(msgspec.Struct, frozen=True, kw_only=True, tag="download"):
    """Fetch the hub model `id` into the models folder; safetensors, tokenizer and configuration only."""

    id: str
    revision: str = ""


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True, tag="chat"):
    """Load the run's model once, to answer as base and as tuned."""

    run_path: str
    device: str = "auto"


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How the next token is chosen. `temperature` 0 always takes the likeliest."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: int = 256
    repetition_penalty: float = 1.0
    seed: int = 42


class Prompt(msgspec.Struct, frozen=True, kw_only=True, tag="prompt"):
    """Answer this, as base and as tuned, in one mixed batch.

    `base_turns` and `tuned_turns` hold (role, content) pairs of each column's own conversation so far, the new
    prompt last.
    """

    request: int
    base_turns: list[tuple[str, str]]
    tuned_turns: list[tuple[str, str]]
    sampling: Sampling = Sampling()


class StopAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="stop_answer"):
    """End the answers under way; what was said stays said."""


class RehearseRequest(msgspec.Struct, frozen=True, kw_only=True, tag="rehearsing"):
    """Stay ready to rehearse; the `Rehearse` and `CountModel` commands say what."""


class Rehearse(msgspec.Struct, frozen=True, kw_only=True, tag="rehearse"):
    """Run the training step of the model of `config` (a `config.json`'s content) under `settings` without numbers, as a
    card would (with what its `compute_capability` decides), or as the processor."""

    request: int
    config: dict[str, Any]
    settings: TrainingSettings
    on_card: bool
    compute_capability: tuple[int, int] | None = None


class CountModel(msgspec.Struct, frozen=True, kw_only=True, tag="count_model"):
    """Build the model of `config` without weights and tell its tensors."""

    request: int
    config: dict[str, Any]


class MeasureRequest(msgspec.Struct, frozen=True, kw_only=True, tag="measure"):
    """Train the model of `config` (a `config.json`'s content) under `settings` for some steps, with few of its layers
    and random weights. `device` is as a job writes it: `cpu`, `cuda:0`."""

    config: dict[str, Any]
    settings: TrainingSettings
    device: str


class FindRateRequest(msgspec.Struct, frozen=True, kw_only=True, tag="find_rate"):
    """Try rising learning rates on `job`, which is not trained by that."""

    job: TrainingJob


class Quit(msgspec.Struct, frozen=True, kw_only=True, tag="quit"):
    """End the worker."""


AttachedTask = InspectRequest | DownloadRequest | ChatRequest | RehearseRequest | MeasureRequest | FindRateRequest
Command = Prompt | StopAnswer | Rehearse | CountModel | Quit
