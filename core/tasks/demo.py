"""The whole main job on what ships: detect, recommend, train, and let base and tuned answer side by side."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import msgspec

from core.errors import TunesmithError
from core.events import AnyEvent, Failed, Finished
from core.fit.values import Recommendation
from core.hardware.machine import Machine
from core.requests import Sampling
from core.runs.run import Run
from core.scoring import load_held_out, load_manner, score
from core.tasks import train
from core.tasks.chat import ChatResult, ChatSession
from core.tasks.follow import RunEvents, failure
from core.tasks.plots import write_plots
from core.tasks.prepare import Prepared, prepare

EXAMPLES = 5
LONGEST_ANSWER_TOKENS = 64  # the sample's answers have at most about 40

Listener = Callable[[AnyEvent], None]


class DemoResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo saw; the keys of `tunesmith demo --json`. Shares are 0 to 1, `seconds` is the time it all took."""

    hardware: Machine
    recommendation: Recommendation
    run: str
    loss_first: float
    loss_last: float
    manner: dict[str, float]
    right: dict[str, float]
    examples: list[ChatResult]
    plots: list[str]
    seconds: float


def demo(on_prepared: Callable[[Prepared], None], on_event: Listener) -> DemoResult:
    """Do it all; blocks about two minutes on two cores.

    Args:
        on_prepared: hears what was detected and recommended, before training starts.
        on_event: hears every event of the workers.

    Raises:
        TunesmithError: whatever goes wrong on the way.
    """
    began = time.monotonic()
    prepared = prepare("starter", None, [], on_event)
    on_prepared(prepared)
    run = train.start(prepared.job, prepared.plan)
    finished = _train(run, on_event)
    answers = _ask(run, on_event)
    plots = write_plots(run.events(), run.path / "plots", finished.predicted_memory_bytes)
    assert finished.loss_first is not None and finished.loss_last is not None
    return DemoResult(
        hardware=prepared.machine,
        recommendation=prepared.recommendation,
        run=run.name,
        loss_first=finished.loss_first,
        loss_last=finished.loss_last,
        examples=answers[:EXAMPLES],
        plots=[str(path) for path in plots],
        seconds=round(time.monotonic() - began, 1),
        **_shares(answers),
    )


def _train(run: Run, on_event: Listener) -> Finished:
    events = RunEvents(run)
    try:
        return _last_word(run, events, on_event)
    except KeyboardInterrupt:
        train.stop(run.name)
        with contextlib.suppress(TunesmithError):  # a worker that had not begun to train ends without a word
            for event in events:
                on_event(event)
        raise


def _last_word(run: Run, events: RunEvents, on_event: Listener) -> Finished:
    error: TunesmithError | None = None
    for event in events:
        on_event(event)
        if isinstance(event, Failed):
            error = failure(event)
        if isinstance(event, Finished) and event.state == "finished":
            return event
    raise error or _stopped(run)


def _stopped(run: Run) -> TunesmithError:
    return TunesmithError(
        "demo.stopped",
        what="The demo's training was stopped.",
        why="Somebody told the run to stop.",
        remedy=f"`tunesmith train --resume {run.name}` goes on with it.",
        where=str(run.path),
    )


def _ask(run: Run, on_event: Listener) -> list[ChatResult]:
    prompts = [held_out.prompt for held_out in load_held_out()]
    with ChatSession(run.name, Sampling(max_new_tokens=LONGEST_ANSWER_TOKENS), on_event) as session:
        return session.ask_each(prompts)


def _shares(answers: list[ChatResult]) -> dict[str, dict[str, float]]:
    """The share of answers in the manner and of right answers, base and tuned, by the rules of `core.scoring`."""
    prompts, manner = load_held_out(), load_manner()
    base, tuned = (score(prompts, [a.answers[column] for a in answers], manner) for column in ("base", "tuned"))
    return {
        "manner": {"prompts": base.prompts, "base_share": base.manner, "tuned_share": tuned.manner},
        "right": {"base_share": base.right, "tuned_share": tuned.right},
    }
