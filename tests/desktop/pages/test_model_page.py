"""The Model page: real folders, the real catalogue, and real downloads from a hub on this machine."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import paths
from core.fit.cards import known_card
from core.fit.describe import sentence
from core.fit.machine import plan_for_card
from core.fit.recommend import recommend
from core.models.location import starter_path
from core.models.reading import starter_spec
from desktop.controllers.model import ModelController
from desktop.intents import CancelDownload, ChooseHubModel, ChooseModelFolder, DownloadModel, GoTo
from desktop.pages.model import ModelPage
from tests.desktop.bench import Bench, bench
from tests.hub_server import HubServer, Repository

WORKER_MS = 300_000
ID = "smiths/starter"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    from huggingface_hub import close_session, constants

    folder = tmp_path / "repository"
    shutil.copytree(starter_path(), folder)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with HubServer({ID: Repository(folder)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
        if server.between_pieces is not None:
            server.between_pieces.set()
        close_session()


def page_of(made: Bench) -> ModelPage:
    assert isinstance(made.page, ModelPage)
    return made.page


def wait_for_model(qtbot: QtBot, made: Bench, source: str) -> None:
    qtbot.waitUntil(lambda: made.state.model is not None and made.state.model.source == source)


def titles(page: ModelPage) -> list[str]:
    return [row.title for row in page.list.rows()]


def test_it_opens_with_the_starter_and_lists_the_catalogue_with_its_fit_as_a_word(qtbot: QtBot) -> None:
    card = plan_for_card(known_card("RTX 3090"))
    with bench(qtbot, ModelPage(), ModelController) as made:
        wait_for_model(qtbot, made, "starter")
        page = page_of(made)
        qtbot.waitUntil(lambda: len(made.state.model_choices) > 10)
        made.store.update(fit_machine=card)
        qtbot.waitUntil(lambda: all(row.verdict for row in page.list.rows() if row.key))
        words = {row.title: row.words for row in page.list.rows()}
        assert words["Llama 3.1 8B Instruct"].endswith("fits")
        assert words["Llama 3.3 70B Instruct"].endswith("does not fit")
        assert page.list.current_key() == "starter"
        assert page.detail.name.text() == "Starter"
        assert ("Parameters", f"{starter_spec().parameters:,}") in page.detail.sizes.rows()
        assert sum(line.share for line in page.detail.groups.lines) == pytest.approx(1.0)
        made.store.update(recommendation=recommend(starter_spec(), card))
        assert page.header.sentence.text() == sentence(made.state.recommendation)
        assert page.detail.bar.values is not None
        assert page.detail.bar.values.capacity_bytes == card.memory_total_bytes
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        assert made.asked == [GoTo("data")]


def test_a_catalogue_model_is_found_by_typing_and_chosen_with_the_keys(qtbot: QtBot) -> None:
    with bench(qtbot, ModelPage(), ModelController) as made:
        qtbot.waitUntil(lambda: len(made.state.model_choices) > 10)
        page = page_of(made)
        qtbot.keyClicks(page.search, "qwen3 14b")
        assert titles(page) == ["On the hub", "Qwen3 14B"]
        qtbot.keyClick(page.search, Qt.Key.Key_Down)
        assert page.list.current_key() == "hub:Qwen/Qwen3-14B"
        assert made.asked == []
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
        assert made.asked == [ChooseHubModel("Qwen/Qwen3-14B")]
        wait_for_model(qtbot, made, "hub")
        assert page.header.primary.text().startswith("Download ")
        assert "of disk" in page.detail.disk.text()
        qtbot.keyClick(page.search, Qt.Key.Key_Escape)
        assert page.search.text() == "" and len(titles(page)) > 10


def test_what_nobody_knows_offers_the_hub_or_says_how(qtbot: QtBot) -> None:
    with bench(qtbot, ModelPage()) as made:
        page = page_of(made)
        page.search.setText("https://huggingface.co/someone/Their-Model_1.5")
        assert titles(page) == ["Look up someone/Their-Model_1.5 on the hub"]
        page.search.setText("zzz")
        assert titles(page) == ["Nothing found. To look on the hub, write owner/name."]
        assert page.list.rows()[0].key == ""


def test_a_folder_that_is_dropped_becomes_the_model(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    shutil.copytree(starter_path(), folder)
    with bench(qtbot, ModelPage(), ModelController) as made:
        wait_for_model(qtbot, made, "starter")
        drop(made.page, folder)
        assert made.asked == [ChooseModelFolder(folder)]
        wait_for_model(qtbot, made, "folder")
        page = page_of(made)
        assert page.detail.name.text() == "my model" and page.detail.place.text() == str(folder)
        assert page.list.current_key() == f"folder:{folder}"


def drop(page: ModelPage, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(50, 50), action, mime, buttons, keys))
    assert page.drop.overlay.isVisible()
    QApplication.sendEvent(page, QDropEvent(QPointF(50, 50), action, mime, buttons, keys))


@pytest.mark.parametrize(("files", "code"), [(["notes.txt"], "model.no_config"), (["pickle"], "model.pickle_only")])
def test_a_bad_folder_says_where_why_and_what_to_do(qtbot: QtBot, tmp_path: Path, files: list[str], code: str) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    if files == ["pickle"]:
        shutil.copy(starter_path() / "config.json", folder)
        (folder / "pytorch_model.bin").write_bytes(b"not loaded")
    with bench(qtbot, ModelPage(), ModelController) as made:
        wait_for_model(qtbot, made, "starter")
        made.dispatch(ChooseModelFolder(folder))
        qtbot.waitUntil(lambda: "model" in made.state.errors)
        page, error = page_of(made), made.state.errors["model"]
        assert error.code == code and str(folder) in error.where and error.remedy
        assert page.banner.isVisible() and not page.header.primary.isVisible()
        assert page.places.currentWidget() is page.none
        qtbot.mouseClick(page.none.button, Qt.MouseButton.LeftButton)
        wait_for_model(qtbot, made, "starter")
        assert not page.banner.isVisible()


def test_a_hub_model_is_looked_up_downloaded_stopped_and_gone_on_with(qtbot: QtBot, hub: HubServer) -> None:
    with bench(qtbot, ModelPage(), ModelController) as made:
        wait_for_model(qtbot, made, "starter")
        page = page_of(made)
        qtbot.keyClicks(page.search, ID)
        qtbot.keyClick(page.search, Qt.Key.Key_Return)
        wait_for_model(qtbot, made, "hub")
        hub.between_pieces = threading.Event()
        assert made.state.hub_model == ID and page.search.text() == ""
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        assert made.asked[-1] == DownloadModel() and made.state.downloading == ID
        partial = paths.models_dir() / ".partial" / ID.replace("/", "--")
        qtbot.waitUntil(lambda: has_bytes(partial), timeout=WORKER_MS)
        assert page.header.primary.text() == "Stop the download"
        assert made.page.escape(made.state) == CancelDownload()
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        assert made.state.downloading == "" and "model" not in made.state.busy
        qtbot.waitUntil(lambda: page.header.primary.text() == "Go on with the download")

        hub.between_pieces.set()
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        wait_for_downloaded(qtbot, made)
        assert page.detail.name.text() == ID
        assert page.list.current_key() == f"folder:{paths.models_dir() / ID.replace('/', '--')}"
        qtbot.waitUntil(lambda: "On this disk" in titles(page))


def has_bytes(partial: Path) -> bool:
    """Whether a file has begun to arrive; one that has just arrived whole has another name by now."""
    for file in partial.rglob("*.unfinished"):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_size:
                return True
    return False


def wait_for_downloaded(qtbot: QtBot, made: Bench) -> None:
    qtbot.waitUntil(
        lambda: made.state.model is not None and made.state.model.source == "folder" and not made.state.hub_model,
        timeout=WORKER_MS,
    )


def test_a_hub_id_that_does_not_exist_is_named(qtbot: QtBot, hub: HubServer) -> None:
    with bench(qtbot, ModelPage(), ModelController) as made:
        wait_for_model(qtbot, made, "starter")
        made.dispatch(ChooseHubModel("nobody/nothing"))
        qtbot.waitUntil(lambda: "model" in made.state.errors)
        error = made.state.errors["model"]
        assert error.code.startswith("hub.") and "nobody/nothing" in str(error) and error.remedy
        assert page_of(made).banner.isVisible()
