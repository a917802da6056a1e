"""Pictures of all six pages, light and dark, at 1280x800 and at scale 1.5, with real content.

    python -m scripts.screenshots FOLDER [--home HOME] [--size 1280x800] [--scale 1 --scale 1.5]

Opens the real window without a screen, trains the starter model on the sample data with the recommended settings unless
HOME has a finished run already, chats with it, and grabs every page in both themes. Each scale is a process of its own,
as Qt's scale is. The files are PAGE-THEME-WIDTHxHEIGHT-SCALE.png; `train` is the page before a run, `training` during
it, `trained` after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LONGEST_WAIT_MS = 600_000
PROMPT_COUNT = 3


def main() -> int:
    """Take them all; 0 if every page was taken."""
    parser = argparse.ArgumentParser(description="Pictures of all six pages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, help="keep the run here, for the next time")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--scale", action="append", help="1 and 1.5 if not given")
    parser.add_argument("--this-scale", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.this_scale is not None:
        return Photographer(options.folder, options.size, options.this_scale).take_all()
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

    def take_all(self) -> int:
        """Every page, in the order of the work."""
        from desktop.intents import GoTo, NewRun, OpenRun

        self.until(lambda: self.store.state.settings is not None and self.store.state.dataset is not None)
        self.until(lambda: len(self.store.state.moments) > 5 and not self.store.state.busy)
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
        self.window.close()
        self.pause(1000)
        return 0

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

    def until(self, condition: Callable[[], bool]) -> None:
        """Let the window live until `condition` holds, which is looked at after every change of the state.

        Raises:
            TimeoutError: it never held; the window's errors are in the message.
        """
        from PySide6.QtCore import QEventLoop, QTimer

        loop, late = QEventLoop(), QTimer()
        late.setSingleShot(True)
        late.timeout.connect(loop.quit)
        late.start(LONGEST_WAIT_MS)

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


if __name__ == "__main__":
    sys.exit(main())
