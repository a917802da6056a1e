"""Which device a task works on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import torch

from core.errors import TunesmithError
from core.hardware.system import cpu_name

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Device:
    """The device and its name for people. `label` is how a job writes it (`cuda:1`); `torch` is what this process
    sees."""

    torch: torch.device
    label: str
    name: str

    @property
    def is_cuda(self) -> bool:
        """Whether it is an NVIDIA card."""
        return self.torch.type == "cuda"

    @property
    def capability(self) -> tuple[int, int] | None:
        """The card's compute capability; None for the processor."""
        return torch.cuda.get_device_capability(self.torch) if self.is_cuda else None


def choose(wanted: str) -> Device:
    """The device for `wanted`: `auto` (the first card, else the processor), `cpu`, `cuda` or `cuda:N`.

    A chosen card becomes the only one that this process sees, because transformers' trainer would spread a model over
    all of them. So this must come before anything else touches CUDA.

    Raises:
        TunesmithError: `engine.no_device`.
    """
    match = re.fullmatch(r"auto|cpu|cuda(?::(\d+))?", wanted)
    if match is None:
        raise _no_device(wanted, f"“{wanted}” names no device.")
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return Device(torch.device("cpu"), "cpu", cpu_name())
    number = int(match.group(1) or 0)
    _show_only(number, wanted)
    try:
        name = torch.cuda.get_device_name(0)
    except (RuntimeError, AssertionError) as error:
        raise _no_device(wanted, f"PyTorch says: {str(error).splitlines()[0]}.") from error
    return Device(torch.device("cuda", 0), f"cuda:{number}", name)


def _show_only(number: int, wanted: str) -> None:
    if torch.version.cuda is None:
        raise _no_device(wanted, "The installed PyTorch is the one for processors only.")
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # the numbers that the driver's own tools show
    count = torch.cuda.device_count()
    if number >= count:
        raise _no_device(wanted, f"PyTorch sees {count} NVIDIA card{'' if count == 1 else 's'} here, numbered from 0.")
    visible = [entry for entry in os.environ.get(VISIBLE, "").split(",") if entry.strip()]
    os.environ[VISIBLE] = visible[number] if visible else str(number)


def _no_device(wanted: str, why: str) -> TunesmithError:
    return TunesmithError(
        "engine.no_device",
        what=f"The device “{wanted}” cannot be used.",
        why=why,
        remedy="Choose auto, cpu, or a card that the Hardware page lists, as cuda:0.",
        where="device",
    )
