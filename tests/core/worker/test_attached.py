from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.events import AnyEvent, Inspected
from core.job import DatasetRef
from core.models.location import starter_path
from core.requests import InspectRequest
from core.tasks.follow import result_of
from core.worker.attached import KEPT_LOGS, AttachedWorker, clear_old_logs
from core.worker.outcome import Outcome


def request(path: Path) -> InspectRequest:
    return InspectRequest(
        dataset=DatasetRef(source="file", path=str(path)), model_path=str(starter_path()), max_seq_length=64
    )


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "What colour is grass?", "completion": "Grass is green."}\n' * 3)
    return path


def test_a_worker_does_its_task_and_ends(rows: Path) -> None:
    heard: list[AnyEvent] = []
    worker = AttachedWorker(request(rows))
    result = result_of(worker, Inspected, "reading the data", heard.append)
    assert result.report.rows == 3
    assert heard[0].__struct_config__.tag == "opened"
    assert not worker.running
    assert worker.outcome == Outcome(0)


def test_a_workers_error_arrives_as_the_error_it_was(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("")
    with pytest.raises(TunesmithError) as caught:
        result_of(AttachedWorker(request(tmp_path / "rows.jsonl")), Inspected, "reading the data")
    assert caught.value.code == "data.empty"
    assert "rows.jsonl" in caught.value.where


def test_a_killed_worker_is_told_with_its_signal_in_words(rows: Path) -> None:
    worker = AttachedWorker(request(rows))
    os.kill(worker._process.pid, signal.SIGKILL)
    with pytest.raises(TunesmithError) as caught:
        result_of(worker, Inspected, "reading the data")
    assert caught.value.code == "worker.died"
    assert "kill -9" in caught.value.why
    assert Path(caught.value.where).exists()


def test_stopping_a_worker_twice_is_harmless(rows: Path) -> None:
    worker = AttachedWorker(request(rows))
    worker.stop()
    worker.stop()
    assert not worker._reader.is_alive()


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "finished"), (1, "exit code 1"), (-9, "kill -9"), (137, "kill -9"), (-11, "SIGSEGV"), (None, "vanished")],
)
def test_the_end_of_a_process_words_itself(code: int | None, words: str) -> None:
    assert words in Outcome(code).words


def test_of_many_logs_the_latest_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT_LOGS + 5):
        (tmp_path / f"chat-{number:03}.log").touch()
    (tmp_path / "inspect-001.log").touch()
    clear_old_logs(tmp_path, "chat")
    kept = sorted(path.name for path in tmp_path.glob("chat-*.log"))
    assert len(kept) == KEPT_LOGS - 1  # and the one that is about to be written
    assert kept[-1] == f"chat-{KEPT_LOGS + 4:03}.log"
    assert (tmp_path / "inspect-001.log").exists()
