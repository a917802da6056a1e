"""Recordings written by hand: three layers stand for five, and what happens in the middle one happens three times."""

from __future__ import annotations

import pytest

from core.engine.rehearsal.layout import Layout
from core.engine.rehearsal.recorder import Block
from core.engine.rehearsal.stretch import Birth, Inexact, Key, Stretcher

FIVE = Layout(built=(0, 1, 4), like=(0, 1, 1, 1, 2))


def stretched(
    blocks: list[tuple[int, int | None]], events: list[tuple[int, int | None]], *handed: int, layout: Layout = FIVE
) -> list[tuple[str, Key]]:
    """`blocks`: size and home; `events`: block (its complement for a death) and the layer at work. The result: + or −,
    the block and its layer in the whole model."""
    made = [Block(size, "forward", home, f"block {number}") for number, (size, home) in enumerate(blocks)]
    numbers, tags = [event for event, _ in events], [tag for _, tag in events]
    events_of_all = Stretcher(made, numbers, tags, set(handed), layout).events()
    return [("+" if isinstance(event, Birth) else "−", event.key) for event in events_of_all]


def test_what_a_layer_takes_and_gives_back_is_repeated_in_every_layer_like_it() -> None:
    found = stretched([(8, 0), (8, 1), (8, 2)], [(0, 0), (~0, 0), (1, 1), (~1, 1), (2, 2), (~2, 2)])
    keys = [(0, 0), (1, 1), (1, 2), (1, 3), (2, 4)]
    assert found == [(sign, key) for key in keys for sign in "+−"]


def test_states_handed_upwards_die_in_the_next_layer() -> None:
    found = stretched([(8, 0), (8, 1), (8, 2)], [(0, 0), (1, 1), (~0, 1), (2, 2), (~1, 2), (~2, 2)], 0, 1, 2)
    deaths = [key for sign, key in found if sign == "−"]
    assert deaths[:4] == [(0, 0), (1, 1), (1, 2), (1, 3)]


def test_a_pass_downwards_comes_in_the_order_of_the_layers() -> None:
    blocks = [(8, 0), (8, 1), (8, 2)]
    events = [(0, 0), (1, 1), (2, 2), (~2, 2), (~1, 1), (~0, 0)]
    deaths = [layer for sign, (_, layer) in stretched(blocks, events) if sign == "−"]
    assert deaths == [4, 3, 2, 1, 0]


def test_what_the_layers_share_dies_with_the_last_that_uses_it() -> None:
    events = [(0, None), (1, 0), (2, 1), (~0, 1), (3, 2)]
    found = stretched([(8, None), (8, 0), (8, 1), (8, 2)], events)
    assert found.count(("−", (0, None))) == 1
    assert found.index(("−", (0, None))) > found.index(("+", (2, 3)))


def test_what_the_last_layer_keeps_until_the_first_is_its_own() -> None:
    found = stretched([(8, 2), (8, 1), (8, 0)], [(0, 2), (1, 1), (2, 0), (~0, 0)])
    assert ("−", (0, 4)) in found


def test_a_storage_that_dies_twice_is_inexact() -> None:
    with pytest.raises(Inexact, match="dies before it lives"):
        stretched([(8, 0), (8, 1), (8, 2)], [(0, 0), (~0, 0), (1, 1), (~0, 1), (2, 2)])


def test_a_storage_that_outlives_the_step_in_a_repetition_is_inexact() -> None:
    events = [(0, 0), (1, 1), (2, 2), (~1, 2), (~0, 0), (~2, 2)]
    with pytest.raises(Inexact):
        stretched([(8, 0), (8, 1), (8, 2)], events)


def test_a_twin_of_another_size_is_inexact() -> None:
    events = [(0, 0), (1, 1), (~0, 1), (2, 2), (~1, 2)]
    with pytest.raises(Inexact, match="no twin"):
        stretched([(16, 0), (8, 1), (8, 2)], events)


def test_a_layer_that_reaches_beyond_the_model_is_inexact() -> None:
    layout = Layout(built=(0, 1), like=(0, 1, 1, 1))
    events = [(0, 1), (1, 0), (~0, 0)]
    with pytest.raises(Inexact):
        stretched([(8, 1), (8, 0)], events, layout=layout)
