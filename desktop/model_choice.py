"""What the Model page lists, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.fit.values import Verdict

ChoiceKind = Literal["starter", "downloaded", "catalogue"]


@dataclass(frozen=True)
class ModelChoice:
    """One model that can be chosen.

    Attributes:
        id: `starter`, a hub id, or the name of a downloaded folder.
        path: where it lies on this disk, or "".
        parameters: exact count, 0 while unknown.
        verdict: whether it can be trained on the card that is planned for; None until computed.
    """

    kind: ChoiceKind
    id: str
    title: str
    path: str = ""
    parameters: int = 0
    verdict: Verdict | None = None
