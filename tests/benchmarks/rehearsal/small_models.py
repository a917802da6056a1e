"""Small models of many architectures, as configs: every trait that decides memory, in a size that trains in seconds.

Widths are multiples of 64, so that NF4's blocks come out even; layers are few, but more than the kinds of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

VOCABULARY = 320
COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
OWN: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama multi-head, tied": {"model_type": "llama", "num_key_value_heads": 4, "tie_word_embeddings": True},
    "llama multi-query, biased": {
        "model_type": "llama",
        "num_key_value_heads": 1,
        "attention_bias": True,
        "mlp_bias": True,
    },
    "mistral": {"sliding_window": 32},
    "qwen2": {},
    "qwen2 sliding": {
        "model_type": "qwen2",
        "use_sliding_window": True,
        "sliding_window": 32,
        "max_window_layers": 3,
        "tie_word_embeddings": True,
    },
    "qwen3": {"head_dim": 64},
    "gemma": {"head_dim": 64, "num_key_value_heads": 1, "tie_word_embeddings": True},
    "gemma2": {"head_dim": 64, "sliding_window": 32, "tie_word_embeddings": True},
    "gemma3_text": {
        "head_dim": 64,
        "sliding_window": 32,
        "tie_word_embeddings": True,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"] * 2,
    },
    "phi": {"num_key_value_heads": 4, "partial_rotary_factor": 0.5},
    "phi3": {},
    "falcon multi-query": {"model_type": "falcon", "multi_query": True, "parallel_attn": True, "alibi": False},
    "falcon new decoder": {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2},
    "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "qwen2_moe": {
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 64,
        "shared_expert_intermediate_size": 128,
    },
    "qwen3_moe": {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 64, "head_dim": 64},
    "gpt_oss": {
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "intermediate_size": 128,
        "head_dim": 32,
        "sliding_window": 32,
    },
    "llama4_text": {
        "num_local_experts": 4,
        "intermediate_size": 128,
        "intermediate_size_mlp": 256,
        "interleave_moe_layer_step": 2,
        "head_dim": 32,
        "attention_chunk_size": 64,
    },
    "olmo2": {"num_key_value_heads": 4},
    "olmoe": {"num_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 64},
    "granite": {"tie_word_embeddings": True},
    "smollm3": {"no_rope_layers": [1, 1, 0] * 2, "tie_word_embeddings": True},
    "starcoder2": {"sliding_window": 32},
    "gpt_neox": {},
    "cohere": {"tie_word_embeddings": True},
    "cohere2": {
        "sliding_window": 32,
        "tie_word_embeddings": True,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"] * 2,
    },
    "glm4": {"head_dim": 32, "partial_rotary_factor": 0.5},
    "stablelm": {},
    "seed_oss": {"head_dim": 32},
    "ernie4_5": {"head_dim": 32},
}


def config_of(name: str) -> dict[str, Any]:
    """The content of the `config.json` of the small model `name`."""
    config = {"model_type": name, **COMMON, **OWN[name]}
    read = AutoConfig.for_model(config.pop("model_type"), **config)
    written: dict[str, Any] = read.to_dict()
    return written


def save(name: str, folder: Path) -> None:
    """The small model `name` with random weights, as a folder that can be loaded."""
    torch.manual_seed(7)
    config = config_of(name)
    read = AutoConfig.for_model(config.pop("model_type"), **config)
    AutoModelForCausalLM.from_config(read).to(torch.bfloat16).save_pretrained(folder)
