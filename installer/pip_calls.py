"""The few things asked of pip, each with a time limit or a live line, and its failures in words."""

import json
from dataclasses import dataclass
from pathlib import Path

from installer.children import TIMED_OUT, Children, give_up
from installer.distributions import build_by_requirements
from installer.progress import Step

QUIET = ("--disable-pip-version-check", "--no-input")
LOOK_TIMEOUT_S = 10
LOOK_LIMIT_S = 60.0


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

        None if nothing was found in time; "unknown" if the index was reached but has to be downloaded from to tell.
        """
        report = self.children.log.with_name("pip-report.json")
        report.unlink(missing_ok=True)
        code, output = self.children.run(
            self._command(
                "install", "--dry-run", "--ignore-installed", "--no-deps", "--progress-bar", "off", "--retries", "1",
                "--timeout", str(LOOK_TIMEOUT_S), "--report", str(report), *_index(index), requirement,
            ),
            step, LOOK_LIMIT_S,
        )  # fmt: skip
        if code == TIMED_OUT and "Downloading" in output:
            return "unknown"
        if code:
            return None
        package = json.loads(report.read_text(encoding="utf-8"))["install"][0]["metadata"]
        report.unlink()
        return package["version"].partition("+")[2] or build_by_requirements(package.get("requires_dist", []))

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


def _index(index: str | None) -> tuple[str, ...]:
    return ("--index-url", index) if index else ()
