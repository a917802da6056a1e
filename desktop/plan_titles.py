"""The plans' names for people."""

from __future__ import annotations

from core.fit.values import PlanName

PLAN_TITLES: dict[PlanName, str] = {
    "best_quality": "Best quality",
    "fastest": "Fastest",
    "leanest": "Leanest",
    "yours": "Yours",
}
