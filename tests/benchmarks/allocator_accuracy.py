"""The simulated CUDA allocator beside PyTorch's own, compiled code, entry by entry, without a card.

    python -m tests.benchmarks.allocator_accuracy TORCH CUDA_INCLUDE [--record]

TORCH is the `torch` folder of an unpacked CUDA wheel of PyTorch for Linux, CUDA_INCLUDE the folder with
`cuda_runtime_api.h` (the wheels nvidia-cuda-runtime and nvidia-cuda-crt hold it); g++ is needed. PyTorch's
libc10_cuda.so runs on a stand-in for the CUDA runtime (`allocator/stand_in_cuda.c`) that counts memory and hands out
addresses. Random traces and ones shaped like training steps run on both, with every option and under limits, and what
is reserved and allocated after each entry must be equal. In every other run segments lie at random addresses, which
must not matter. Writes results/allocator_accuracy.json beside this file; `--record` also writes small recorded cases to
tests/data/allocator/, which the tests replay.
"""

from __future__ import annotations

import json
import os
import platform
import random
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from core.fit.allocator import CachingAllocator, options_from, replay
from tests.core.fit.allocator_traces import MIB, failures, random_trace, step_trace

GIB = 2**30
SOURCES = Path(__file__).parent / "allocator"
RESULT = Path(__file__).parent / "results" / "allocator_accuracy.json"
RECORDED = Path(__file__).parents[1] / "data" / "allocator" / "recorded.json"
SEEDS = 20
ENTRIES = 4000
ACTIVATIONS = (64, 512, 4096, 16 * MIB, 16 * MIB, 8 * MIB, 28 * MIB, 32 * MIB, 16384)

# (options, the card's memory, what it can give, the share a process may have)
SETTINGS: tuple[tuple[str, int, int | None, float | None], ...] = (
    ("", 1 << 45, None, None),
    ("expandable_segments:True", 1 << 45, None, None),
    ("", 3 * GIB, None, None),
    ("expandable_segments:True", 3 * GIB, None, None),
    ("", 8 * GIB, GIB, None),
    ("expandable_segments:True", 8 * GIB, GIB, None),
    ("", 8 * GIB, None, 0.15),
    ("expandable_segments:True", 8 * GIB, None, 0.15),
    ("max_split_size_mb:40", 2 * GIB, None, None),
    ("max_split_size_mb:20", GIB, None, None),
    ("expandable_segments:True,max_split_size_mb:40", 2 * GIB, None, None),
    ("max_split_size_mb:100,max_non_split_rounding_mb:60", 4 * GIB, None, None),
    ("roundup_power2_divisions:4", 4 * GIB, None, None),
    ("large_segment_size_mb:12", 4 * GIB, None, None),
    (
        "expandable_segments:True,large_segment_size_mb:64,max_split_size_mb:64,roundup_power2_divisions:8",
        4 * GIB,
        None,
        0.4,
    ),
)

Trace = list[tuple[int, int]]
After = list[tuple[int, int, int]]  # reserved, allocated, and 1 if memory ran out, after each entry


def build(torch: Path, cuda_include: Path, folder: Path) -> Path:
    """Compile the stand-in and the program that drives PyTorch's allocator on it; its path."""
    versions = folder / "versions.map"
    versions.write_text("libcudart.so.13 { global: cuda*; };\n", encoding="utf-8")
    runtime = [str(SOURCES / "stand_in_cuda.c"), str(SOURCES / "stand_in_rest.c"), f"-Wl,--version-script={versions}"]
    shared = ["gcc", "-w", "-O1", "-shared", "-fPIC", "-I", str(cuda_include)]
    library = folder / "libcudart.so.13"
    subprocess.run([*shared, *runtime, "-Wl,-soname,libcudart.so.13", "-o", str(library)], check=True)
    subprocess.run([*shared, str(SOURCES / "stand_in_nvml.c"), "-o", str(folder / "libnvidia-ml.so.1")], check=True)
    program = folder / "drive"
    includes = ["-I", str(torch / "include"), "-I", str(cuda_include)]
    libraries = ["-L", str(torch / "lib"), "-lc10_cuda", "-lc10", str(library), f"-Wl,-rpath,{torch / 'lib'}"]
    source = str(SOURCES / "drive.cpp")
    subprocess.run(["g++", "-std=c++20", "-O1", "-w", *includes, source, *libraries, "-o", str(program)], check=True)
    return program


def by_torch(
    program: Path,
    trace: Trace,
    conf: str,
    total: int,
    capacity: int | None,
    share: float | None,
    *,
    shuffled: bool = False,
) -> tuple[After, int]:
    """What PyTorch's allocator has after each entry, and how often it gave back its cache and tried again."""
    folder = program.parent
    (folder / "trace").write_bytes(b"".join(struct.pack("<qq", *entry) for entry in trace))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTORCH")}
    environment |= {"LD_LIBRARY_PATH": str(folder), "PYTORCH_ALLOC_CONF": conf, "STAND_IN_TOTAL": str(total)}
    if shuffled:
        environment["STAND_IN_SHUFFLE"] = "1"
    if capacity is not None:
        environment["STAND_IN_CAPACITY"] = str(capacity)
    command = [str(program), str(folder / "trace"), str(folder / "result"), *([str(share)] if share else [])]
    retries = int(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    return list(struct.iter_unpack("<qqq", (folder / "result").read_bytes())), retries


def by_us(trace: Trace, conf: str, total: int, capacity: int | None, share: float | None) -> tuple[After, int]:
    """The same, simulated."""
    allowed = None if share is None else int(share * total)
    given = total if capacity is None else capacity
    limits = {"device_total_bytes": total, "capacity_bytes": given, "allowed_bytes": allowed}
    allocator = CachingAllocator(msgspec.structs.replace(options_from(conf), **limits))
    found: After = []
    for failed in failures(allocator, trace):
        found.append((allocator.reserved_bytes, allocator.allocated_bytes, int(failed)))
    return found, allocator.retries


def compare(program: Path) -> dict[str, object]:
    """Run every setting with every seed; counts by setting."""
    settings = []
    for setting in SETTINGS:
        counts = {"runs": 0, "entries": 0, "retries": 0, "out_of_memory": 0, "runs_that_differ": 0}
        for seed in range(SEEDS):
            live_limit = random.Random(seed).choice([20, 40, 150, 400, 1000])
            trace = random_trace(seed, ENTRIES, live_limit)
            if seed % 5 == 4:
                trace = step_trace(8 + seed, ACTIVATIONS, seed)
            theirs, ours = by_torch(program, trace, *setting, shuffled=seed % 2 == 1), by_us(trace, *setting)
            counts["runs"] += 1
            counts["entries"] += len(trace)
            counts["retries"] += theirs[1]
            counts["out_of_memory"] += sum(failed for _, _, failed in theirs[0])
            counts["runs_that_differ"] += theirs != ours
        names = ("options", "device_total_bytes", "capacity_bytes", "process_share")
        settings.append(dict(zip(names, setting, strict=True)) | counts)
    return {"settings": settings, **{name: sum(int(found[name]) for found in settings) for name in counts}}


def speed() -> dict[str, float]:
    """Microseconds an entry, the best of five, of a step's trace of about 200,000 entries."""
    trace = step_trace(640, ACTIVATIONS)
    found: dict[str, float] = {"entries": len(trace)}
    for conf in ("", "expandable_segments:True"):
        took = []
        for _ in range(5):
            began = time.perf_counter()
            replay(CachingAllocator(options_from(conf)), trace)
            took.append(time.perf_counter() - began)
        found[f"us_per_entry {conf or 'default'}"] = round(min(took) / len(trace) * 1e6, 2)
    return found


def record(program: Path) -> None:
    """Write one small case a setting."""
    cases = []
    for seed, (conf, total, capacity, share) in enumerate(SETTINGS):
        if total < 1 << 45:  # a case of 240 entries needs a smaller card to fill it
            total, capacity = total // 4, capacity and capacity // 4
        trace = random_trace(1000 + seed, 240, 60)
        after, retries = by_torch(program, trace, conf, total, capacity, share)
        limits = {"device_total_bytes": total, "capacity_bytes": total if capacity is None else capacity}
        limits["allowed_bytes"] = None if share is None else int(share * total)
        numbers = {"reserved": [a[0] for a in after], "allocated": [a[1] for a in after]}
        failed = [index for index, found in enumerate(after) if found[2]]
        case = {"options": conf, "limits": limits, "retries": retries, "out_of_memory_at": failed}
        cases.append(json.dumps({**case, "trace": trace, **numbers}, separators=(",", ":")))
    RECORDED.parent.mkdir(parents=True, exist_ok=True)
    RECORDED.write_text("[\n" + ",\n".join(cases) + "\n]\n", encoding="utf-8")


def main() -> int:
    """Build, compare, write, say; 1 if anything differs."""
    torch, cuda_include = (Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        program = build(torch, cuda_include, Path(folder))
        result = compare(program)
        if "--record" in sys.argv:
            record(program)
    version = (
        (torch / "version.py").read_text(encoding="utf-8").partition("__version__ = ")[2].split("\n")[0].strip("'\"")
    )
    found = {"torch": version, **result, "speed": speed(), "cores": os.cpu_count(), "python": platform.python_version()}
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if found["runs_that_differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
