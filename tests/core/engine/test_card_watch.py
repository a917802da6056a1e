"""What the card does is said while it trains; a card that tells nothing, or none, says nothing."""

from __future__ import annotations

import threading

import torch

from core.engine.card_danger import CardDanger
from core.engine.card_watch import CardWatch, card_reading, card_watched
from core.engine.device import Device
from core.errors import TunesmithError
from core.events import AnyEvent, CardReading, Warned
from core.hardware.machine import LiveSample
from tests.core.engine.conftest import PATIENCE_S


def sample(**gpu: object) -> LiveSample:
    return LiveSample(time=7.0, ram_used_bytes=1, ram_total_bytes=2, **gpu)  # type: ignore[arg-type]


def test_readings_come_with_the_step_until_the_watch_ends() -> None:
    said: list[AnyEvent] = []
    three = threading.Event()

    def emit(event: AnyEvent) -> None:
        said.append(event)
        if len(said) == 3:
            three.set()

    with CardWatch(lambda: sample(gpu_utilization=0.9, gpu_power_w=301.5), emit, lambda: 12, every_s=0.001):
        assert three.wait(PATIENCE_S)
    count = len(said)
    assert said[0] == CardReading(time=7.0, step=12, utilization=0.9, temperature_c=None, power_w=301.5)
    assert not [thread for thread in threading.enumerate() if thread.name == "card watch"] and len(said) == count


def test_a_card_that_tells_nothing_is_not_spoken_of() -> None:
    assert card_reading(sample(), 3) is None


def test_a_log_that_cannot_be_written_ends_the_watch_and_not_the_training() -> None:
    tried = threading.Event()

    def emit(event: AnyEvent) -> None:
        tried.set()
        raise TunesmithError("file.not_writable", what="", why="", remedy="", where="")

    watch = CardWatch(lambda: sample(gpu_power_w=1.0), emit, lambda: 1, every_s=0.001)
    with watch:
        assert tried.wait(PATIENCE_S)
        watch._thread.join(PATIENCE_S)
        assert not watch._thread.is_alive()


def test_on_the_processor_nothing_is_watched() -> None:
    said: list[AnyEvent] = []
    with card_watched(Device(torch.device("cpu"), "cpu", "Processor"), said.append, lambda: 1, lambda: None):
        assert not [thread for thread in threading.enumerate() if thread.name == "card watch"]
    assert said == []


def test_a_card_that_gets_too_hot_or_is_lost_is_warned_of_once_and_the_heat_writes_a_checkpoint() -> None:
    said: list[AnyEvent] = []
    dangers: list[int] = []
    danger = CardDanger(said.append, lambda: dangers.append(1))
    danger.look(sample(gpu_temperature_c=70.0, gpu_slowdown_c=95.0, gpu_slowed_by=["its power limit"]))
    assert said == [] and dangers == []
    for celsius in (93.0, 94.0):
        danger.look(sample(gpu_temperature_c=celsius, gpu_slowdown_c=95.0, gpu_slowed_by=[]))
    danger.look(sample(gpu_temperature_c=90.0, gpu_slowdown_c=None, gpu_slowed_by=["heat"]))
    for _ in range(2):
        danger.look(sample(gpu_lost=True))
    assert dangers == [1]
    hot, lost = said
    assert isinstance(hot, Warned) and hot.code == "engine.card_hot" and "93 °C" in hot.text
    assert isinstance(lost, Warned) and lost.code == "engine.card_silent"
