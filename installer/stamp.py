"""The stamp in .venv that says what was installed for what, so that a second run can skip everything."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

READY, INSTALLING = "ready", "installing"


@dataclass(frozen=True)
class Stamp:
    """What an environment was set up for. `distributions` are versions by name, known once it is ready."""

    state: str
    root: str
    pyproject_sha256: str
    python: str
    torch: str
    extras: tuple[str, ...]
    distributions: dict[str, str]

    def serves(self, wanted: "Stamp", present: dict[str, str]) -> bool:
        """Whether nothing has to be done for `wanted`, given what is `present`."""
        same = replace(self, state=wanted.state, extras=wanted.extras, distributions=wanted.distributions) == wanted
        whole = all(present.get(name) == version for name, version in self.distributions.items())
        return self.state == READY and same and set(wanted.extras) <= set(self.extras) and whole


def wanted_stamp(root: Path, python: str, torch: str, extras: tuple[str, ...]) -> Stamp:
    """What is wanted now, from the checkout at `root`."""
    digest = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    return Stamp(INSTALLING, str(root), digest, python, torch, tuple(sorted(extras)), {})


def read_stamp(path: Path) -> Stamp | None:
    """The stamp at `path`; None if there is none or it can not be read, which means installing again."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(**{**values, "extras": tuple(values["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(stamp), indent=1), encoding="utf-8")
    part.replace(path)
