"""What is said of a setting where it is declared."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Meta

Group = Literal["model", "adapter", "batch", "memory", "optimiser", "length of the run"]


def about(
    title: str, help: str, memory: str, *, group: Group, unit: str = "", more: bool = True, **bounds: Any
) -> Meta:
    """What belongs to a setting's type.

    Args:
        title: its name for a person.
        help: the tooltip: what it means, in plain words.
        memory: what it costs in memory.
        unit: of its value, where it has one.
        more: whether it is shown only where a person asks for all settings.
        bounds: of its value, as `msgspec.Meta` names them: `ge`, `gt`, `le`, `lt`, `min_length`.
    """
    extra = {"memory": memory, "group": group, "unit": unit, "more": more}
    return Meta(title=title, description=help, extra=extra, **bounds)
