from __future__ import annotations

from core.engine.rehearsal.layout import layout_of


def test_equal_layers_are_built_once_between_the_first_and_the_last() -> None:
    layout = layout_of(["a"] * 32)
    assert layout.built == (0, 1, 31)
    assert layout.like == (0, *[1] * 30, 2)
    assert not layout.is_whole


def test_each_kind_of_layer_is_built() -> None:
    layout = layout_of(["window", "window", "full"] * 4)
    assert layout.built == (0, 1, 2, 11)
    assert layout.like == (0, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 3)


def test_a_kind_that_stands_at_an_end_only_needs_no_other() -> None:
    assert layout_of(["dense", "mixture", "mixture", "mixture"]).built == (0, 1, 3)


def test_few_layers_are_all_built() -> None:
    for count in (1, 2, 3):
        layout = layout_of(["a"] * count)
        assert layout.is_whole and layout.built == layout.like == tuple(range(count))


def test_whole_means_every_layer() -> None:
    assert layout_of(["a"] * 9, whole=True).built == tuple(range(9))
