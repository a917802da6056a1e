"""A run looks the same from its kept record as from its log."""

from __future__ import annotations

from core.events import Leaner, SettingChange, Step
from core.events.stream import encode
from core.runs.leaner import add_leaner
from core.runs.log import FILE
from core.runs.record import keep, kept_record, read_record
from desktop.pages.train_words import amounts
from desktop.run_view import RunView, after, told
from tests.desktop.runs_on_disk import make_run


def test_what_a_run_changed_by_itself_is_shown_from_its_record_too() -> None:
    run = make_run("stopped", steps=8)
    events = run.events()
    for step, (before, now) in {3: (4, 2), 6: (2, 1)}.items():
        change = SettingChange(setting="per_device_batch_size", before=before, after=now)
        leaner = Leaner(step=step, changes=[change], saves_bytes=1, text="Memory ran out.")
        place = next(at for at, event in enumerate(events) if isinstance(event, Step) and event.step == step)
        events.insert(place + 1, leaner)
        add_leaner(run.path, leaner)
    (run.path / FILE).write_bytes(b"".join(encode(event) for event in events))
    keep(run.path, read_record(run.path))
    record = kept_record(run.path)
    assert record is not None
    of_log = after(RunView(summary=run.summary()), run.events())
    of_record = told(RunView(summary=run.summary(), record=record), record.telling())
    assert of_record.leaner == of_log.leaner and len(of_log.leaner) == 2
    assert "Since memory ran out: batch size 4 → 1." in amounts(of_record) == amounts(of_log)
