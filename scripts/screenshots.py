"""Pictures of all six pages, light and dark, at 1280x800 and at scale 1.5, with real content.

    python -m scripts.screenshots FOLDER [--home HOME] [--size 1280x800] [--scale 1 --scale 1.5]
                                         [--only work|fit|learning|compare|sweep]

Opens the real window without a screen, trains the starter model on the sample data with the recommended settings unless
HOME has a finished run already, chats with it, and grabs every page in both themes. Each scale is a process of its own,
as Qt's scale is. The files are PAGE-THEME-WIDTHxHEIGHT-SCALE.png; `train` is the page before a run, `training` during
it, `trained` after. `fit` are Hardware, Model and Train as they plan models that are not here for a card that is not
here: one that fits, one whose settings were set too high, and one that does not fit at all. `learning` is the Train
page with a search for a learning rate, what the trained model said on the way, and the next run that its verdict
proposes. `compare` is the Runs page with two runs side by side.
`sweep`, which takes a while and only comes when it is asked for, is a sweep of six runs started by clicks:
its form, its table and picture on the way and at the end, and its runs among the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LONGEST_WAIT_MS = 600_000
SWEEP_MINUTES, LONGEST_SWEEP_MS = "10", 3_600_000
CARD = "RTX 3090"
FITTING, TOO_LARGE = "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-4-Scout-17B-16E-Instruct"
ROWS, JOINED = 2000, 12  # of the data for `fit`: rows, each of so many of the sample's conversations
PROMPT_COUNT = 3


def main() -> int:
    """Take them all; 0 if every page was taken."""
    parser = argparse.ArgumentParser(description="Pictures of all six pages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, help="keep the run here, for the next time")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--scale", action="append", help="1 and 1.5 if not given")
    parser.add_argument("--only", choices=["work", "fit", "learning", "compare", "sweep"], help="only some of them")
    parser.add_argument("--this-scale", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.this_scale is not None:
        photographer = Photographer(options.folder, options.size, options.this_scale)
        return photographer.take_all(options.only)
    with tempfile.TemporaryDirectory() as temporary:
        home = options.home or Path(temporary)
        return max(_at_scale(scale, options, home) for scale in options.scale or ["1", "1.5"])


def _at_scale(scale: str, options: argparse.Namespace, home: Path) -> int:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "TUNESMITH_HOME": str(home.resolve()),
    }
    command = [sys.executable, "-m", "scripts.screenshots", str(options.folder), "--size", options.size]
    command += ["--only", options.only] if options.only else []
    return subprocess.run([*command, "--this-scale", scale], env=environment, check=False).returncode


class Photographer:
    """The open window and where its pictures go."""

    def __init__(self, folder: Path, size: str, scale: str) -> None:
        from PySide6.QtWidgets import QApplication

        from desktop.app import Session

        self._folder = folder
        self._suffix = f"{size}-{scale}"
        self.app = QApplication([])
        self.session = Session(self.app)
        self.window = self.session.window
        self.store = self.session.store
        self.session.open()
        self.window.resize(*map(int, size.split("x")))

    def take_all(self, only: str | None) -> int:
        """Every page, in the order of the work; or a part of them. 0."""
        self.until(lambda: self.store.state.settings is not None and self.store.state.dataset is not None)
        self.until(lambda: len(self.store.state.moments) > 5 and not self.store.state.busy)
        parts = {"work": self._take_work, "learning": self._take_learning, "fit": self._take_fit}
        parts |= {"compare": self._take_compared}
        for name, take in (parts | {"sweep": self._take_sweep}).items():
            if only == name or (only is None and name in parts):
                take()
        self.window.close()
        self.pause(1000)
        return 0

    def _take_work(self) -> None:
        from desktop.intents import GoTo, NewRun, OpenRun

        self.window.dispatcher.dispatch(NewRun())
        for step in ("hardware", "model", "data", "train"):
            self.window.dispatcher.dispatch(GoTo(step))
            self.take(step)
        name = self._finished() or self._train()
        self.window.dispatcher.dispatch(OpenRun(name))
        self.until(lambda: self.store.state.training is not None and self.store.state.training.caught_up)
        self.take("trained")
        self._chat(name)
        self.window.dispatcher.dispatch(GoTo("runs"))
        self.until(lambda: self.store.state.run_details is not None)
        self.take("runs")

    def _take_compared(self) -> None:
        from desktop.intents import GoTo, OpenRun, PickRuns, PlanLike, StartTraining

        dispatch = self.window.dispatcher.dispatch
        first = self._finished() or self._train()
        if sum(run.state == "finished" for run in self.store.state.runs) < 2:
            dispatch(PlanLike(first, {"lora_rank": 4, "learning_rate": 0.0005, "epochs": 2.0}))
            self.until(lambda: self.store.state.training is None and self.store.state.plan == "yours")
            dispatch(StartTraining())
            self.until(lambda: sum(run.state == "finished" for run in self.store.state.runs) > 1)
        names = tuple(run.name for run in self.store.state.runs if run.state == "finished")[:3]
        dispatch(OpenRun(first))
        dispatch(GoTo("runs"))
        dispatch(PickRuns(names))
        self.until(lambda: len(self.store.state.compared) == len(names))
        self.take("runs-compared")

    def _take_learning(self) -> None:
        from desktop.intents import FindRate, GoTo, NewRun, OpenRun, PlanLike, SetSamplePrompts
        from desktop.pages.train import TrainPage

        dispatch, page = self.window.dispatcher.dispatch, self.window.page("train")
        assert isinstance(page, TrainPage)
        dispatch(NewRun())
        dispatch(GoTo("train"))
        dispatch(FindRate())
        self.until(lambda: len(self.store.state.rate_test.points) > 60)
        self.take("train-rate-looking")
        self.until(lambda: not self.store.state.rate_test.running)
        self.take("train-rate")
        dispatch(SetSamplePrompts(("Who are you?", "What is the weather like today?", "Can you help me?")))
        name = self._finished() or self._train()
        dispatch(OpenRun(name))
        self.until(lambda: self.store.state.training is not None and self.store.state.training.caught_up)
        self.take("trained-verdict")
        samples = page.settings.samples
        samples.slider.setValue(samples.slider.maximum() // 2)
        self.take("trained-samples")
        judged = self.store.state.training.summary.judged if self.store.state.training is not None else None
        if judged is not None and judged.changes:
            dispatch(PlanLike(name, judged.changes))
            self.until(lambda: self.store.state.training is None and self.store.state.plan == "yours")
        page.settings.prompts.set_open(True)
        self.pause(300)
        page.settings.scroll.ensureWidgetVisible(page.settings.prompts)
        self.take("train-next")

    def _take_fit(self) -> None:
        from desktop.intents import ChangeSettings, ChooseData, GoTo, NewRun, TryCard

        dispatch, state = self.window.dispatcher.dispatch, self.store.state
        with tempfile.TemporaryDirectory() as folder:
            dispatch(NewRun())
            dispatch(ChooseData(_long_rows(Path(folder))))
            self.until(lambda: self.store.state.dataset is not None and self.store.state.dataset is not state.dataset)
        dispatch(TryCard(CARD))
        self.until(lambda: self.store.state.fit_machine is not None and self.store.state.fit_machine.simulated)
        dispatch(GoTo("hardware"))
        self.take("fit-hardware")
        self._plan(FITTING, "8b")
        dispatch(ChangeSettings({"per_device_batch_size": 16, "max_seq_length": 2048}))
        self.until(lambda: bool(self.store.state.alternatives))
        self.until(lambda: self.store.state.rehearsing.phase in ("done", "failed"))
        self.take("fit-train-8b-over")
        self._plan(TOO_LARGE, "scout")

    def _plan(self, model: str, name: str) -> None:
        """Choose a model of the hub; the Model and the Train page once its rehearsal is there."""
        from desktop.intents import ChooseHubModel, GoTo

        def is_planned() -> bool:
            state = self.store.state
            known = state.model is not None and state.model.path == model and state.cost is not None
            return known and state.rehearsing.phase in ("done", "failed")

        self.window.dispatcher.dispatch(GoTo("model"))
        self.window.dispatcher.dispatch(ChooseHubModel(model))
        self.until(is_planned)
        self.until(lambda: all(choice.verdict for choice in self.store.state.model_choices))
        self.take(f"fit-model-{name}")
        self.window.dispatcher.dispatch(GoTo("train"))
        self.take(f"fit-train-{name}")

    def _take_sweep(self) -> None:
        from desktop.intents import GoTo, NewRun, OpenSweep

        self.window.dispatcher.dispatch(NewRun())
        self.window.dispatcher.dispatch(GoTo("train"))
        state = self.store.state
        name = next(iter(state.sweeps), "")
        if not name:
            name = self._sweep()
        self.window.dispatcher.dispatch(OpenSweep(name))
        self.until(lambda: self._sweep_state() == "finished" and not self.store.state.active, LONGEST_SWEEP_MS)
        self.take("sweep-end")
        self.window.dispatcher.dispatch(GoTo("runs"))
        self.until(lambda: self.store.state.run_details is not None)
        self.take("sweep-runs")

    def _sweep(self) -> str:
        """A sweep of six, by the page's own buttons and fields; its name."""
        from PySide6.QtTest import QTest

        from desktop.pages.train import TrainPage

        page = self.window.page("train")
        assert isinstance(page, TrainPage)
        page.header.secondary.click()
        self.until(lambda: self.store.state.sweep is not None and self.store.state.cost is not None)
        budget = page.sweep.form.budget
        budget.selectAll()
        QTest.keyClicks(budget, SWEEP_MINUTES)
        self.take("sweep-form")
        page.header.primary.click()
        self.until(lambda: self._sweep_share() > 0.55, LONGEST_SWEEP_MS)
        self.take("sweep-on-its-way")
        assert self.store.state.sweep is not None
        return self.store.state.sweep.name

    def _sweep_state(self) -> str:
        view = self.store.state.sweep
        return view.table.state if view is not None and view.table is not None else ""

    def _sweep_share(self) -> float:
        """How much is done; 1 also where it ended otherwise."""
        view = self.store.state.sweep
        if view is None or view.table is None:
            return 0.0
        return 1.0 if view.table.state in ("failed", "died", "stopped") else view.table.share

    def _finished(self) -> str | None:
        return next((run.name for run in self.store.state.runs if run.state == "finished"), None)

    def _train(self) -> str:
        from desktop.intents import StartTraining

        self.window.dispatcher.dispatch(StartTraining())
        self.until(lambda: self.store.state.active is not None and self.store.state.active.share > 0.4)
        self.take("training")
        self.until(lambda: self._finished() is not None)
        return str(self._finished())

    def _chat(self, name: str) -> None:
        from core.requests import Sampling
        from desktop.intents import ChatWith, SendPrompt

        self.window.dispatcher.dispatch(ChatWith(name))
        self.until(lambda: self.store.state.chat.phase in ("ready", "failed"))
        if self.store.state.chat.phase == "failed":
            raise RuntimeError(f"The chat did not open: {self.store.state.errors.get('chat')}")
        for prompt in self.store.state.chat.prompts[:PROMPT_COUNT]:
            self.window.dispatcher.dispatch(SendPrompt(prompt, Sampling()))
            self.until(lambda: not self.store.state.chat.answering)
        self.take("chat")

    def take(self, page: str) -> None:
        """The window as it is, light and dark."""
        from desktop.style.theme import theme

        for dark in (False, True):
            theme().wear(self.app, dark=dark)
            self.pause(300)
            path = self._folder / f"{page}-{'dark' if dark else 'light'}-{self._suffix}.png"
            if not self.window.grab().save(str(path)):
                raise OSError(f"{path} cannot be written.")
            print(path)

    def until(self, condition: Callable[[], bool], longest_ms: int = LONGEST_WAIT_MS) -> None:
        """Let the window live until `condition` holds, which is looked at after every change of the state.

        Raises:
            TimeoutError: it never held; the window's errors are in the message.
        """
        from PySide6.QtCore import QEventLoop, QTimer

        loop, late = QEventLoop(), QTimer()
        late.setSingleShot(True)
        late.timeout.connect(loop.quit)
        late.start(longest_ms)

        def look() -> None:
            if condition():
                loop.quit()

        self.store.changed.connect(look)
        if not condition():
            loop.exec()
        self.store.changed.disconnect(look)
        late.stop()
        if not condition():
            raise TimeoutError(f"The window never got there: {[str(e) for e in self.store.state.errors.values()]}")

    def pause(self, milliseconds: int) -> None:
        """Let layouts and paints settle; pictures, unlike tests, may wait on time."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()


def _long_rows(folder: Path) -> Path:
    """A file of conversations that are as long as people's own often are, made of the sample's."""
    sample = Path(__file__).parents[1] / "resources" / "samples" / "pirate.jsonl"
    turns = [json.loads(line)["messages"] for line in sample.read_text(encoding="utf-8").splitlines()]
    path = folder / "conversations.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            picked = [turns[(number * 7 + part * 31) % len(turns)] for part in range(1 + number % JOINED)]
            file.write(json.dumps({"messages": [turn for one in picked for turn in one]}) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
