from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from core.hardware.machine import GIB
from core.hardware.nvml import open_nvml
from core.hardware.other_cards import other_cards
from core.hardware.probe import probe
from core.hardware.system import cores, memory_limit, ram


def test_without_a_driver_the_machine_is_still_described_and_the_reason_said(fake_nvml, tmp_path):
    fake_nvml.init_error = "LibraryNotFound"
    started = time.perf_counter()
    machine = probe(tmp_path / "not" / "there" / "yet")
    assert time.perf_counter() - started < 0.3
    assert machine.gpus == []
    assert machine.gpu_reason == "No NVIDIA driver is installed."
    assert 0 < machine.ram_available_bytes <= machine.ram_total_bytes <= psutil.virtual_memory().total
    assert machine.cpu_cores >= 1
    assert machine.cpu_name
    assert machine.disk_free_bytes > 0
    assert machine.disk_path == str(tmp_path)


@pytest.mark.parametrize(
    ("error", "words"),
    [("DriverNotLoaded", "not running"), ("LibRmVersionMismatch", "restart the computer"), ("NoPermission", "answer")],
)
def test_each_broken_driver_is_told_apart(fake_nvml, error, words):
    fake_nvml.init_error = error
    assert words in probe().gpu_reason


def test_a_card_is_read_with_its_processes_each_once(fake_nvml):
    machine = probe()
    assert fake_nvml.open == 0, "the driver is let go of"
    assert machine.gpu_reason == "The NVIDIA driver found 2 cards."
    card = machine.gpus[0]
    assert (card.name, card.memory_total_bytes, card.memory_free_bytes) == (
        "NVIDIA GeForce RTX 3090",
        24 * GIB,
        20 * GIB,
    )
    assert (card.compute_capability, card.driver, card.cuda) == ((8, 6), "580.10", "13.1")
    assert [(p.name, p.memory_bytes) for p in card.processes] == [("chess.exe", 3 * GIB), ("Xorg", None)]


def test_a_reading_that_is_refused_is_missing_alone_and_never_zero(fake_nvml):
    fake_nvml.unsupported = {
        "nvmlDeviceGetCudaComputeCapability",
        "nvmlSystemGetDriverVersion",
        "nvmlDeviceGetComputeRunningProcesses",
    }
    card = probe().gpus[0]
    assert card.compute_capability is None
    assert card.driver is None
    assert card.memory_total_bytes == 24 * GIB
    assert [p.memory_bytes for p in card.processes] == [GIB, None]


def test_a_card_that_shares_the_computers_memory_is_given_that(fake_nvml):
    fake_nvml.unsupported = {"nvmlDeviceGetMemoryInfo"}
    machine = probe()
    assert machine.gpus[0].memory_total_bytes == machine.ram_total_bytes


def test_a_query_that_this_driver_never_heard_of_is_not_an_error(fake_nvml):
    with open_nvml() as nvml:
        assert nvml.ask("nvmlDeviceGetSomethingFromTheFuture", 0) is None


def test_a_lost_card_is_said_and_the_other_one_kept(fake_nvml):
    fake_nvml.lost = {0}
    machine = probe()
    assert [card.index for card in machine.gpus] == [1]
    assert "1 card stopped answering" in machine.gpu_reason


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_containers_limits_count_in_both_generations_of_control_groups(tmp_path):
    second = _write(
        tmp_path / "v2",
        {
            "proc/self/cgroup": "0::/box/inner\n",
            "sys/fs/cgroup/box/inner/memory.max": "max",
            "sys/fs/cgroup/box/memory.max": str(2 * GIB),
            "sys/fs/cgroup/box/memory.current": str(GIB),
            "sys/fs/cgroup/box/memory.stat": f"anon 5\ninactive_file {GIB // 4}\n",
            "sys/fs/cgroup/box/inner/cpu.max": "50000 100000",
        },
    )
    assert memory_limit(second) == (2 * GIB, GIB - GIB // 4)
    assert ram(second)[0] == 2 * GIB
    assert cores(second) == 1
    first = _write(
        tmp_path / "v1",
        {
            "proc/self/cgroup": "4:memory:/box\n3:cpu,cpuacct:/box\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": str(GIB),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": str(GIB // 2),
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000",
        },
    )
    assert memory_limit(first) == (GIB, GIB // 2)
    assert cores(first) == cores(tmp_path / "none")
    assert memory_limit(tmp_path / "none") is None


def test_other_makers_cards_are_named_with_what_works(tmp_path):
    root = _write(
        tmp_path,
        {
            "sys/class/drm/card0/device/vendor": "0x1002\n",
            "sys/class/drm/card0/device/device": "0x744c\n",
            "sys/class/drm/card1/device/vendor": "0x10de\n",
            "sys/class/drm/card1/device/device": "0x2204\n",
            "usr/share/misc/pci.ids": "# list\n1002  Advanced Micro Devices\n\t744c  Navi 31 [Radeon RX 7900 XTX]\n",
        },
    )
    cards = other_cards(nvidia_works=False, root=root)
    assert [card.name for card in cards] == ["AMD Navi 31 [Radeon RX 7900 XTX]", "NVIDIA graphics 10de:2204"]
    assert "processor" in cards[0].note
    assert "driver" in cards[1].note
    assert [card.vendor for card in other_cards(nvidia_works=True, root=root)] == ["AMD"]
