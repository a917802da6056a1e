from __future__ import annotations

import json
import sys

import pytest

from core.cli import main
from core.hardware.machine import GIB
from tests.core.hardware.nvml_stand_in import NvmlStandIn


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> NvmlStandIn:
    made = NvmlStandIn()
    monkeypatch.setitem(sys.modules, "pynvml", made)
    return made


def test_the_machine_is_one_json_document_with_the_contracts_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hardware", "--json"]) == 0
    machine = json.loads(capsys.readouterr().out)
    keys = {"gpus", "ram_total_bytes", "ram_available_bytes", "cpu_cores", "disk_free_bytes"}
    assert set(machine) >= keys
    assert all(isinstance(machine[key], int) and machine[key] > 0 for key in keys - {"gpus"})
    assert machine["disks"][0]["free_bytes"] > 0


def test_a_card_is_in_the_document_with_what_it_can_and_who_holds_it(
    driver: NvmlStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    driver.failing = {"nvmlDeviceGetFanSpeed": "NotSupported"}
    assert main(["hardware", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)["gpus"][0]
    contract = {"name", "memory_total_bytes", "memory_free_bytes", "compute_capability", "driver", "processes"}
    assert contract <= set(card)
    assert (card["close_to_gain_bytes"], card["fan_share"]) == (3 * GIB, None)
    assert card["abilities"]["bf16"] is True


def test_the_machine_is_described_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hardware"]) == 0
    words = capsys.readouterr().out
    for title in ("Processor", "RAM", "Disk", "System"):
        assert title in words


def test_a_card_is_described_in_words_that_fit_a_terminal(
    driver: NvmlStandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["hardware"]) == 0
    words = capsys.readouterr().out
    assert "Close chess.exe to gain 3.0 GiB." in words
    assert "Ampere, capability 8.6, with bf16 and int8" in words
    assert max(len(line.rstrip()) for line in words.splitlines()) <= 80
