"""Who holds a card's memory, and what closing it would gain."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, Literal

import psutil

from core.hardware.machine import GpuProcess
from core.hardware.nvml import Nvml

QUERIES = ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses")
# Window systems and desktop shells: they hold memory as long as somebody is logged in.
DESKTOP = re.compile(
    r"xorg|x|xwayland|wayland|gdm.*|sddm.*|lightdm.*|gnome-shell|gnome-session.*|mutter.*|kwin.*|plasmashell|ksmserver.*"
    r"|cinnamon|muffin|xfwm4|xfdesktop|marco|mate-.*|budgie-.*|sway|hyprland|weston|niri|cosmic-.*|compiz|picom"
    r"|xdg-desktop-portal.*|dwm|csrss|winlogon|logonui|explorer|shellhost|sihost|searchhost|searchapp"
    r"|startmenuexperiencehost|shellexperiencehost|textinputhost|applicationframehost|lockapp|system",
    re.IGNORECASE,
)
ENGINE = "core.engine"  # what Tunesmith's own workers are started with


def processes_of(nvml: Nvml, handle: Any) -> tuple[list[GpuProcess], bool]:
    """(who holds memory of the card, most first; whether the driver answered at all).

    A process may be listed for computing and for drawing: once here.
    """
    held: dict[int, int | None] = {}
    told = False
    for query in QUERIES:
        answer = nvml.ask(query, handle)
        told = told or answer is not None
        for process in answer or []:
            memory = process.usedGpuMemory
            known = held.get(process.pid)
            held[process.pid] = known if memory is None else max(int(memory), known or 0)
    found = [_process(nvml, pid, memory) for pid, memory in held.items()]
    return sorted(found, key=lambda process: -(process.memory_bytes or 0)), told


def held_by(processes: Sequence[GpuProcess], kind: Literal["program", "desktop", "tunesmith"]) -> int:
    """What the processes of this kind hold together, as far as the driver tells."""
    return sum(process.memory_bytes or 0 for process in processes if process.kind == kind)


def _process(nvml: Nvml, pid: int, memory_bytes: int | None) -> GpuProcess:
    try:
        process = psutil.Process(pid)
        name, command = process.name(), _command(process)
    except psutil.Error:
        path = nvml.ask("nvmlSystemGetProcessName", pid)
        text = path.decode(errors="replace") if isinstance(path, bytes) else path
        name, command = (text.replace("\\", "/").rsplit("/", 1)[-1] if text else f"process {pid}"), []
    return GpuProcess(pid=pid, name=_spoken(name, command), memory_bytes=memory_bytes, kind=_kind(pid, name, command))


def _command(process: psutil.Process) -> list[str]:
    """Its command line; empty where it belongs to somebody else and is not shown."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _spoken(name: str, command: list[str]) -> str:
    """A Python program is called by what it runs, for its own name says nothing."""
    if not name.lower().startswith("python"):
        return name
    arguments = command[1:]
    if "-m" in arguments[:-1]:
        return f"python -m {arguments[arguments.index('-m') + 1]}"
    script = next((argument for argument in arguments if argument.endswith(".py")), "")
    return f"python {os.path.basename(script)}" if script else name  # noqa: PTH119


def _kind(pid: int, name: str, command: list[str]) -> Literal["program", "desktop", "tunesmith"]:
    if pid == os.getpid() or ENGINE in command:
        return "tunesmith"
    return "desktop" if DESKTOP.fullmatch(name.lower().removesuffix(".exe")) else "program"
