"""Write the reference pages that are made from the code: docs/settings.md, docs/events.md and docs/errors.md.

`python -m scripts.write_reference` writes them; with `--check` it only says which differ, and exits 1.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import get_args

import msgspec

from core.events import AnyEvent, Event
from core.settings import SETTINGS, Setting
from core.upgrades import VERSIONS
from scripts.list_errors import errors_by_code

ROOT = Path(__file__).parents[1]


def settings_page() -> str:
    """Every setting with its meaning, default, bounds and memory."""
    lines = ["# Settings", "", "The keys of a job's `settings`, of `--set KEY=VALUE`, and of the Train page.", ""]
    group = ""
    for setting in SETTINGS.values():
        if setting.group != group:
            group = setting.group
            lines += [f"## {group.capitalize()}", ""]
        lines += [f"### `{setting.key}`: {setting.title}", "", setting.help, "", f"- {_values(setting)}"]
        lines += [f"- Default: `{_plain(setting.default)}`", f"- Memory: {setting.memory}", ""]
    return "\n".join(lines)


def _values(setting: Setting) -> str:
    unit = f" {setting.unit}" if setting.unit else ""
    if setting.choices:
        return "One of " + ", ".join(f"`{choice}`" for choice in setting.choices) + "."
    if setting.kind == "bool":
        return "`true` or `false`."
    if setting.low is None or setting.high is None:
        return "Text."
    return f"A number from {_plain(setting.low)} to {_plain(setting.high)}{unit}."


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def events_page() -> str:
    """Every event with its fields."""
    lines = [
        "# Events",
        "",
        f"What a worker says: one JSON object a line, append-only, version {VERSIONS['events']}.",
        "`tunesmith train --json` prints them, a run's `events.jsonl` keeps them. Every event has a `type` and a",
        "`time` (seconds since the epoch). A reader skips lines that it does not know: a crash may tear one, and a",
        "newer Tunesmith may say more.",
        "",
    ]
    kinds: tuple[type[Event], ...] = get_args(AnyEvent)
    for kind in kinds:
        lines += [f"### `{kind.__struct_config__.tag}`", "", inspect.cleandoc(kind.__doc__ or ""), ""]
        fields = [field for field in msgspec.structs.fields(kind) if field.name != "time"]
        lines += [f"- `{field.name}`: {_type_name(field.type)}" for field in fields] + [""] * bool(fields)
    return "\n".join(lines)


def _type_name(kind: object) -> str:
    name = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    return re.sub(r"typing\.|core\.[a-z.]+\.", "", name).replace("NoneType", "null").replace("None", "null")


def errors_page() -> str:
    """Every error code with what it says."""
    lines = ["# Errors", "", "The stable codes of the errors that a person can cause, and what each says happened.", ""]
    lines += [f"- `{code}`: {' / '.join(sorted(whats))}" for code, whats in sorted(errors_by_code().items())]
    return "\n".join(lines) + "\n"


PAGES = {"settings.md": settings_page, "events.md": events_page, "errors.md": errors_page}


def main(arguments: list[str]) -> int:
    """Write or check the pages; the exit code."""
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / "docs" / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        print("Not up to date:", ", ".join(stale), "— run `python -m scripts.write_reference`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
