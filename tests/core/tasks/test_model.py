"""A folder with a config alone, of a family that only transformers knows, is counted all the same."""

from __future__ import annotations

import json
from pathlib import Path

from core.tasks.model import find_model

OLMO = {
    "architectures": ["OlmoForCausalLM"],
    "model_type": "olmo",
    "vocab_size": 500,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
}


def _folder(path: Path, config: dict[str, object]) -> str:
    path.mkdir()
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def test_a_family_that_only_transformers_knows_is_built_and_counted(tmp_path: Path) -> None:
    spec = find_model(_folder(tmp_path / "model", OLMO))
    assert spec.counted_from == "build"
    # embeddings and head, and per layer four attention matrices and a gated MLP; OLMo's norms have no weights
    assert spec.parameters == 2 * 500 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 128)
