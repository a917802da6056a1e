"""Sizes, prices, hours and rates for people. Bytes and seconds inside; GiB and hours only where a person reads."""

from __future__ import annotations

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
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


def format_price(amount: float, currency: str) -> str:
    """“$0.43”, “under $0.01”, “$128”, “31 CHF”: cents below 100, none above."""
    if 0 < amount < 0.01:
        return f"under {format_price(0.01, currency)}"
    number = f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"
    return f"{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{number} {currency}"


def format_rate(per_second: float) -> str:
    """“1,679”, and “–” where nothing is known: for a column whose heading names the unit."""
    return f"{per_second:,.0f}" if per_second else "–"


def format_hours(hours: float) -> str:
    """“under a minute”, “25 min”, “3.4 h”, “26 h”, “12 days”."""
    minutes = hours * 60
    if minutes < 1:
        return "under a minute"
    if minutes < 90:
        return f"{minutes:.0f} min"
    if hours < 72:
        return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
    return f"{hours / 24:.0f} days"
