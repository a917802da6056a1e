"""The main job on a real NVIDIA card, through the same tasks as the window. Skips itself where there is none."""

from __future__ import annotations

import pytest

from core.events import AnyEvent, ChatReady, Finished, Memory, Started
from core.hardware.probe import probe
from core.requests import Sampling
from core.tasks import train
from core.tasks.chat import ChatSession
from core.tasks.follow import RunEvents
from core.tasks.prepare import prepare

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not probe().gpus, reason="there is no NVIDIA card here"),
]


@pytest.mark.parametrize(
    "settings",
    [
        ("quantization=none", "compute_dtype=bf16"),
        ("quantization=int8", "compute_dtype=bf16"),
        ("quantization=nf4", "compute_dtype=bf16", "optimizer=adamw_8bit"),
        ("quantization=nf4", "compute_dtype=bf16", "optimizer=paged_adamw_8bit", "gradient_checkpointing=true"),
    ],
    ids=lambda pairs: " ".join(pair.partition("=")[2] for pair in pairs),
)
def test_the_starter_trains_on_the_card_and_both_columns_answer(settings: tuple[str, ...]) -> None:
    prepared = prepare("starter", None, [*settings, "max_steps=12"], lambda event: None)
    assert prepared.recommendation.machine.is_gpu
    run = train.start(prepared.job, prepared.plan)
    events = list(RunEvents(run))
    (started,) = [event for event in events if isinstance(event, Started)]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert started.device.startswith("cuda")
    assert finished.state == "finished"
    assert finished.loss_first is not None and finished.loss_last is not None
    assert finished.loss_last < finished.loss_first
    memory = [event for event in events if isinstance(event, Memory)]
    assert all(0 < event.process_bytes <= event.device_used_bytes <= event.device_total_bytes for event in memory)
    heard: list[AnyEvent] = []
    with ChatSession(run.name, Sampling(max_new_tokens=16), heard.append) as session:
        (result,) = session.ask_each(["What colour is grass?"])
    (ready,) = [event for event in heard if isinstance(event, ChatReady)]
    assert ready.base_difference == 0.0
    assert result.answers["base"] and result.answers["tuned"]
