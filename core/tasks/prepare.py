"""From “this model, this data” to a job: what the window does page by page, in one go for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.report import DatasetReport
from core.data.sample import sample_path
from core.events import AnyEvent, Warned
from core.fit.describe import sentence
from core.fit.machine import plan_for
from core.fit.recommend import recommend, your_plan
from core.fit.values import DataLengths, Plan, Recommendation
from core.hardware.machine import Machine
from core.job import SAMPLE, STARTER, DatasetRef, ModelRef, TrainingJob
from core.models.licence import acknowledge, licence_of
from core.models.location import model_path
from core.models.spec import ModelSpec
from core.requests import InspectRequest
from core.settings import from_pairs
from core.tasks.download import download
from core.tasks.hardware import detect
from core.tasks.inspect import inspect
from core.tasks.model import find_model

Listener = Callable[[AnyEvent], None]


@dataclass(frozen=True)
class Prepared:
    """A job that is ready to start, and everything that led to it. `plan` is what the job promises."""

    machine: Machine
    report: DatasetReport
    recommendation: Recommendation
    plan: Plan
    job: TrainingJob


def prepare(
    model: str, data: str | None, pairs: Sequence[str], on_event: Listener, *, accept_licence: bool = False
) -> Prepared:
    """Detect, find (and download), inspect and recommend. Blocks.

    Args:
        model: `starter`, a folder, a hub id, or a name of the catalogue.
        data: a data file; None for the sample that ships.
        pairs: `KEY=VALUE` settings over the recommended ones.
        accept_licence: the person agrees to the licence of the hub model, and that is kept.
        on_event: hears of the workers' progress, and a warning where the settings do not fit.

    Raises:
        TunesmithError: whatever of that is not right.
    """
    from_pairs(list(pairs))
    machine = detect()
    ref, spec = _model(model, on_event, accept_licence)
    dataset = dataset_ref(data)
    target = plan_for(machine)
    longest = spec.context_length or 2048
    report = inspect(
        InspectRequest(dataset=dataset, model_path=str(model_path(ref)), max_seq_length=longest, preview_rows=0),
        on_event,
    )
    lengths = DataLengths(lengths=report.lengths)
    recommendation = recommend(spec, target, lengths)
    plan = recommendation.plans[0]
    if pairs:
        plan = your_plan(spec, target, from_pairs(list(pairs), plan.settings), lengths)
    if plan.verdict == "does_not_fit":
        on_event(Warned(code="fit.does_not_fit", text=sentence(recommendation)))
    job = TrainingJob(model=ref, dataset=dataset, settings=plan.settings)
    return Prepared(machine=machine, report=report, recommendation=recommendation, plan=plan, job=job)


def dataset_ref(data: str | None) -> DatasetRef:
    """The data file called `data`, or the sample that ships."""
    if data is None or data == SAMPLE:
        return DatasetRef(source="sample", path=str(sample_path()))
    return DatasetRef(source="file", path=str(Path(data).expanduser().absolute()))


def _model(model: str, on_event: Listener, accept_licence: bool) -> tuple[ModelRef, ModelSpec]:
    spec = find_model(model)
    if spec.source == "hub":
        licence = licence_of(spec)
        if accept_licence and licence is not None:
            acknowledge(licence.id)
        folder = download(spec.path, spec.revision, on_event, spec.licence)
        return ModelRef(source="hub", id=spec.path, path=str(folder), revision=spec.revision), find_model(str(folder))
    if spec.source == "starter":
        return ModelRef(source="starter", id=STARTER), spec
    return ModelRef(source="folder", id=spec.path, path=spec.path), spec
