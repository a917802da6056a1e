"""A workaround: PySide6 6.12.0 hands out `None`, `True` and `False` without counting them.

Every call that returns one of them, which is nearly every call of a Qt method and every `Signal.emit`, takes one
reference from it; after some thousands Python 3.11 aborts (“deallocating None”). From Python 3.12 on they are immortal
and nothing happens; PySide6 6.11 counts rightly.
"""

from __future__ import annotations

import ctypes
import sys

REFERENCES = 1 << 48  # a window that calls Qt a million times a second would take nine years
SINGLETONS = (None, True, False, NotImplemented)


def make_singletons_last() -> None:
    """Give them more references than can ever be taken; called once, before the first call of Qt."""
    if sys.version_info < (3, 12):
        for singleton in SINGLETONS:
            ctypes.c_ssize_t.from_address(id(singleton)).value += REFERENCES
