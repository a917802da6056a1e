"""Settings from plain values, with errors that say what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import TunesmithError
from core.settings.declared import TrainingSettings
from core.settings.described import SETTINGS, Setting

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "text": "text",
    "choice": "one of its choices",
}


def unknown_key(key: str, where: str) -> TunesmithError:
    """The error for a setting that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(key, SETTINGS, n=1)
    hint = f"Did you mean “{near[0]}”?" if near else "The settings are: " + ", ".join(SETTINGS) + "."
    return TunesmithError(
        "settings.unknown_key",
        what=f"There is no setting “{key}”.",
        why="Tunesmith does not know it.",
        remedy=hint,
        where=where,
    )


def build(values: Mapping[str, Any], *, where: str = "settings", strict: bool = True) -> TrainingSettings:
    """Settings from plain values over the defaults.

    Args:
        values: setting keys and values; with `strict=False` numbers and truth values may be text, as `--set` gives
        them.
        where: the place to name in an error.

    Raises:
        TunesmithError: `settings.unknown_key`, `settings.bad_value`.
    """
    for key in values:
        if key not in SETTINGS:
            raise unknown_key(key, where)
    try:
        return msgspec.convert(dict(values), TrainingSettings, strict=strict)
    except (msgspec.ValidationError, ValueError) as error:
        reason, _, path = str(error).partition(" - at `$")
        key = path.strip("`.")
        raise TunesmithError(
            "settings.bad_value",
            what=f"The setting “{key}” cannot be {values.get(key)!r}."
            if key
            else "A setting has a value that it cannot have.",
            why=_why(SETTINGS[key], reason) if key in SETTINGS else f"{reason}.",
            remedy=allowed(SETTINGS[key]) if key in SETTINGS else "Correct the value.",
            where=f"{where}.{key}" if key else where,
        ) from error


def _why(setting: Setting, reason: str) -> str:
    """msgspec's reason, without the names of Python's types."""
    if not reason.startswith("Expected `"):
        return f"{reason}."
    return f"It is not {KINDS[setting.kind]}." if ", got `" in reason else "It is out of bounds."


def allowed(setting: Setting) -> str:
    """What the setting can be, for a remedy."""
    if setting.choices:
        return f"Use one of: {', '.join(setting.choices)}."
    if setting.low is not None and setting.high is not None:
        number = KINDS[setting.kind]
        if setting.above_low:
            return f"Use {number} above {setting.low:g}, up to {setting.high:g}."
        return f"Use {number} from {setting.low:g} to {setting.high:g}."
    return "Use true or false." if setting.kind == "bool" else f"Use, for example, {setting.default!r}."


def from_pairs(pairs: list[str], base: TrainingSettings | None = None) -> TrainingSettings:
    """Settings from `KEY=VALUE` texts over `base` (the defaults if none).

    Raises:
        TunesmithError: `settings.not_a_pair`, `settings.unknown_key`, `settings.bad_value`.
    """
    values: dict[str, Any] = {} if base is None else msgspec.structs.asdict(base)
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise TunesmithError(
                "settings.not_a_pair",
                what=f"“{pair}” is not a setting with a value.",
                why="There is no = in it.",
                remedy="Write KEY=VALUE, for example --set lora_rank=32.",
                where="--set",
            )
        values[key.strip()] = value.strip()
    return build(values, where="--set", strict=False)
