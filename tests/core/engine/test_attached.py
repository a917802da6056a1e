from __future__ import annotations

import subprocess

from core.events import AnyEvent, Failed
from core.events.stream import EventDecoder
from core.worker.command import engine_command, engine_environment
from tests.core.engine.conftest import PATIENCE_S


def serve(first_line: bytes) -> tuple[int, list[AnyEvent]]:
    done = subprocess.run(
        engine_command("attached"),
        input=first_line,
        capture_output=True,
        env=engine_environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, EventDecoder().feed(done.stdout)


def test_a_task_that_it_does_not_know_is_refused_in_words() -> None:
    code, events = serve(b'{"type":"levitate"}\n')
    assert code == 1
    assert [type(event) for event in events] == [Failed]
    assert isinstance(events[0], Failed) and events[0].code == "engine.unknown_task"


def test_a_starter_that_is_gone_before_it_asked_leaves_nothing_behind() -> None:
    assert serve(b"") == (0, [])
