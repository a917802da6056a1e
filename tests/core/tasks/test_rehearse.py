"""A rehearsal is asked of a warm worker once, and known from then on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import psutil
import pytest

import core.tasks.kept
from core import paths
from core.errors import TunesmithError
from core.fit.cards import known_card
from core.fit.machine import plan_for_card
from core.fit.versions import versions
from core.models.reading import starter_spec
from core.settings import TrainingSettings
from core.tasks.rehearse import Rehearser, Result, kept, key_of

CARD = plan_for_card(known_card("RTX 3090"))
SHORT = TrainingSettings(max_seq_length=64)
PATIENCE_S = 600.0


@pytest.fixture
def rehearser() -> Iterator[Rehearser]:
    """A rehearser, its worker ended afterwards."""
    found = Rehearser()
    yield found
    found.close()


def _wait(rehearser: Rehearser) -> list[Result]:
    end = time.monotonic() + PATIENCE_S
    results: list[Result] = []
    while not results and time.monotonic() < end:
        results = rehearser.poll()
        time.sleep(0.02)
    return results


def test_what_another_tunesmith_rehearsed_is_rehearsed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of(starter_spec(), SHORT, CARD)
    assert key_of(starter_spec(), SHORT, CARD) == key
    monkeypatch.setattr(core.tasks.kept, "_made_by", lambda: versions() | {"tunesmith": "0.0.1"})
    assert key_of(starter_spec(), SHORT, CARD) != key


def test_a_newer_question_takes_the_place_of_one_that_waits_and_an_answer_is_kept(rehearser: Rehearser) -> None:
    spec = starter_spec()
    rehearser.ask(spec, SHORT.changed(max_seq_length=128), CARD)
    key, known = rehearser.ask(spec, SHORT, CARD)
    assert known is None
    assert rehearser.busy == key
    (result,) = _wait(rehearser)
    assert result.error is None
    assert result.key == key
    assert result.rehearsal is not None
    assert sum(result.rehearsal.terms.values()) == result.rehearsal.allocated_peak_bytes
    assert rehearser.busy == ""

    again, known = Rehearser().ask(spec, SHORT.changed(learning_rate=1e-3, epochs=9.0), CARD)
    assert (again, known) == (key, result.rehearsal)

    (file,) = (paths.cache_dir() / "rehearsals").iterdir()
    file.write_text("{", encoding="utf-8")
    assert kept(key) is None

    broken = msgspec.structs.replace(spec, config={"model_type": "unheard_of"})
    rehearser.ask(broken, SHORT, CARD)
    (failed,) = _wait(rehearser)
    assert failed.error is not None
    assert failed.error.code == "rehearsal.unknown_model"

    rehearser.ask(spec, SHORT.changed(lora_rank=4), CARD)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    (lost,) = _wait(rehearser)
    assert lost.error is not None
    assert lost.error.code == "worker.died"


def test_what_changes_the_bytes_changes_the_key() -> None:
    spec = starter_spec()
    key = key_of(spec, SHORT, CARD)
    assert key != key_of(spec, SHORT.changed(lora_rank=4), CARD)
    assert key != key_of(spec, SHORT, plan_for_card(known_card("H100 SXM")))
    assert key == key_of(spec, SHORT.changed(seed=7, warmup_steps=1), CARD)


def test_a_model_known_by_its_tensors_alone_is_not_rehearsed(rehearser: Rehearser) -> None:
    with pytest.raises(TunesmithError) as caught:
        rehearser.ask(msgspec.structs.replace(starter_spec(), config={}), SHORT, CARD)
    assert caught.value.code == "rehearsal.no_config"
