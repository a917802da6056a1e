"""The store says what changed, in order, once."""

from __future__ import annotations

import pytest

from core.errors import TunesmithError
from desktop.state import AppState, Store


def test_an_update_that_changes_nothing_says_nothing() -> None:
    store, heard = Store(), []
    store.changed.connect(lambda state, before: heard.append(state))
    store.update(step="train", runs=())
    assert heard == []


def test_every_listener_hears_changes_in_order_even_if_one_of_them_changes_something() -> None:
    store = Store()
    first, second = [], []

    def react(state: AppState, before: AppState) -> None:
        first.append(state.hub_model)
        if state.hub_model == "a":
            store.update(hub_model="b")

    store.changed.connect(react)
    store.changed.connect(lambda state, before: second.append((before.hub_model, state.hub_model)))
    store.update(hub_model="a")
    assert first == ["a", "b"]
    assert second == [("", "a"), ("a", "b")]


def test_errors_belong_to_pages() -> None:
    store = Store()
    error = TunesmithError("data.empty", what="The file is empty.", why="It has no rows.", remedy="Choose another.")
    store.set_error("data", error)
    store.set_error("model", error)
    store.set_error("data", None)
    assert dict(store.state.errors) == {"model": error}


def test_a_field_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises((TypeError, AttributeError)):
        Store().update(modell=None)
