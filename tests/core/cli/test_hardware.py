from __future__ import annotations

import json

import pytest

from core.cli import main


def test_the_machine_is_one_json_document_with_the_contracts_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hardware", "--json"]) == 0
    machine = json.loads(capsys.readouterr().out)
    keys = {"gpus", "ram_total_bytes", "ram_available_bytes", "cpu_cores", "disk_free_bytes"}
    assert set(machine) >= keys
    assert all(isinstance(machine[key], int) and machine[key] > 0 for key in keys - {"gpus"})


def test_the_machine_is_described_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hardware"]) == 0
    words = capsys.readouterr().out
    for title in ("Processor", "RAM", "Disk", "System"):
        assert title in words
