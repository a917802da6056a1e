"""Is there an NVIDIA driver, and which? Asked of nvidia-smi, then of the driver's library, then of the kernel."""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path

from installer.torch_choice import Nvidia, Version

QUERY = ("--query-gpu=driver_version,compute_cap", "--format=csv,noheader")
SMI_PLACES = ("/usr/lib/wsl/lib", r"C:\Windows\System32", r"C:\Program Files\NVIDIA Corporation\NVSMI")
LIBRARIES = {"Linux": ("libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"), "Windows": ("nvcuda.dll",)}
KERNEL_FILE = Path("/proc/driver/nvidia/version")
SMI_LIMIT_S = 15.0


def parse_smi(output: str) -> Nvidia | None:
    """Read lines such as "580.65.06, 8.6"; None if no line is one."""
    rows = re.findall(r"^\s*([\d.]+)\s*,\s*(?:(\d+)\.(\d+)|\S.*)\s*$", output, re.MULTILINE)
    if not rows:
        return None
    capabilities = tuple((int(major), int(minor)) for _, major, minor in rows if major)
    return Nvidia(driver=_version(rows[0][0]), capabilities=capabilities)


def parse_kernel_file(text: str) -> Nvidia:
    """Read /proc/driver/nvidia/version ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  ...")."""
    match = re.search(r"\b(\d{3}(?:\.\d+)+)\b", text)
    return Nvidia(driver=_version(match[1]) if match else None)


def detect(system: str) -> Nvidia | None:
    """What is known of the driver on this computer; None if there is none. `system` is `platform.system()`."""
    if system not in LIBRARIES:
        return None
    return _from_smi() or _from_kernel() or _from_library(LIBRARIES[system])


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split(".") if part)


def _from_smi() -> Nvidia | None:
    program = shutil.which("nvidia-smi") or next(
        (found for place in SMI_PLACES if (found := shutil.which("nvidia-smi", path=place))), None
    )
    if not program:
        return None
    try:
        done = subprocess.run([program, *QUERY], capture_output=True, text=True, timeout=SMI_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None  # no answer is what an unloaded driver gives; the library and the kernel are asked next
    return parse_smi(done.stdout) if done.returncode == 0 else None


def _from_kernel() -> Nvidia | None:
    return parse_kernel_file(KERNEL_FILE.read_text(errors="replace")) if KERNEL_FILE.is_file() else None


def _from_library(names: tuple[str, ...]) -> Nvidia | None:
    for name in names:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        number = ctypes.c_int(0)
        # cuDriverGetVersion needs no cuInit and gives 1000 * major + 10 * minor (CUDA Driver API, version management).
        if library.cuDriverGetVersion(ctypes.byref(number)) == 0:
            return Nvidia(cuda=(number.value // 1000, number.value % 1000 // 10))
        return Nvidia()
    return None
