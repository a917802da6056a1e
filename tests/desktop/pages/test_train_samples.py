"""What the model says while it trains: the time line beside the plots, and the prompts of the next run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.events import AnyEvent, Sample, StateChanged
from core.events.stream import encode
from core.job import MOST_PROMPTS
from core.models.reading import starter_spec
from core.runs.log import FILE
from core.runs.run import Run
from desktop.controllers.fit import FitController
from desktop.controllers.next_run import NextRunController
from desktop.controllers.training import TrainingController
from desktop.intents import SetSamplePrompts
from desktop.pages.train import TrainPage
from desktop.sample_line import MOST_STEPS, steps_of, up_to, with_sample
from tests.desktop.bench import Bench, bench
from tests.desktop.pages.test_train_page import ram, report
from tests.desktop.runs_on_disk import make_run

PROMPTS = ("What is the sea?", "Who are you?")


def said(step: int) -> list[AnyEvent]:
    return [Sample(step=step, prompt=prompt, text=f"{prompt[:3]} at {step}") for prompt in PROMPTS]


def say(run: Run, *events: AnyEvent) -> None:
    with (run.path / FILE).open("ab") as log:
        log.write(b"".join(encode(event) for event in events))


def show(qtbot: QtBot, made: Bench, run: Run) -> TrainPage:
    made.store.update(run=run.name)
    qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.caught_up)
    assert isinstance(made.page, TrainPage)
    return made.page


def right(page: TrainPage) -> list[str]:
    return [pair[1].words.text() for pair in page.settings.samples.grid.answers if pair[1].isVisible()]


def test_the_newest_answers_stand_beside_the_first_until_another_step_is_looked_at(qtbot: QtBot) -> None:
    run = make_run("running", steps=10)
    say(run, *said(0))
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        panel = page.settings.samples
        assert not panel.slider.isEnabled() and right(page) == ["Not asked yet."] * 2
        assert [prompt.text() for prompt in panel.grid.prompts] == list(PROMPTS)
        say(run, *said(20), *said(40))
        qtbot.waitUntil(lambda: panel.place.text() == "Step 40 of 60, the newest")
        assert right(page) == ["Wha at 40", "Who at 40"]
        assert [pair[0].words.text() for pair in panel.grid.answers] == ["Wha at 0", "Who at 0"]
        assert panel.grid.heads[0].text() == "Before training" and panel.grid.heads[1].text() == "After step 40"

        panel.slider.setFocus()
        qtbot.keyClick(panel.slider, Qt.Key.Key_Left)
        assert right(page) == ["Wha at 20", "Who at 20"] and panel.place.text() == "Step 20 of 60"
        say(run, *said(60), StateChanged(state="finished"))
        qtbot.waitUntil(lambda: made.state.training is not None and len(made.state.training.samples) == 8)
        assert right(page) == ["Wha at 20", "Who at 20"]
        qtbot.keyClick(panel.slider, Qt.Key.Key_End)
        assert right(page) == ["Wha at 60", "Who at 60"]


def test_a_run_that_was_never_asked_says_so(qtbot: QtBot) -> None:
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, make_run("finished"))
        assert page.settings.samples.empty.text() == "Nothing was asked in this run."
        assert not page.settings.samples.slider.isVisible()
        page = show(qtbot, made, make_run("running", steps=5))
        qtbot.waitUntil(lambda: page.settings.samples.empty.text().startswith("Some prompts are asked"))


def test_another_run_is_shown_at_its_newest_step(qtbot: QtBot) -> None:
    runs = [make_run("finished") for _ in range(2)]
    for run, last in zip(runs, (20, 40), strict=True):
        say(run, *(event for step in range(0, last + 1, 20) for event in said(step)))
    with bench(qtbot, TrainPage(), TrainingController) as made:
        panel = show(qtbot, made, runs[0]).settings.samples
        panel.slider.setValue(0)
        assert panel.place.text() == "Step 0 of 60"
        made.store.update(run=runs[1].name)
        qtbot.waitUntil(lambda: panel.place.text() == "Step 40 of 60, the newest")


def test_prompts_are_typed_one_a_line_and_go_into_the_next_run(qtbot: QtBot) -> None:
    with bench(qtbot, TrainPage(), FitController, NextRunController) as made:
        made.store.update(model=starter_spec(), dataset=report([40] * 400), fit_machine=ram())
        qtbot.waitUntil(lambda: made.state.settings is not None)
        page = made.page
        assert isinstance(page, TrainPage)
        editor = page.settings.prompts
        qtbot.mouseClick(editor.handle, Qt.MouseButton.LeftButton)
        editor.edit.setFocus()
        qtbot.keyClicks(editor.edit, "Why? ")
        qtbot.keyClick(editor.edit, Qt.Key.Key_Return)
        qtbot.keyClicks(editor.edit, "How")
        assert made.asked[-1] == SetSamplePrompts(("Why?", "How"))
        assert made.state.sample_prompts == ("Why?", "How") and editor.edit.toPlainText() == "Why? \nHow"
        editor.edit.setPlainText("\n".join(f"{number}?" for number in range(12)))
        assert len(made.state.sample_prompts) == MOST_PROMPTS


def test_very_many_samples_are_thinned_and_first_and_last_stay() -> None:
    samples: tuple[Sample, ...] = ()
    for step in range(10 * MOST_STEPS):
        samples = with_sample(samples, Sample(step=step, prompt="Why?", text=str(step)))
    steps = steps_of(samples)
    assert len(steps) <= MOST_STEPS and steps[0] == 0 and steps[-1] == 10 * MOST_STEPS - 1
    assert steps_of(up_to(samples, 0)) == [0]


def test_what_is_said_again_after_a_resumption_takes_the_place_of_what_was() -> None:
    samples: tuple[Sample, ...] = ()
    for event in [*said(0), *said(20), *said(40), *said(20)]:
        assert isinstance(event, Sample)
        samples = with_sample(samples, event)
    assert [(one.step, one.prompt) for one in samples] == [(step, p) for step in (0, 20) for p in PROMPTS]
