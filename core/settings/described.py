"""What is known of each setting, for whoever shows or explains it."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import msgspec

from core.quantization import METHODS
from core.settings.declared import TrainingSettings


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one setting, for whoever shows or explains it."""

    key: str
    title: str
    help: str
    memory: str
    group: str
    unit: str
    more: bool
    kind: Literal["choice", "bool", "int", "float", "text"]
    default: Any
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above_low: bool = False


def _describe(field: msgspec.structs.FieldInfo) -> Setting:
    base, meta = get_args(field.type)
    choices: tuple[str, ...] = get_args(base) if get_origin(base) is Literal else ()
    if field.name == "quantization":
        choices = tuple(METHODS)
    kinds = {bool: "bool", int: "int", float: "float", str: "text"}
    return Setting(
        key=field.name,
        title=meta.title,
        help=meta.description,
        default=field.default,
        kind="choice" if choices else kinds[base],  # type: ignore[arg-type]
        choices=choices,
        low=meta.ge if meta.ge is not None else meta.gt,
        above_low=meta.ge is None and meta.gt is not None,
        high=meta.le if meta.le is not None else meta.lt,
        **meta.extra,
    )


SETTINGS: dict[str, Setting] = {f.name: _describe(f) for f in msgspec.structs.fields(TrainingSettings)}
