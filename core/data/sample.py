"""The sample data that ships, and where the data of a job lies."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from core.job import DatasetRef

SAMPLE_FILE = "samples/pirate.jsonl"


def sample_path() -> Path:
    """The sample data set: a chat file that teaches the manner of a pirate."""
    return Path(str(files("resources").joinpath(SAMPLE_FILE)))


def dataset_path(dataset: DatasetRef) -> Path:
    """The file that `dataset` means."""
    return sample_path() if dataset.source == "sample" else Path(dataset.path).expanduser()
