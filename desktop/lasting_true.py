"""A workaround: PySide6 6.12.0 hands out `True` from `Signal.emit` without counting it.

Each emission takes one reference from `True`; after some 500 of them Python 3.11 aborts (“deallocating True or False”).
From Python 3.12 on `True` is immortal and nothing happens; PySide6 6.11 counts rightly.
"""

from __future__ import annotations

import ctypes
import sys

REFERENCES = 1 << 40  # a window that emits 1,000 signals a second would take 35 years


def make_true_last() -> None:
    """Give `True` more references than can ever be taken; called once, before the first signal."""
    if sys.version_info < (3, 12):
        ctypes.c_ssize_t.from_address(id(True)).value += REFERENCES
