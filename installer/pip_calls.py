"""The few things asked of pip, each with a time limit or a live line, and its failures in words."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from installer.children import ENDED, Children, give_up
from installer.distributions import build_by_requirements
from installer.progress import Step

QUIET = ("--disable-pip-version-check", "--no-input")
LOOK_TIMEOUT_S = 10
LOOK_LIMIT_S = 60.0
DOWNLOADING_WHEEL = re.compile(r"Downloading \S*?torch-([^-\s]+)-\S+\.whl \(")


@dataclass(frozen=True)
class Pip:
    """pip of one environment, run by its own Python."""

    python: Path
    children: Children

    def _command(self, *words: str) -> list[str]:
        return [str(self.python), "-I", "-m", "pip", *QUIET, *words]

    def is_satisfied(self, requirement: str, step: Step) -> bool:
        """Whether what is installed meets `requirement`; looks at nothing but the environment."""
        words = ("install", "--dry-run", "--no-index", "--no-deps", requirement)
        code, output = self.children.run(self._command(*words), step, LOOK_LIMIT_S)
        # A wheel in a folder that pip's settings name would also end with 0.
        return code == 0 and "Would install" not in output

    def look(self, requirement: str, index: str | None, step: Step) -> str | None:
        """The build ("cpu", "cu126", ...) that pip would install, without downloading it.

        None if nothing was found in time. From an index without separate metadata pip would download the wheel: it is
        stopped there, and "unknown" stands for a name without a local version, which is PyTorch's default build.
        """
        report = self.children.log.with_name("pip-report.json")
        report.unlink(missing_ok=True)
        code, output = self.children.run(
            self._command(
                "install", "--dry-run", "--ignore-installed", "--no-deps", "--progress-bar", "off", "--retries", "1",
                "--timeout", str(LOOK_TIMEOUT_S), "--report", str(report), *_index(index), requirement,
            ),
            step, LOOK_LIMIT_S, until=DOWNLOADING_WHEEL,
        )  # fmt: skip
        wheel = DOWNLOADING_WHEEL.search(output)
        if code == ENDED and wheel:
            return local_version(wheel[1]) or "unknown"
        if code:
            return None
        package = json.loads(report.read_text(encoding="utf-8"))["install"][0]["metadata"]
        report.unlink()
        return local_version(package["version"]) or build_by_requirements(package.get("requires_dist", []))

    def install(self, requirements: list[str], index: str | None, doing: str, step: Step) -> None:
        """Install, with the user's own settings of pip. Raises SetupError with the log's tail on the screen."""
        words = ("install", "--progress-bar", "off", "--retries", "3", *_index(index), *requirements)
        self._must(self._command(*words), doing, step)

    def uninstall(self, name: str, step: Step) -> None:
        self._must(self._command("uninstall", "--yes", name), f"removing {name}", step)

    def _must(self, command: list[str], doing: str, step: Step) -> None:
        code, output = self.children.run(command, step)
        if code:
            give_up(output, doing, step, f"log: {self.children.log}")


def local_version(version: str) -> str:
    """The "cpu" of "2.13.0+cpu", also as an address writes it; empty if there is none."""
    return unquote(version).partition("+")[2]


def _index(index: str | None) -> tuple[str, ...]:
    return ("--index-url", index) if index else ()
