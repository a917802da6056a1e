from __future__ import annotations

import pytest

from core.engine.rehearsal.attention import CARD_SDPA
from core.engine.rehearsal.layout import layout_of
from core.engine.rehearsal.skeleton import build, tensors_of
from core.settings import TrainingSettings
from tests.benchmarks.rehearsal.small_models import config_of


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


@pytest.mark.parametrize(("model", "attention"), [("gemma2", "eager"), ("gpt_oss", "eager"), ("llama", CARD_SDPA)])
def test_scores_that_are_capped_or_have_sinks_are_computed_eagerly(model: str, attention: str) -> None:
    skeleton = build(config_of(model), TrainingSettings(), CARD_SDPA)
    assert skeleton.model.config._attn_implementation == attention


def test_layers_without_rotary_embeddings_are_another_kind() -> None:
    assert build(config_of("smollm3"), TrainingSettings(), CARD_SDPA).layout.like == (0, 1, 2, 1, 1, 3)


def test_tied_embeddings_are_one_tensor() -> None:
    names = [name for name, _ in tensors_of(build(config_of("gemma3_text"), TrainingSettings(), CARD_SDPA).model)]
    assert "model.embed_tokens.weight" in names and "lm_head.weight" not in names
