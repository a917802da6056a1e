"""What the Model page lists: the starter, the models on this disk, and the catalogue. For background threads."""

from __future__ import annotations

from core import paths
from core.errors import TunesmithError
from core.fit.recommend import best_verdict
from core.fit.values import FitMachine, Verdict
from core.job import STARTER
from core.models import catalogue
from core.models.hub.plan import PARTIAL_FOLDER
from core.models.reading import read_folder, starter_spec
from core.models.spec import ModelSpec
from desktop.model_choice import ModelChoice

Listed = list[tuple[ModelChoice, ModelSpec]]


def listed_models() -> Listed:
    """Everything that can be chosen without typing, with its spec: starter, downloaded, catalogue (smallest first).

    Raises:
        TunesmithError: as `starter_spec`.
    """
    starter = starter_spec()
    first = ModelChoice(kind="starter", id=STARTER, title="Starter", path=starter.path, parameters=starter.parameters)
    here = _downloaded()
    known = {choice.title for choice, _ in here}
    return [(first, starter), *here, *(pair for pair in _catalogue() if pair[0].id not in known)]


def verdict_on(spec: ModelSpec, machine: FitMachine) -> Verdict:
    """Whether `spec` can be trained on `machine` with the best settings for it."""
    return best_verdict(spec, machine)


def begun_downloads() -> tuple[str, ...]:
    """Ids of the hub models of which a part is on this disk."""
    root = paths.models_dir() / PARTIAL_FOLDER
    return tuple(sorted(folder.name.replace("--", "/", 1) for folder in root.iterdir())) if root.is_dir() else ()


def _downloaded() -> Listed:
    """The whole models in the models folder; one that is not whole yet stays on the hub."""
    root = paths.models_dir()
    found: Listed = []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if folder.name.startswith(".") or not (folder / "config.json").is_file():
            continue
        try:
            spec = read_folder(folder)
        except TunesmithError:  # half downloaded or damaged: choosing it by hand says what is wrong
            continue
        title = folder.name.replace("--", "/", 1)
        choice = ModelChoice(
            kind="downloaded", id=folder.name, title=title, path=str(folder), parameters=spec.parameters
        )
        found.append((choice, spec))
    return found


def _catalogue() -> Listed:
    return [
        (
            ModelChoice(kind="catalogue", id=entry.id, title=entry.title, parameters=entry.parameters),
            catalogue.spec_of(entry.name),
        )
        for entry in catalogue.models()
    ]
