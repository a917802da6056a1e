from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.engine.emit import EventWriter
from core.errors import TunesmithError
from core.events import Progress, StateChanged, Warned
from core.events.stream import EventDecoder
from tests.core.engine.conftest import wait_for


def read(path: Path) -> list:
    return EventDecoder().feed(path.read_bytes())


def test_a_line_torn_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"type":"state","time":1.0,"state":"running"}\n{"type":"st')
    with EventWriter.for_log(path) as writer:
        writer.emit(StateChanged(state="starting"))
    decoder = EventDecoder()
    assert [event.state for event in decoder.feed(path.read_bytes())] == ["running", "starting"]
    assert decoder.skipped == 1


def test_what_matters_is_on_the_disk_at_once(tmp_path: Path) -> None:
    with EventWriter.for_log(tmp_path / "log") as writer:
        writer.emit(StateChanged(state="running"))
        assert len(read(tmp_path / "log")) == 1


def test_a_frequent_event_that_nothing_follows_is_written_all_the_same(tmp_path: Path) -> None:
    with EventWriter.for_log(tmp_path / "log") as writer:
        writer.emit(Progress(phase="loading", text="x"))
        wait_for(lambda: read(tmp_path / "log"))


def test_progress_is_limited_but_its_first_and_last_word_are_kept(tmp_path: Path) -> None:
    with EventWriter.for_log(tmp_path / "log") as writer:
        for done in range(1, 5001):
            writer.emit(Progress(phase="tokenising", text="x", done=done, total=5000))
        writer.emit(Progress(phase="loading", text="y"))
    events = read(tmp_path / "log")
    assert (events[0].done, events[-2].done, events[-1].phase) == (1, 5000, "loading")
    assert len(events) <= 5 * (events[-1].time - events[0].time) + 4  # five a second, however fast this machine is


def test_what_libraries_print_does_not_reach_the_stream() -> None:
    script = """
import os, sys
from core.engine.emit import EventWriter
from core.events import Warned
with EventWriter.for_stdout() as writer:
    print("a library prints", flush=True)
    os.system("echo a child prints")
    writer.emit(Warned(code="x", text="y"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=Path.cwd())
    assert [type(event) for event in EventDecoder().feed(done.stdout)] == [Warned]
    assert done.stdout.count(b"\n") == 1
    assert b"a library prints" in done.stderr and b"a child prints" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told() -> None:
    writer = EventWriter(os.open("/dev/full", os.O_WRONLY), "the log")
    writer.emit(Warned(code="x", text="y"))
    with pytest.raises(TunesmithError) as caught:
        writer.emit(Warned(code="x", text="y"))
    assert caught.value.code == "file.not_writable"
    writer.close()
