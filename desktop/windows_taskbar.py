"""How far a run is, on the program's button in the Windows taskbar, by `ITaskbarList3` (shobjidl_core.h).

Methods are called by their place in the interface's table: three of IUnknown, five of ITaskbarList, one of
ITaskbarList2, then `SetProgressValue` and `SetProgressState`. Qt has started COM in the thread of the window.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Protocol

CLSID_TASKBAR_LIST = "56fdf344-fd6d-11d0-958a-006097c9a090"
IID_TASKBAR_LIST_3 = "ea1afb91-9e28-4b86-90e9-9e9f8a5eefaf"
IN_PROCESS = 1  # CLSCTX_INPROC_SERVER
HR_INIT, SET_PROGRESS_VALUE, SET_PROGRESS_STATE = 3, 9, 10
NO_PROGRESS, NORMAL = 0, 2  # TBPF_NOPROGRESS, TBPF_NORMAL
WHOLE = 1000

log = logging.getLogger("tunesmith.window")


class TaskbarList(Protocol):
    """The part of `ITaskbarList3` that is used; each call raises OSError if Windows says no."""

    def set_progress_value(self, window: int, done: int, total: int) -> None:
        """How much of the window's button is filled."""

    def set_progress_state(self, window: int, state: int) -> None:
        """Whether and how the button is filled."""


def taskbar_list() -> TaskbarList:
    """The system's own.

    Raises:
        OSError: if there is none, as under a shell without a taskbar.
    """
    import ctypes
    from ctypes import wintypes

    def guid(text: str) -> ctypes.Array[ctypes.c_char]:
        return ctypes.create_string_buffer(uuid.UUID(text).bytes_le, 16)

    def method(place: int, name: str, *kinds: type) -> Callable[..., int]:
        return ctypes.WINFUNCTYPE(ctypes.HRESULT, *kinds)(place, name)

    create = ctypes.OleDLL("ole32").CoCreateInstance  # raises OSError by itself
    create.argtypes = [ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p]
    found = ctypes.c_void_p()
    create(guid(CLSID_TASKBAR_LIST), None, IN_PROCESS, guid(IID_TASKBAR_LIST_3), ctypes.byref(found))
    method(HR_INIT, "HrInit")(found)
    value = method(SET_PROGRESS_VALUE, "SetProgressValue", wintypes.HWND, ctypes.c_ulonglong, ctypes.c_ulonglong)
    state = method(SET_PROGRESS_STATE, "SetProgressState", wintypes.HWND, ctypes.c_int)

    class Found:
        def set_progress_value(self, window: int, done: int, total: int) -> None:
            value(found, window, done, total)

        def set_progress_state(self, window: int, flag: int) -> None:
            state(found, window, flag)

    return Found()


class WindowsTaskbar:
    """Fills a window's button. The first failure is logged and ends it: a bar is not worth a second one.

    Args:
        make: gives the interface, when it is first needed.
    """

    def __init__(self, make: Callable[[], TaskbarList] = taskbar_list) -> None:
        self._make = make
        self._list: TaskbarList | None = None
        self._failed = False

    def show(self, window: int, share: float | None) -> None:
        """Show `share` of 1 on the button of `window`, a window's handle; None takes it away."""
        if self._failed:
            return
        try:
            if self._list is None:
                self._list = self._make()
            self._list.set_progress_state(window, NO_PROGRESS if share is None else NORMAL)
            if share is not None:
                self._list.set_progress_value(window, round(WHOLE * share), WHOLE)
        except (OSError, AttributeError) as error:  # AttributeError: a Python without COM, such as one of MSYS2
            self._failed = True
            log.warning("The taskbar shows no progress: %s", error)
