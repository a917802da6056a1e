"""How fast settings are searched: every model of the catalogue on a few cards, with and without a data set.

    python -m tests.benchmarks.search_speed

Writes tests/benchmarks/results/search_speed.json. The aim: 1,000 settings in under 0.3 s. A setting counts as searched
when it is known whether it fits: by an estimate of its own, or because less of the same was already too much.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from core.fit.cards import known_card
from core.fit.machine import plan_for_card
from core.fit.recommend import recommend, search_plans, wanted_settings
from core.fit.rows import Rows
from core.fit.search import Search
from core.fit.values import DataLengths, FitMachine
from core.models import catalogue
from core.models.spec import ModelSpec
from tests.benchmarks.place import keep, place

RESULT = Path(__file__).parent / "results" / "search_speed.json"
CARDS = ("RTX 3060", "RTX 3090", "A100 80GB")
ALLOWED_S = 0.3  # for 1,000 settings
ROUNDS = 2  # of each, the quickest counts: the machine is shared


def searched(spec: ModelSpec, machine: FitMachine, lengths: DataLengths | None) -> dict[str, Any]:
    """One search: how many settings it decided, by how many estimates; seconds of it and of the whole answer."""
    rows = Rows(lengths.lengths) if lengths else None
    took, whole = [], []
    for _ in range(ROUNDS):
        search = Search(spec, machine, wanted_settings(spec, machine, rows), rows)
        began = time.perf_counter()
        search_plans(search)
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
        recommend(spec, machine, lengths)
        whole.append(time.perf_counter() - began)
    return {
        "model": spec.name,
        "card": machine.gpu,
        "data": lengths is not None,
        "settings": search.decided,
        "estimates": search.estimates,
        "search_s": min(took),
        "recommendation_s": min(whole),
    }


def measure() -> dict[str, Any]:
    """Every model on every card; the summary and the slowest answers."""
    chance = random.Random(1)
    lengths = DataLengths(lengths=[chance.randint(20, 6000) for _ in range(5000)])
    specs = [catalogue.spec_of(entry.name) for entry in catalogue.models()]
    machines = [plan_for_card(known_card(name)) for name in CARDS]
    found = [searched(spec, machine, data) for spec in specs for machine in machines for data in (None, lengths)]
    settings, seconds = sum(one["settings"] for one in found), sum(one["search_s"] for one in found)
    return {
        "searches": len(found),
        "settings": settings,
        "estimates": sum(one["estimates"] for one in found),
        "settings_per_second": round(settings / seconds),
        "seconds_per_1000": round(1000 * seconds / settings, 4),
        "estimates_per_1000": round(1000 * sum(one["estimates"] for one in found) / settings),
        "seconds_per_1000_estimates": round(1000 * seconds / sum(one["estimates"] for one in found), 4),
        "allowed_s_per_1000": ALLOWED_S,
        "recommendation_s": {
            "median": round(statistics.median(one["recommendation_s"] for one in found), 4),
            "worst": round(max(one["recommendation_s"] for one in found), 4),
        },
        "slowest": sorted(found, key=lambda one: -one["recommendation_s"])[:5],
        **place(),
    }


def main() -> int:
    """Measure, write, say; 1 if it took too long."""
    result = measure()
    keep(result, RESULT)
    return 0 if result["seconds_per_1000"] <= ALLOWED_S else 1


if __name__ == "__main__":
    sys.exit(main())
