"""Licences and tokens on the Model page: agreed to before use, kept in the keyring, removed again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.errors import TunesmithError
from core.fit.cards import known_card
from core.fit.machine import plan_for_card
from core.models.hub.token import token_in_use
from core.models.licence import acknowledged
from desktop.controllers.model import ModelController
from desktop.intents import ChooseHubModel, DownloadModel, SaveToken
from desktop.pages.model import ModelPage
from tests.core.models.test_token import TOKEN, MemoryKeyring
from tests.desktop.bench import Bench, bench

LEFT = Qt.MouseButton.LeftButton
LLAMA, SCOUT, QWEN = "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "Qwen/Qwen3-14B"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[MemoryKeyring]:
    import keyring
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", f"{tmp_path}/no-token")
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Bench]:
    with bench(qtbot, ModelPage(), ModelController) as there:
        qtbot.waitUntil(lambda: there.state.model is not None)
        yield there


def page_of(made: Bench) -> ModelPage:
    assert isinstance(made.page, ModelPage)
    return made.page


def look_at(qtbot: QtBot, made: Bench, id: str) -> ModelPage:
    made.dispatch(ChooseHubModel(id))
    qtbot.waitUntil(lambda: made.state.model is not None and made.state.model.path == id)
    return page_of(made)


def test_a_licence_that_asks_for_it_is_accepted_before_the_download(qtbot: QtBot, made: Bench) -> None:
    page = look_at(qtbot, made, LLAMA)
    panel = page.detail.licence
    assert panel.accept.isVisibleTo(page) and "Built with Llama" in panel.words.text()
    assert not page.header.primary.isEnabled()
    assert page.header.primary.toolTip() == "Accept the model's licence first."
    panel.accept.click()
    qtbot.waitUntil(page.header.primary.isEnabled)
    assert acknowledged("llama3.1") and not panel.accept.isVisibleTo(page)
    assert panel.words.text().startswith("Accepted. ")
    assert look_at(qtbot, made, SCOUT).detail.licence.accept.isVisibleTo(page), "another version, another licence"


def test_a_licence_that_asks_for_nothing_is_a_sentence(qtbot: QtBot, made: Bench) -> None:
    page = look_at(qtbot, made, QWEN)
    assert page.header.primary.isEnabled() and not page.detail.licence.accept.isVisibleTo(page)
    assert page.detail.licence.title.text() == "Apache License 2.0"


def test_a_gated_model_explains_the_page_and_takes_a_token_that_can_be_removed(
    qtbot: QtBot, made: Bench, memory: MemoryKeyring
) -> None:
    page = page_of(made)
    assert not page.token.isVisible()
    made.store.update(hub_model=LLAMA)
    gated = TunesmithError("hub.gated", what="It is gated.", why="Its owner asks.", remedy="Accept.", where=LLAMA)
    made.store.set_error("model", gated)
    assert page.token.isVisible() and page.token.page.toolTip() == f"https://huggingface.co/{LLAMA}"
    assert page.token.field.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(page.token.field, "short")
    qtbot.keyClick(page.token.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.state.errors.get("model", gated).code == "hub.not_a_token")
    assert page.token.isVisible() and not memory.kept

    made.store.update(model=None)
    qtbot.keyClicks(page.token.field, TOKEN)
    qtbot.mouseClick(page.token.save, LEFT)
    assert made.asked[-1] == SaveToken(TOKEN) and TOKEN not in repr(made.asked[-1])
    qtbot.waitUntil(lambda: made.state.model is not None and made.state.model.path == LLAMA)
    assert token_in_use() == ("keyring", TOKEN[-4:]) and page.token.field.text() == ""
    qtbot.waitUntil(lambda: made.state.token[0] == "keyring")
    assert not page.token.field.isVisible() and TOKEN[-4:] in page.token.kept.text()
    qtbot.mouseClick(page.token.remove, LEFT)
    qtbot.waitUntil(lambda: not page.token.isVisible())
    assert not memory.kept


def test_groups_tell_what_adapters_reach_and_what_stays_on_the_disk(qtbot: QtBot, made: Bench) -> None:
    page = look_at(qtbot, made, SCOUT)
    lines = {line.title: line for line in page.detail.groups.lines}
    assert {"Experts", "Shared expert", "Router", "Vision"} <= lines.keys()
    assert lines["Attention"].trained and lines["Shared expert"].trained
    assert not any(lines[name].trained for name in ("Experts", "Router", "Vision", "Embeddings"))
    words = page.detail.trained.text()
    assert "1 of 16 experts" in words and "872M stay on the disk" in words
    assert sum(line.share for line in lines.values()) == pytest.approx(1.0)
    assert page.detail.widget().minimumSizeHint().width() <= page.detail.viewport().width(), "it scrolls sideways"


def test_only_what_fits_can_be_listed(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    made.store.update(fit_machine=plan_for_card(known_card("RTX 3090")))
    qtbot.waitUntil(lambda: bool(page.count.text()))
    everything = {row.title for row in page.list.rows()}
    page.only_fitting.click()
    fitting = {row.title for row in page.list.rows()}
    assert "Llama 3.1 8B Instruct" in fitting and "Llama 3.3 70B Instruct" in everything - fitting
    count = sum(choice.verdict != "does_not_fit" for choice in made.state.model_choices)
    assert page.count.text() == f"{count} of {len(made.state.model_choices)} fit"
    page.search.setText("70b")
    assert [row.title for row in page.list.rows()] == ["Nothing that fits is called so."]
    assert DownloadModel() not in made.asked
