"""Errors for the person in front of the screen, and the one that means "never mind".

Every error a user can cause is a `TunesmithError` with a stable code such as ``data.empty``; the window, the command
line and a worker pass the same five fields on. `scripts/list_errors.py` lists every code and complains about clashes.
"""

from __future__ import annotations

from typing import TypedDict


class ErrorFields(TypedDict):
    """The fields of a `TunesmithError` as they cross a process or stand in JSON."""

    code: str
    what: str
    why: str
    remedy: str
    where: str


class TunesmithError(Exception):
    """Something went wrong that the person can understand and mend.

    Args:
        code: stable, dotted, lower-case identifier, room first (``model.no_config``); scripts and the window act on it.
        what: what happened, one plain sentence.
        why: the reason, as exactly as it is known.
        remedy: what to do next.
        where: the place: a path, a line, a key, a URL.
    """

    def __init__(self, code: str, *, what: str, why: str, remedy: str, where: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        return f"{self.what} {self.why} {self.remedy}{place}"

    def fields(self) -> ErrorFields:
        """The error as plain data, for JSON and for events."""
        return {"code": self.code, "what": self.what, "why": self.why, "remedy": self.remedy, "where": self.where}

    @classmethod
    def from_fields(cls, fields: ErrorFields) -> TunesmithError:
        """The error again, on the other side of a process boundary."""
        return cls(
            fields["code"], what=fields["what"], why=fields["why"], remedy=fields["remedy"], where=fields["where"]
        )


class Cancelled(Exception):
    """The person changed their mind. Nothing is shown."""
