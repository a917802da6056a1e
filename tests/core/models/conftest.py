"""Real tiny models on disk, as transformers saves them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SIZES = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 1,
}
MEANT_NULL = {"q_lora_rank"}  # null says something else than nothing


def build_model(model_type: str, **changes: Any) -> Any:
    """A model of random weights, of two small layers; a change to None leaves the size away."""
    import transformers

    transformers.logging.set_verbosity_error()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = (SIZES | changes).items()
        sizes = {key: value for key, value in given if value is not None or key in MEANT_NULL}
        config = transformers.AutoConfig.for_model(model_type, **sizes)
        return transformers.AutoModelForCausalLM.from_config(config)


@pytest.fixture
def save_model(tmp_path: Path) -> Callable[..., tuple[Path, Any]]:
    """Saves a tiny model of a family; (its folder, the model)."""

    def save(model_type: str = "llama", *, max_shard_size: str = "5GB", **changes: Any) -> tuple[Path, Any]:
        model = build_model(model_type, **changes)
        folder = tmp_path / f"tiny-{model_type}"
        model.save_pretrained(folder, max_shard_size=max_shard_size)
        return folder, model

    return save
