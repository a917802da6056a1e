"""All the settings of a run."""

from __future__ import annotations

from typing import Any

import msgspec

from core.quantization import METHODS
from core.settings.groups.length import LengthSettings


class TrainingSettings(LengthSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one training run. Immutable; `changed` makes another."""

    def __post_init__(self) -> None:
        if self.quantization not in METHODS:
            raise ValueError(
                f"Invalid value {self.quantization!r}: one of {', '.join(METHODS)} is needed - at `$.quantization`"
            )

    def changed(self, **changes: Any) -> TrainingSettings:
        """A copy with some settings changed, checked like a file."""
        from core.settings.building import build

        return build(msgspec.structs.asdict(self) | changes)
