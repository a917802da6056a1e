"""What a run changed in its settings by itself, because memory ran out. `job.json` stays what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from core.events import Leaner, SettingChange
from core.files import write_json
from core.runs.info import read_part
from core.settings import SETTINGS, TrainingSettings
from core.upgrades import VERSIONS

FILE = "leaner.json"


class LeanerRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each time that memory ran out, what was changed then, oldest first."""

    version: int = VERSIONS["leaner"]
    times: list[Leaner] = []


def read_leaner(folder: Path) -> list[Leaner]:
    """What the run in `folder` changed by itself, oldest first; mostly nothing.

    Raises:
        TunesmithError: `run.incomplete`, `file.newer_version`.
    """
    if not (folder / FILE).exists():
        return []
    return read_part(folder, FILE, "leaner", LeanerRecord).times


def add_leaner(folder: Path, leaner: Leaner) -> None:
    """Keep in the run's folder what it changes by itself now.

    Raises:
        TunesmithError: `file.not_writable`, or as `read_leaner`.
    """
    write_json(folder / FILE, LeanerRecord(times=[*read_leaner(folder), leaner]))


def all_changes(folder: Path) -> list[SettingChange]:
    """What differs now from what was asked for, each setting once.

    Raises:
        TunesmithError: as `read_leaner`.
    """
    return summed(read_leaner(folder))


def summed(times: Iterable[Leaner]) -> list[SettingChange]:
    """What all of `times`, oldest first, come to: each setting once, from what was asked for to what it is now."""
    found: dict[str, SettingChange] = {}
    for leaner in times:
        for change in leaner.changes:
            first = found.get(change.setting, change)
            found[change.setting] = msgspec.structs.replace(first, after=change.after)
    return list(found.values())


def leaned(settings: TrainingSettings, folder: Path) -> TrainingSettings:
    """`settings` as the run in `folder` trains now.

    Raises:
        TunesmithError: as `read_leaner`.
    """
    return settings.changed(**{change.setting: change.after for change in all_changes(folder)})


def change_words(changes: Sequence[SettingChange]) -> str:
    """“batch size 4 → 2 and accumulation 1 → 2”, “gradient checkpointing on”."""
    return " and ".join(f"{_title(one.setting)} {_values(one)}" for one in changes)


def _title(setting: str) -> str:
    return SETTINGS[setting].title.lower() if setting in SETTINGS else setting


def _values(change: SettingChange) -> str:
    if isinstance(change.after, bool):
        return "on" if change.after else "off"
    return f"{_plain(change.before)} → {_plain(change.after)}"


def _plain(value: float | str) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
