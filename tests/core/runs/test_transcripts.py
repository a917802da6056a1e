"""Conversations are kept with the run, one exchange a line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.errors import TunesmithError
from core.requests import Sampling
from core.runs.transcripts import Said, TranscriptLine, append, new_name


def exchange(prompt: str) -> TranscriptLine:
    answers = {
        "base": Said(text="Cold.", tokens_per_second=40.0, reason="end"),
        "tuned": Said(text="Cold it be,\nmatey.", tokens_per_second=38.0, reason="stopped"),
    }
    return TranscriptLine(prompt=prompt, sampling=Sampling(temperature=0.7), answers=answers)


def test_each_exchange_is_one_line_that_can_be_read_back(tmp_path: Path) -> None:
    name = new_name()
    path = append(tmp_path, name, exchange("Hot?"))
    assert append(tmp_path, name, exchange("Wet?")) == path
    lines = path.read_bytes().splitlines()
    read = [msgspec.json.decode(line, type=TranscriptLine) for line in lines]
    assert [line.prompt for line in read] == ["Hot?", "Wet?"]
    assert read[0].answers["tuned"].text == "Cold it be,\nmatey."
    assert read[0].sampling.temperature == 0.7
    assert path.parent == tmp_path / "transcripts"


def test_names_sort_by_time() -> None:
    assert new_name(1_790_000_000.0) < new_name(1_790_000_000.5) < new_name(1_790_000_001.0)


def test_a_run_that_was_deleted_meanwhile_is_named(tmp_path: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        append(tmp_path / "gone", "a", exchange("Hot?"))
    assert caught.value.code == "transcript.not_written"
    assert str(tmp_path / "gone") in caught.value.where
    assert not (tmp_path / "gone").exists()
