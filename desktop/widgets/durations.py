"""Times for people."""

from __future__ import annotations

from datetime import datetime


def format_duration(seconds: float) -> str:
    """“45 s”, “3 min”, “2 h 05 min”."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def format_clock(seconds: float) -> str:
    """“0:45”, “12:00”, “1:05:00”: short enough for an axis."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def format_left(seconds: float) -> str:
    """“3 min 20 s left”."""
    return f"{format_duration(seconds)} left"


def format_moment(moment: datetime, now: datetime) -> str:
    """“today 14:03”, “yesterday 14:03”, “3 Nov 14:03”, “3 Nov 2025”."""
    days = (now.date() - moment.date()).days
    if days == 0:
        return f"today {moment:%H:%M}"
    if days == 1:
        return f"yesterday {moment:%H:%M}"
    if moment.year == now.year:
        return f"{moment.day} {moment:%b %H:%M}"
    return f"{moment.day} {moment:%b %Y}"
