"""The one door to NVML, NVIDIA's management library: opened late, and honest about what it cannot tell.

Three kinds of "no" differ here. No driver (or no library): `open_nvml` raises `NoDriver`. A query that this card,
driver or system does not answer: `Nvml.ask` returns None, never 0, and `Nvml.demand` says in which way. A card that
fell off the bus: `CardLost`.
"""

from __future__ import annotations

import importlib
from typing import Any


class NoDriver(Exception):
    """NVML cannot be used on this computer. Its text says why, in words for the person."""


class CardLost(Exception):
    """The card stopped answering while the driver runs; it usually comes back after a restart of the computer."""


class NoAnswer(Exception):
    """The driver gave no answer to one query."""


class Unsupported(NoAnswer):
    """This card has no such reading, and never will."""


class Nvml:
    """An open connection to the driver; `close` it, or use it as a context manager."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __enter__(self) -> Nvml:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, query: str, *arguments: Any) -> Any | None:
        """The answer of NVML's function `query`, or None where it has none.

        Raises:
            CardLost: the card stopped answering.
        """
        try:
            return self.demand(query, *arguments)
        except NoAnswer:
            return None

    def demand(self, query: str, *arguments: Any) -> Any:
        """The answer of NVML's function `query`.

        Raises:
            Unsupported: the card has no such reading.
            NoAnswer: the driver does not know the function, or failed.
            CardLost: the card stopped answering.
        """
        library = self._library
        function = getattr(library, query, None)
        if function is None:
            raise NoAnswer(query)
        try:
            return function(*arguments)
        except (library.NVMLError_GpuIsLost, library.NVMLError_ResetRequired) as error:
            raise CardLost(str(error)) from error
        except library.NVMLError_NotSupported as error:
            raise Unsupported(str(error)) from error
        except library.NVMLError as error:
            raise NoAnswer(str(error)) from error

    def constant(self, name: str) -> Any | None:
        """NVML's constant `name`, None where the installed binding is too old to have it."""
        return getattr(self._library, name, None)

    def handles(self) -> list[Any]:
        """A handle for each card that answers, by index; None stands for one that is there and does not.

        Raises:
            NoDriver: the driver cannot even say how many cards there are.
        """
        try:
            count = self.demand("nvmlDeviceGetCount")
        except (NoAnswer, CardLost) as error:
            raise NoDriver("The NVIDIA driver stopped answering; restarting the computer usually helps.") from error
        handles: list[Any] = []
        for index in range(count):
            try:
                handles.append(self.ask("nvmlDeviceGetHandleByIndex", index))
            except CardLost:
                handles.append(None)
        return handles

    def close(self) -> None:
        """Let go of the driver."""
        self.ask("nvmlShutdown")


def open_nvml() -> Nvml:
    """Connect to the NVIDIA driver.

    Raises:
        NoDriver: there is no usable driver; the text says why.
    """
    try:
        library = importlib.import_module("pynvml")
    except ImportError as error:
        raise NoDriver("The Python package nvidia-ml-py is missing, so NVIDIA cards cannot be seen.") from error
    try:
        library.nvmlInit()
    except library.NVMLError_LibraryNotFound as error:
        raise NoDriver("No NVIDIA driver is installed.") from error
    except library.NVMLError_DriverNotLoaded as error:
        raise NoDriver("An NVIDIA driver is installed, but it is not running.") from error
    except library.NVMLError_LibRmVersionMismatch as error:
        raise NoDriver("The NVIDIA driver was updated; restart the computer to finish that.") from error
    except library.NVMLError as error:
        raise NoDriver(f"The NVIDIA driver does not answer: {error}.") from error
    return Nvml(library)
