"""RAM, cores, processor and disk, with a container's limits respected."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path("/")


def ram(root: Path = ROOT) -> tuple[int, int]:
    """(total, available) bytes that this process may use: the computer's memory, or its container's if that is less."""
    memory = psutil.virtual_memory()
    total, available = int(memory.total), int(memory.available)
    limit = memory_limit(root)
    if limit is None or limit[0] >= total:
        return total, available
    return limit[0], min(available, limit[0] - limit[1])


def memory_limit(root: Path = ROOT) -> tuple[int, int] | None:
    """(limit, held) bytes of the tightest control group around this process, or None where there is no limit.

    What is held excludes file cache that the kernel gives back under pressure (`inactive_file`). Source: the kernel's
    documentation of `memory.max` (cgroup v2) and `memory.limit_in_bytes` (v1).
    """
    tightest: tuple[int, int] | None = None
    for folder in _control_groups("memory", root):
        limit = _first_number(folder / "memory.max", folder / "memory.limit_in_bytes")
        if limit is None or (tightest is not None and limit >= tightest[0]):
            continue
        used = _first_number(folder / "memory.current", folder / "memory.usage_in_bytes") or 0
        tightest = (limit, max(0, used - _inactive_file(folder)))
    return tightest


def _inactive_file(folder: Path) -> int:
    for line in (_read(folder / "memory.stat") or "").splitlines():
        name, _, value = line.partition(" ")
        if name in ("total_inactive_file", "inactive_file"):
            return int(value)
    return 0


def cores(root: Path = ROOT) -> int:
    """Processor cores that this process may use: physical ones, less where a container or an affinity allows less."""
    count = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = min(count, len(os.sched_getaffinity(0)))
    for folder in _control_groups("cpu", root):
        quota, period = _cpu_quota(folder)
        if quota > 0 and period > 0:
            count = min(count, max(1, -(-quota // period)))
    return count


def _cpu_quota(folder: Path) -> tuple[int, int]:
    words = (_read(folder / "cpu.max") or "").split()
    if len(words) == 2:
        return (0 if words[0] == "max" else int(words[0])), int(words[1])
    return (
        _first_number(folder / "cpu.cfs_quota_us") or 0,
        _first_number(folder / "cpu.cfs_period_us") or 0,
    )


def _control_groups(controller: str, root: Path) -> list[Path]:
    """Folders of this process's control groups for `controller`, innermost first; empty where there are none."""
    mount = root / "sys/fs/cgroup"
    folders: list[Path] = []
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0" and not controllers:
            base = mount
        elif controller in controllers.split(","):
            base = mount / controller
        else:
            continue
        inner = base / group.strip("/")
        folders += [inner, *(parent for parent in inner.parents if parent.is_relative_to(base))]
    return folders


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _first_number(*paths: Path) -> int | None:
    for path in paths:
        text = _read(path)
        if text and text.lstrip("-").isdigit():
            return int(text)
    return None


def cpu_name(root: Path = ROOT) -> str:
    """The processor's name as its maker writes it, or the architecture's where it says none."""
    for line in (_read(root / "proc/cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name" and value.strip():
            return value.strip()
    if sys.platform == "darwin":
        return sysctl("machdep.cpu.brand_string") or platform.machine()
    return _registered_cpu_name() or platform.processor() or platform.machine()


def _registered_cpu_name() -> str:
    """What Windows keeps of it in its registry."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return ""
    return ""


def sysctl(name: str) -> str:
    """One of macOS's system values, or nothing where it does not answer."""
    try:
        run = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=1, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip()


def swap() -> tuple[int, int] | None:
    """(total, free) bytes of swap, None where the system does not tell."""
    try:
        memory = psutil.swap_memory()
    except (OSError, RuntimeError):
        return None
    return int(memory.total), int(memory.free)


def on_battery() -> bool | None:
    """Whether the computer runs from its battery now; None where it has none."""
    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError):
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def existing(path: Path) -> Path:
    """`path`, or its nearest parent that exists."""
    return next((folder for folder in (path, *path.parents) if folder.exists()), Path.cwd())


def system_name(root: Path = ROOT) -> str:
    """The operating system with its version, for people."""
    names = {"Darwin": f"macOS {platform.mac_ver()[0]}"}
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        name = names.get(platform.system(), f"{platform.system()} {platform.release()}")
    return f"{name} in WSL" if in_wsl(root) else name


def in_wsl(root: Path = ROOT) -> bool:
    """Whether this is Linux inside Windows: Microsoft's kernel names its maker."""
    return "microsoft" in (_read(root / "proc/sys/kernel/osrelease") or "").lower()
