"""What the data inspector and the downloader say."""

from __future__ import annotations

from core.data.report import DatasetReport
from core.events.base import Event


class Inspected(Event, frozen=True, kw_only=True, tag="inspected"):
    """The data set as the model will see it."""

    report: DatasetReport


class Downloaded(Event, frozen=True, kw_only=True, tag="downloaded"):
    """A model lies whole in the folder `path`."""

    path: str
    revision: str
