"""Whether and how a model can be trained: what the window and the command line both ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from core.errors import TunesmithError
from core.events import AnyEvent
from core.fit.machine import plan_for
from core.fit.measured import measured_plan
from core.fit.recommend import recommend
from core.fit.rehearsed import rehearsed_plan
from core.fit.values import DataLengths, Depth, FitMachine, Plan, Recommendation
from core.models.hub.plan import model_folder
from core.models.spec import ModelSpec
from core.requests import InspectRequest
from core.settings import from_pairs
from core.tasks.hardware import detect
from core.tasks.inspect import inspect
from core.tasks.measure import measure, refuse_simulated
from core.tasks.model import find_model
from core.tasks.prepare import dataset_ref
from core.tasks.rehearse import rehearse

LONGEST_TOKENS = 2048  # counted up to, for a model that does not say what it was made for


def fit(
    model: str,
    *,
    gpu: str | None = None,
    gpu_memory_gib: float | None = None,
    data: str | None = None,
    pairs: Sequence[str] = (),
    depth: Depth = "instant",
    on_event: Callable[[AnyEvent], None] | None = None,
) -> Recommendation:
    """Find the model, look at the card (or take the one that is named) and the data, and recommend.

    Args:
        model: `starter`, a name of the catalogue, a folder or a hub id.
        gpu, gpu_memory_gib: a card to plan for instead of this computer's.
        data: a data file, whose rows' lengths decide the longest sequence.
        pairs: `KEY=VALUE` settings over the defaults; then there is one plan, of exactly these.
        depth: `rehearsed` runs each plan's training step without numbers, which takes seconds; `measured` then takes
            real steps of few layers on this computer, which takes half a minute and more.

    Raises:
        TunesmithError: `measure.…`, `rehearsal.…`, `fit.unknown_card`, `fit.bad_memory`, `fit.no_tokenizer`,
            `settings.…`, `model.…`, `hub.…`, `data.…`.
    """
    settings = from_pairs(list(pairs)) if pairs else None
    machine = place(gpu, gpu_memory_gib)
    if depth == "measured":
        refuse_simulated(machine)
    spec = find_model(model)
    lengths = row_lengths(spec, data, on_event) if data else None
    found = recommend(spec, machine, lengths, settings)
    if depth != "instant":
        found = rehearsed(found, on_event)
    return measured(found, on_event) if depth == "measured" else found


def rehearsed(found: Recommendation, on_event: Callable[[AnyEvent], None] | None = None) -> Recommendation:
    """`found` with every plan rehearsed; a plan that turns out not to fit goes behind those that do. Blocks.

    Raises:
        TunesmithError: `rehearsal.…`, `worker.died`.
    """
    questions = [(found.model, plan.at_longest, found.machine) for plan in found.plans]
    results = rehearse(questions, on_event)
    return _with(
        found,
        [rehearsed_plan(plan, result, found.machine) for plan, result in zip(found.plans, results, strict=True)],
    )


def measured(found: Recommendation, on_event: Callable[[AnyEvent], None] | None = None) -> Recommendation:
    """`found` with every plan measured on this computer; one that turns out not to fit goes behind the others. Blocks.

    Raises:
        TunesmithError: `measure.…`, `engine.…`, `worker.died`.
    """
    results = [measure(found.model, plan.at_longest, found.machine, on_event) for plan in found.plans]
    return _with(
        found, [measured_plan(plan, result, found.machine) for plan, result in zip(found.plans, results, strict=True)]
    )


def _with(found: Recommendation, plans: list[Plan]) -> Recommendation:
    plans = sorted(plans, key=lambda plan: plan.verdict == "does_not_fit")
    return msgspec.structs.replace(found, plans=plans, verdict=plans[0].verdict)


def place(gpu: str | None = None, gpu_memory_gib: float | None = None) -> FitMachine:
    """The card or RAM to plan for.

    Raises:
        TunesmithError: `fit.unknown_card`, `fit.bad_memory`.
    """
    return plan_for(detect(), gpu, gpu_memory_gib)


def row_lengths(spec: ModelSpec, data: str, on_event: Callable[[AnyEvent], None] | None = None) -> DataLengths:
    """The token length of every row of `data`, counted with the model's own tokenizer in a worker. Blocks.

    Raises:
        TunesmithError: `fit.no_tokenizer` where the model is not on this disk, `data.…`, `worker.died`.
    """
    folder = str(model_folder(spec.path)) if spec.source == "hub" else spec.path
    if spec.source == "hub" and not model_folder(spec.path).is_dir():
        raise TunesmithError(
            "fit.no_tokenizer",
            what="The rows' tokens cannot be counted.",
            why=f"Counting needs the tokenizer of {spec.name}, which is not on this disk.",
            remedy="Download the model first, or ask without --data and give --set max_seq_length=… instead.",
            where=data,
        )
    longest = spec.context_length or LONGEST_TOKENS
    request = InspectRequest(dataset=dataset_ref(data), model_path=folder, max_seq_length=longest, preview_rows=0)
    return DataLengths(lengths=inspect(request, on_event).lengths)
