"""The pages, in the order of the rail.

To add a page: write a subclass of `desktop.pages.page.Page` in its own file here, add its step to
`desktop.state.Step`, add one line below and an icon of the same name in resources/icons. Pages are imported when
first needed, so that the window paints soon.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from desktop.state import Step

if TYPE_CHECKING:
    from desktop.pages.page import Page


class PageEntry(NamedTuple):
    """A step of the rail: its word, its icon (a file in resources/icons), and where its class is."""

    step: Step
    title: str
    icon: str
    module: str
    class_name: str


PAGES: tuple[PageEntry, ...] = (
    PageEntry("hardware", "Hardware", "hardware", "desktop.pages.hardware", "HardwarePage"),
    PageEntry("model", "Model", "model", "desktop.pages.model", "ModelPage"),
    PageEntry("data", "Data", "data", "desktop.pages.data", "DataPage"),
    PageEntry("train", "Train", "train", "desktop.pages.train", "TrainPage"),
    PageEntry("chat", "Chat", "chat", "desktop.pages.chat", "ChatPage"),
    PageEntry("runs", "Runs", "runs", "desktop.pages.runs", "RunsPage"),
)


def page_class(entry: PageEntry) -> type[Page]:
    """The page's class, imported now."""
    found: type[Page] = getattr(importlib.import_module(entry.module), entry.class_name)
    return found
