"""Models on the hub: what one is made of, and what of it to download. No weights are read here, and torch never is.

`read_metadata` reads a model's config and its weights' headers; `plan_download` says which files are to be fetched, how
large they are and how much of them is here already; the engine's downloader then fetches them through `open_file`.
"""

from __future__ import annotations

from core.models.hub.choice import HubFile
from core.models.hub.client import check_id, open_file
from core.models.hub.errors import reaching
from core.models.hub.metadata import HubModelFiles, read_metadata
from core.models.hub.plan import DownloadPlan, plan_download

__all__ = [
    "DownloadPlan",
    "HubFile",
    "HubModelFiles",
    "check_id",
    "open_file",
    "plan_download",
    "reaching",
    "read_metadata",
]
