from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.hardware.disks import disks
from core.hardware.gpu_processes import DESKTOP
from core.hardware.machine import GIB
from core.hardware.nvml import open_nvml
from core.hardware.other_cards import other_cards
from core.hardware.probe import probe
from core.hardware.system import cores, in_wsl, memory_limit, ram, system_name
from tests.core.effort import yardsticks

MEMORY_QUERIES = ("nvmlDeviceGetMemoryInfo", "nvmlDeviceGetMemoryInfo_v2")


def test_without_a_driver_the_machine_is_still_described_and_the_reason_said(fake_nvml, tmp_path):
    fake_nvml.init_error = "LibraryNotFound"
    machine = probe(tmp_path / "not" / "there" / "yet")
    assert yardsticks(lambda: probe(tmp_path)) < 100
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
    assert [(p.name, p.memory_bytes, p.kind) for p in card.processes] == [
        ("chess.exe", 3 * GIB, "program"),
        ("Xorg", None, "desktop"),
    ]
    assert (card.close_to_gain_bytes, card.desktop_bytes, card.processes_told) == (3 * GIB, 0, True)


def test_a_card_tells_of_its_link_its_power_and_its_heat(fake_nvml):
    card = probe().gpus[1]
    assert card.uuid == "GPU-00000001"
    assert card.memory_reserved_bytes == GIB // 2
    assert (card.pcie_generation, card.pcie_lanes, card.pcie_generation_max, card.pcie_lanes_max) == (1, 16, 4, 16)
    assert (card.power_limit_w, card.power_default_w) == (280.0, 350.0)
    assert (card.temperature_c, card.fan_share) == (61.0, 0.35)
    assert card.slowed_by == ["its power limit", "heat"]
    fake_nvml.failing = {"nvmlDeviceGetCurrentClocksEventReasons": "FunctionNotFound"}
    assert probe().gpus[1].slowed_by is None


def test_a_python_program_is_named_by_what_it_runs_and_tunesmiths_own_is_not_to_be_closed(fake_nvml, tmp_path):
    script = tmp_path / "paint.py"
    script.write_text("print('up', flush=True)\ninput()\n")
    commands = ([sys.executable, str(script)], [sys.executable, "-P", str(script), "-m", "core.engine"])
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands
    ]
    try:
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        fake_nvml.processes = [(running[0].pid, 2 * GIB), (running[1].pid, GIB), (os.getpid(), 1)]
        fake_nvml.failing = {"nvmlDeviceGetGraphicsRunningProcesses": "NotSupported"}
        card = probe().gpus[0]
        assert [(p.name, p.kind) for p in card.processes[:2]] == [
            ("python paint.py", "program"),
            ("python -m core.engine", "tunesmith"),
        ]
        assert card.processes[2].kind == "tunesmith"
        assert card.close_to_gain_bytes == 2 * GIB
    finally:
        for process in running:
            process.communicate("\n")


@pytest.mark.parametrize("name", ["Xorg", "gnome-shell", "kwin_wayland", "plasmashell", "dwm.exe", "Explorer.EXE"])
def test_the_window_system_is_told_from_programs(name):
    assert DESKTOP.fullmatch(name.removesuffix(".exe").removesuffix(".EXE"))


@pytest.mark.parametrize("name", ["firefox", "chrome.exe", "ollama", "blender", "Xonotic", "steamwebhelper"])
def test_a_program_is_not_taken_for_the_window_system(name):
    assert not DESKTOP.fullmatch(name.removesuffix(".exe"))


def test_a_reading_that_is_refused_is_missing_alone_and_never_zero(fake_nvml):
    fake_nvml.failing = {
        "nvmlDeviceGetCudaComputeCapability": "NotSupported",
        "nvmlSystemGetDriverVersion": "Unknown",
        "nvmlDeviceGetComputeRunningProcesses": "NoPermission",
        "nvmlDeviceGetFanSpeed": "NotSupported",
        "nvmlDeviceGetEnforcedPowerLimit": "NotSupported",
        "nvmlDeviceGetMaxPcieLinkWidth": "NotSupported",
        "nvmlDeviceGetMemoryInfo_v2": "FunctionNotFound",
    }
    card = probe().gpus[0]
    missing = (card.compute_capability, card.abilities, card.driver, card.fan_share, card.power_limit_w)
    assert (*missing, card.pcie_lanes_max, card.memory_reserved_bytes) == (None,) * 7
    assert (card.memory_total_bytes, card.power_default_w, card.pcie_generation_max) == (24 * GIB, 350.0, 4)
    assert [p.memory_bytes for p in card.processes] == [GIB, None]
    assert card.processes_told


def test_a_card_that_names_no_processes_says_that_it_does_not(fake_nvml):
    for kind in ("Compute", "Graphics"):
        fake_nvml.failing[f"nvmlDeviceGet{kind}RunningProcesses"] = "NotSupported"
    card = probe().gpus[0]
    assert (card.processes, card.processes_told, card.close_to_gain_bytes) == ([], False, 0)


def test_a_card_that_shares_the_computers_memory_is_given_that(fake_nvml):
    fake_nvml.failing = dict.fromkeys(MEMORY_QUERIES, "NotSupported")
    machine = probe()
    assert machine.gpus[0].memory_total_bytes == machine.ram_total_bytes
    assert machine.gpus[0].shares_ram


def test_a_memory_query_that_fails_is_not_taken_for_shared_memory(fake_nvml):
    fake_nvml.failing = dict.fromkeys(MEMORY_QUERIES, "Unknown")
    machine = probe()
    assert machine.gpus == []
    assert "2 cards stopped answering" in machine.gpu_reason


def test_a_driver_that_fails_half_way_is_told_and_nothing_crashes(fake_nvml):
    outcomes = set()
    for answered in range(45):
        fake_nvml.fails_after = answered
        machine = probe()
        outcomes.add(len(machine.gpus))
        assert machine.ram_total_bytes > 0
        if not machine.gpus:
            assert "stopped answering" in machine.gpu_reason
        assert all(card.memory_total_bytes == 24 * GIB for card in machine.gpus)
        assert fake_nvml.open == 0
    assert outcomes == {0, 1, 2}


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


def test_windows_kernel_for_linux_is_named(tmp_path):
    root = _write(tmp_path, {"proc/sys/kernel/osrelease": "5.15.167.4-microsoft-standard-WSL2\n"})
    assert in_wsl(root)
    assert system_name(root).endswith(" in WSL")
    assert not in_wsl(tmp_path / "none")


def test_in_wsl_it_is_said_that_processes_are_not_told_and_whose_driver_is_missing(fake_nvml, monkeypatch):
    monkeypatch.setattr("core.hardware.nvidia.in_wsl", lambda: True)
    assert not probe().gpus[0].processes_told
    fake_nvml.init_error = "LibraryNotFound"
    assert probe().gpu_reason.endswith("it is Windows that needs NVIDIA's driver.")


def test_runs_and_models_on_one_disk_are_one_entry(tmp_path):
    (one,) = disks(tmp_path / "runs", tmp_path / "models")
    assert (one.holds, one.path) == (["runs", "models"], str(tmp_path))
    assert 0 < one.free_bytes <= one.total_bytes


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second disk, and memory is one on Linux")
def test_models_on_another_disk_are_an_entry_of_their_own(tmp_path):
    found = disks(tmp_path / "runs", Path("/dev/shm/models"))
    assert [disk.holds for disk in found] == [["runs"], ["models"]]
    assert found[1].path == "/dev/shm"


def test_swap_and_threads_are_told(fake_nvml):
    machine = probe()
    assert machine.swap_total_bytes is not None
    assert machine.swap_free_bytes is not None
    assert 0 <= machine.swap_free_bytes <= machine.swap_total_bytes
    assert machine.cpu_threads is not None
    assert machine.cpu_threads >= machine.cpu_cores


def test_other_makers_cards_are_named_with_what_works(tmp_path):
    root = _write(
        tmp_path,
        {
            "sys/class/drm/card0/device/vendor": "0x1002\n",
            "sys/class/drm/card0/device/device": "0x744c\n",
            "sys/class/drm/card0/device/mem_info_vram_total": f"{24 * GIB}\n",
            "sys/class/drm/card0-DP-1/device/vendor": "0x1002\n",
            "sys/class/drm/card0-DP-1/device/device": "0x744c\n",
            "sys/class/drm/card1/device/vendor": "0x10de\n",
            "sys/class/drm/card1/device/device": "0x2204\n",
            "usr/share/misc/pci.ids": "# list\n1002  Advanced Micro Devices\n\t744c  Navi 31 [Radeon RX 7900 XTX]\n",
        },
    )
    cards = other_cards(nvidia_works=False, root=root)
    assert [card.name for card in cards] == ["AMD Navi 31 [Radeon RX 7900 XTX]", "NVIDIA graphics 10de:2204"]
    assert "processor" in cards[0].note
    assert "driver" in cards[1].note
    assert cards[0].memory_bytes == 24 * GIB
    (beside,) = other_cards(nvidia_works=True, root=root)
    assert beside.vendor == "AMD"
    assert "leaves the NVIDIA card's memory free" in beside.note
    (root / "sys/class/drm/card1/device/driver").symlink_to("../../../bus/pci/drivers/nouveau")
    assert "nouveau" in other_cards(nvidia_works=False, root=root)[1].note
