"""One rehearsal: the engine's own training, two steps of it, without numbers."""

from __future__ import annotations

import gc
import logging
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from peft.tuners.lora import dora
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import masking_utils

from core.engine.attention import DOCUMENTS
from core.engine.failures import first_line
from core.engine.joining import joins
from core.engine.load import ATTENTION
from core.engine.rehearsal import stage
from core.engine.rehearsal.attention import CARD_FLASH, CARD_SDPA
from core.engine.rehearsal.card import as_card
from core.engine.rehearsal.kernels import Kernels
from core.engine.rehearsal.layout import Layout
from core.engine.rehearsal.peaks import peaks_of, two_steps
from core.engine.rehearsal.recorder import Recorder
from core.engine.rehearsal.replaced import replaced
from core.engine.rehearsal.skeleton import Skeleton, build
from core.errors import TunesmithError
from core.fit.rehearsal import Rehearsal, RehearsedCard, Work, WorkCount
from core.fit.terms import cublas_workspace_bytes
from core.fit.versions import versions
from core.settings import TrainingSettings

IN_BATCH = ("forward", "head", "backward")
IN_STEP = ("clip", "optimizer")
TRITON = sys.platform == "linux"
SetUp = Callable[[Skeleton, TrainingSettings, Recorder, Path], stage.OnStage]
_log = logging.getLogger(__name__)


def rehearse(
    config: dict[str, Any], settings: TrainingSettings, card: RehearsedCard | None, *, whole: bool = False
) -> Rehearsal:
    """What training the model of `config` under `settings` takes, on a card or, without one, on the processor.

    Args:
        whole: build every layer, instead of one of each kind.

    Raises:
        TunesmithError: `rehearsal.unknown_model`, `rehearsal.failed`, `adapter.no_such_target`,
            `engine.rows_not_joinable`.
    """
    started = time.monotonic()
    settings = _without_fp16(settings)
    try:
        skeleton = build(config, settings, _attention(settings, card), whole=whole)
        recorder = record(skeleton, settings, card)
        peaks = peaks_of(two_steps(recorder), skeleton.layout, on_card=card is not None)
    except TunesmithError:
        raise
    except Exception as error:
        if whole:
            raise _failed(error) from error
        _log.info("The layers do not stand for each other; all of them are built.", exc_info=error)
        return rehearse(config, settings, card, whole=True)
    return Rehearsal(
        terms=peaks.terms,
        allocated_peak_bytes=peaks.allocated_peak_bytes,
        reserved_peak_bytes=peaks.reserved_peak_bytes,
        peak_at=peaks.peak_at,
        work=_work(recorder, skeleton.layout, settings),
        tokens=settings.per_device_batch_size * settings.max_seq_length,
        layers=len(skeleton.layout.like),
        layers_built=len(skeleton.layout.built),
        seconds=time.monotonic() - started,
        versions=versions(),
    )


def _failed(error: Exception) -> TunesmithError:
    return TunesmithError(
        "rehearsal.failed",
        what="The training step of this model could not be rehearsed.",
        why=f"It stopped at: {first_line(error).rstrip('.')}.",
        remedy="The instant estimate stays. It counts the same things by formulas.",
        where="",
    )


def record(
    skeleton: Skeleton, settings: TrainingSettings, card: RehearsedCard | None, set_up: SetUp = stage.set_up
) -> Recorder:
    """Train one step on `skeleton`; what was born and died. `set_up` makes another trainer than the engine's own, to
    compare with."""
    padded = settings.per_device_batch_size > 1 and not joins(settings)
    recorder = Recorder(Kernels() if card else None, padded=padded)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")
        stack.enter_context(_uncollected())
        trainer = set_up(skeleton, settings, recorder, Path(folder))
        if card:
            stack.enter_context(as_card(card.compute_capability, triton=TRITON))
        stack.enter_context(replaced(masking_utils, "is_tracing", lambda tensor=None: False))  # it looks at the mask
        stack.enter_context(replaced(dora, "dequantize_module_weight", stage.unpacked))
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        stack.enter_context(recorder)
        stage.put_on_stage(trainer.model, skeleton.layers, recorder)
        if card:
            stage.take_workspaces(recorder, cublas_workspace_bytes(card.compute_capability))
        stage.watch(trainer.model, skeleton.layers, recorder)
        recorder.phase = "forward"
        trainer.train()
        recorder.stop()
    return recorder


@contextmanager
def _uncollected() -> Iterator[None]:
    """Within, Python looks for no cycles: among all the libraries' objects it takes long, and when is chance."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        with replaced(gc, "collect", lambda generation=2: 0):  # accelerate asks for it
            yield
    finally:
        if enabled:
            gc.enable()


def _attention(settings: TrainingSettings, card: RehearsedCard | None) -> str:
    if settings.attention == "sdpa" and joins(settings):
        return DOCUMENTS
    on_card = {"sdpa": CARD_SDPA, "flash": CARD_FLASH}
    return on_card.get(settings.attention, "eager") if card else ATTENTION[settings.attention]


def _without_fp16(settings: TrainingSettings) -> TrainingSettings:
    """fp16 takes the bytes that bf16 takes, and the processor, on which a rehearsal runs, cannot train in it."""
    return settings.changed(compute_dtype="bf16") if settings.compute_dtype == "fp16" else settings


def _work(recorder: Recorder, layout: Layout, settings: TrainingSettings) -> list[WorkCount]:
    """Equal operations counted together, those of a layer as often as the model has it."""
    batches = min(stage.BATCHES, settings.gradient_accumulation_steps)
    in_batch: dict[Work, float] = defaultdict(float)
    in_step: dict[Work, float] = defaultdict(float)
    for (phase, layer, work), count in recorder.work.items():
        times = count * (1 if layer is None else layout.like.count(layer))
        if phase in IN_BATCH:
            in_batch[work] += times
        elif phase in IN_STEP:
            in_step[work] += times * (len(layout.like) / len(layout.built) if layer is None else 1)
    return [
        WorkCount(work=work, in_batch=in_batch.get(work, 0.0) / batches, in_step=in_step.get(work, 0.0))
        for work in {**in_batch, **in_step}
    ]
