"""Models with few layers: those that are kept are of the kinds that the whole model has."""

from __future__ import annotations

from typing import Any

import pytest
from safetensors import safe_open

from core.engine.measuring.few import few_layers, kinds_of, write_model
from core.errors import TunesmithError
from core.models.catalogue import spec_of

SMALL: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
}
PATTERN = ["sliding_attention", "sliding_attention", "full_attention"] * 2


def test_equal_layers_are_one_kind() -> None:
    few = few_layers({"model_type": "llama", **SMALL})
    assert (few.layers, few.of_model) == ([1], [6])
    assert few_layers({"model_type": "llama", **SMALL}, 0).config["num_hidden_layers"] == 2


def test_layers_of_two_kinds_are_doubled_one_kind_at_a_time() -> None:
    config = {"model_type": "gemma3_text", **SMALL, "layer_types": PATTERN}
    few = few_layers(config)
    assert (few.layers, few.of_model) == ([1, 1], [4, 2])
    assert few_layers(config, 0).config["layer_types"] == ["sliding_attention", "sliding_attention", "full_attention"]
    assert few_layers(config, 1).config["layer_types"] == ["sliding_attention", "full_attention", "full_attention"]


@pytest.mark.parametrize("name", ["llama-4-scout-instruct", "llama-4-maverick-instruct", "gemma-4-31b-it"])
def test_models_whose_configs_list_layers_keep_one_of_every_kind(name: str) -> None:
    config = spec_of(name).config
    few = few_layers(config)
    assert sum(few.of_model) == len(kinds_of(config))
    assert len(few.layers) > 1 and set(few.layers) == {1}


def test_layers_that_depend_on_each_other_are_refused() -> None:
    with pytest.raises(TunesmithError) as caught:
        few_layers(spec_of("gemma-4-e2b-it").config)
    assert caught.value.code == "measure.layers_differ"


def test_the_written_weights_have_the_published_precision_and_no_two_equal_rows(tmp_path: Any) -> None:
    few = few_layers({"model_type": "llama", **SMALL, "dtype": "float16"})
    write_model(few, tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        weight = file.get_tensor("model.layers.0.mlp.up_proj.weight")
        norm = file.get_tensor("model.norm.weight")
    assert str(weight.dtype) == "torch.float16"
    assert len(weight.unique(dim=0)) == len(weight)
    assert 0.01 < float(weight.float().std()) < 0.03
    assert norm.eq(1).all()
