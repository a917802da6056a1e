"""recommend: three named plans of what fits, with their time, cost and reasons, or what else would work."""

from __future__ import annotations

from collections.abc import Iterator

from core.fit import rules
from core.fit.alternatives import alternatives_to
from core.fit.cost import cost_of
from core.fit.duration import duration_of
from core.fit.estimate import estimate
from core.fit.reasons import reasons_for
from core.fit.roofline import speed_of
from core.fit.rows import Rows, at_longest, rows_of
from core.fit.search import Adapter, Search
from core.fit.values import DataLengths, FitMachine, MemoryEstimate, Plan, PlanName, Recommendation, Verdict
from core.models.spec import ModelSpec
from core.settings import TrainingSettings, build


def recommend(
    spec: ModelSpec,
    machine: FitMachine,
    lengths: DataLengths | None = None,
    pinned: TrainingSettings | None = None,
) -> Recommendation:
    """Whether and how `spec` can be trained on `machine`.

    Args:
        lengths: the token lengths of the data set's rows, if there is one.
        pinned: exactly these settings: the only plan is then `yours`, whether it fits or not.

    Raises:
        TunesmithError: `fit.bad_prices`, where a data set is given and the person's own prices cannot be read.
    """
    rows = rows_of(lengths)
    wanted = wanted_settings(spec, machine, rows)
    if pinned is not None:
        plans = [your_plan(spec, machine, pinned, lengths)]
        wanted = pinned
    else:
        search = Search(spec, machine, wanted, rows)
        plans = [
            _plan(name, settings, search.memory(settings), spec, machine, rows, wanted)
            for name, settings in search_plans(search).items()
        ]
    found = plans[0].verdict
    return Recommendation(
        model=spec,
        machine=machine,
        verdict=found,
        plans=plans,
        alternatives=alternatives_to(spec, wanted, machine, lengths) if found == "does_not_fit" else [],
    )


def your_plan(
    spec: ModelSpec, machine: FitMachine, settings: TrainingSettings, lengths: DataLengths | None = None
) -> Plan:
    """What exactly these settings cost, whether they fit or not.

    Raises:
        TunesmithError: as `recommend`.
    """
    rows = rows_of(lengths)
    return _plan("yours", settings, estimate(spec, settings, machine, rows), spec, machine, rows, settings)


def best_verdict(spec: ModelSpec, machine: FitMachine) -> Verdict:
    """Whether `spec` can be trained on `machine` with the best settings for it, and no more than that: for lists."""
    search = Search(spec, machine, wanted_settings(spec, machine, None))
    found, _ = _best(search)
    return rules.verdict(search.memory(found).total_bytes, machine)


def wanted_settings(spec: ModelSpec, machine: FitMachine, rows: Rows | None) -> TrainingSettings:
    """What one would train with if memory were no question but the weights': NF4 and checkpointing, one row at once,
    for the rest as the rules say."""
    count = len(rows) if rows else None
    batch, rank, epochs = rules.effective_batch(count), rules.rank_for(count), rules.epochs_for(count, spec)
    return build(
        {
            "quantization": "nf4",
            "gradient_checkpointing": True,
            "loss": "fused",
            "compute_dtype": rules.compute_dtype_for(machine),
            "lora_rank": rank,
            "lora_alpha": 2 * rank,
            "max_seq_length": rules.covering_length(rows, spec.context_length),
            "per_device_batch_size": 1,
            "gradient_accumulation_steps": batch,
            "learning_rate": rules.learning_rate_for(spec),
            "epochs": epochs,
            "warmup_steps": rules.warmup_for(count, batch, epochs),
            "attention": rules.attention_for(spec),
            "padding_free": rules.joins_rows(spec),
        }
    )


def search_plans(search: Search) -> dict[PlanName, TrainingSettings]:
    """Best quality, fastest and leanest of what fits; only the leanest where nothing does."""
    best, fits = _best(search)
    if not fits:
        return {"leanest": best}
    tight = rules.verdict(search.memory(best).total_bytes, search.machine) == "tight"
    return {
        "best_quality": best,
        "fastest": search.fastest(best, _limits(search.machine)[tight]),
        "leanest": search.leanest(search.at(best.max_seq_length, search.adapters()[-1])),
    }


def _best(search: Search) -> tuple[TrainingSettings, bool]:
    """The settings that teach best of those that fit; or, with False, those that come closest to fitting."""
    shortest = rules.shorter_lengths(search.base.max_seq_length)[-1:] or [search.base.max_seq_length]
    closest = search.leanest(search.at(shortest[0], search.adapters()[-1]))
    if search.memory(closest).total_bytes <= search.machine.memory_usable_bytes:
        for length, adapters in _attempts(search):
            for limit_bytes in _limits(search.machine):
                found = search.best(adapters, length, limit_bytes)
                if found is not None:
                    return found, True
    return closest, False


def _attempts(search: Search) -> Iterator[tuple[int, list[Adapter]]]:
    """What may be given up, in this order: some of what the adapter can learn; some of the length; both."""
    wanted, adapters = search.base.max_seq_length, search.adapters()
    yield wanted, adapters
    for length in rules.shorter_lengths(wanted):
        yield length, adapters[:1]
    for length in rules.shorter_lengths(wanted):
        yield length, adapters[1:]


def _limits(machine: FitMachine) -> tuple[int, int]:
    """The bytes that a plan may take to fit with room to spare, and to fit at all."""
    usable = machine.memory_usable_bytes
    return usable - rules.margin_bytes(machine), usable


def _plan(
    name: PlanName,
    settings: TrainingSettings,
    memory: MemoryEstimate,
    spec: ModelSpec,
    machine: FitMachine,
    rows: Rows | None,
    wanted: TrainingSettings,
) -> Plan:
    duration = duration_of(spec, settings, machine, rows) if rows else None
    return Plan(
        name=name,
        settings=settings,
        memory=memory,
        speed=speed_of(spec, at_longest(settings, rows), machine),
        verdict=rules.verdict(memory.total_bytes, machine),
        reasons=reasons_for(name, settings, memory, spec, machine, rows, wanted),
        duration=duration,
        cost=cost_of(spec, settings, machine, rows, duration) if rows and duration else None,
    )
