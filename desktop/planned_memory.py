"""An estimate on a card (or in RAM) as the fit bar shows it: what is free there is what the verdict spares."""

from __future__ import annotations

from core.fit.describe import term_title
from core.fit.values import FitMachine, MemoryEstimate
from desktop.widgets.fit_bar import FitValues


def planned_memory(estimate: MemoryEstimate, machine: FitMachine) -> FitValues:
    """The estimate's terms, and the reserve that is planned with but belongs to nobody."""
    reserve = max(0, machine.memory_total_bytes - machine.held_bytes - machine.memory_usable_bytes)
    titles = {name: term_title(name, machine) for name in estimate.terms}
    return FitValues(
        capacity_bytes=machine.memory_total_bytes,
        held_bytes=machine.held_bytes,
        terms=estimate.terms,
        reserve_bytes=reserve,
        capacity_name=machine.gpu if machine.is_gpu else "RAM",
        titles=titles,
    )
