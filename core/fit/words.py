"""Sizes for people. Bytes inside; GiB only where a person reads."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def format_bytes(size_bytes: int) -> str:
    """“512 B”, “18 MiB”, “3.1 GiB”: one decimal below 100 of a GiB or TiB, none otherwise (powers of 1,024)."""
    value, unit = float(abs(size_bytes)), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value /= 1024
        unit += 1
    sign = "−" if size_bytes < 0 else ""
    digits = 1 if unit >= 3 and value < 100 else 0
    return f"{sign}{value:,.{digits}f} {_UNITS[unit]}"
