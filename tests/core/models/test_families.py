"""Each family's layers, by heart and as transformers builds them."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest
import torch
import transformers
from transformers.initialization import no_init_weights

from core.engine.adapter import linear_paths
from core.engine.load import prepare_families
from core.models import catalogue
from core.models.config import parse_config
from core.models.families import FAMILIES, TOWERS, tensors_of
from core.models.reading import make_spec
from core.models.spec import LinearLayer, ModelSpec
from tests.core.models.conftest import MEANT_NULL, SIZES, build_model

FALCON = {"head_dim": None, "num_key_value_heads": None, "intermediate_size": None}
MORE = {
    "llama": {"attention_bias": True, "mlp_bias": True},
    "mixtral": {"num_local_experts": 4},
    "granitemoe": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "olmoe": {"num_experts": 4, "num_experts_per_tok": 2},
    "qwen2_moe": {
        "num_hidden_layers": 4,
        "decoder_sparse_step": 2,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
        "shared_expert_intermediate_size": 48,
    },
    "qwen3_moe": {
        "mlp_only_layers": [1],
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
    },
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "llama4_text": {
        "num_hidden_layers": 4,
        "interleave_moe_layer_step": 2,
        "intermediate_size_mlp": 96,
        "num_local_experts": 4,
    },
    "cohere": {"use_qk_norm": True, "head_dim": None},
    "falcon": FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2},
    "gpt_neox": {"head_dim": None, "num_key_value_heads": None},
    "gpt2": {"head_dim": None, "num_key_value_heads": None, "intermediate_size": None, "n_embd": 64, "n_head": 4},
    "phi": {"head_dim": None},
    "starcoder2": {"head_dim": None},
    "stablelm": {"head_dim": None, "use_qkv_bias": True},
}
LINEAR = {
    "num_hidden_layers": 4,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_conv_kernel_dim": 4,
}
MIXTURE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
MORE["qwen3_5_text"] = LINEAR
MORE["qwen3_5_moe_text"] = MORE["qwen3_next"] = LINEAR | MIXTURE | {"shared_expert_intermediate_size": 48}
LATENT = {
    "head_dim": None,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
    "n_group": 1,
    "topk_group": 1,
}
MORE["deepseek_v2"] = LATENT | {"q_lora_rank": None, "num_key_value_heads": None}
MORE["deepseek_v3"] = MORE["glm4_moe_lite"] = LATENT | {"q_lora_rank": 24, "num_key_value_heads": None}
MORE["glm4_moe"] = {
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "n_shared_experts": 1,
    "use_qk_norm": True,
}
GEMMA4 = {"num_hidden_layers": 6, "global_head_dim": 32, "sliding_window": 8}
MORE["gemma4_unified_text"] = GEMMA4 | {"num_global_key_value_heads": 1, "attention_k_eq_v": True}
MORE["gemma4_text"] = MORE["gemma4_unified_text"] | {
    "hidden_size_per_layer_input": 0,
    "enable_moe_block": True,
    "num_experts": 4,
    "top_k_experts": 2,
    "moe_intermediate_size": 32,
}
PER_LAYER = GEMMA4 | {
    "layer_types": ["sliding_attention", "full_attention"] * 3,
    "num_kv_shared_layers": 2,
    "use_double_wide_mlp": True,
    "hidden_size_per_layer_input": 8,
    "vocab_size_per_layer_input": 96,
}
VISION = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SEEING = {
    "llama4": (MORE["llama4_text"], {"vision_config": VISION | {"vision_output_dim": 64, "image_size": 28}}),
    "gemma3": ({}, {"vision_config": VISION | {"patch_size": 14, "image_size": 56, "vision_use_head": False}}),
    "mistral3": ({"model_type": "mistral"}, {"vision_config": VISION | {"model_type": "pixtral", "head_dim": 16}}),
    "qwen3_5": (LINEAR, {"vision_config": {"depth": 2, "hidden_size": 32, "num_heads": 2, "out_hidden_size": 64}}),
    "qwen3_5_moe": (
        MORE["qwen3_5_moe_text"],
        {"vision_config": {"depth": 2, "hidden_size": 32, "num_heads": 2, "out_hidden_size": 64}},
    ),
    "gemma4": (
        PER_LAYER,
        {
            "vision_config": VISION | {"num_key_value_heads": 2, "head_dim": 16},
            "audio_config": {"hidden_size": 32, "num_hidden_layers": 2, "output_proj_dims": 24},
        },
    ),
    "gemma4_unified": (GEMMA4, {"vision_config": {"mm_embed_dim": 24}, "audio_config": {"audio_embed_dim": 16}}),
}
CLASSES = {
    "llama4": "Llama4ForConditionalGeneration",
    "gemma3": "Gemma3ForConditionalGeneration",
    "mistral3": "Mistral3ForConditionalGeneration",
    "qwen3_5": "Qwen3_5ForConditionalGeneration",
    "qwen3_5_moe": "Qwen3_5MoeForConditionalGeneration",
    "gemma4": "Gemma4ForConditionalGeneration",
    "gemma4_unified": "Gemma4UnifiedForConditionalGeneration",
}


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None or key in MEANT_NULL}


def shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def counted(document: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: shape for name, (_, shape) in tensors_of(parse_config(document, "test"), "test").items()}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("model_type", FAMILIES)
def test_every_tensor_of_a_family_has_the_name_and_shape_that_transformers_gives_it(
    model_type: str, tied: bool
) -> None:
    changes = MORE.get(model_type, {}) | {"tie_word_embeddings": tied}
    with torch.device("meta"):
        model = build_model(model_type, **changes)
    assert counted(without_none(SIZES | changes) | {"model_type": model_type}) == shapes_of(model)


@pytest.mark.parametrize(
    ("model_type", "changes"),
    [
        ("falcon", FALCON | {"bias": True, "ffn_hidden_size": 96}),
        ("falcon", FALCON | {"multi_query": False, "parallel_attn": False}),
        ("gemma4_text", PER_LAYER),
        ("deepseek_v2", MORE["deepseek_v3"]),
        ("olmo3", {"attention_bias": True}),
        ("qwen3_next", MORE["qwen3_next"] | {"layer_types": ["full_attention", "linear_attention"] * 2}),
        ("llama4_text", MORE["llama4_text"] | {"moe_layers": [0, 2]}),
    ],
)
def test_the_variants_within_a_family_are_told_apart(model_type: str, changes: dict[str, Any]) -> None:
    with torch.device("meta"):
        model = build_model(model_type, **changes)
    assert counted(without_none(SIZES | changes) | {"model_type": model_type}) == shapes_of(model)


@pytest.mark.parametrize("model_type", TOWERS)
def test_the_towers_of_a_model_that_sees_or_hears_are_counted(model_type: str) -> None:
    text, parts = SEEING[model_type]
    document = {"model_type": model_type, "text_config": SIZES | text, **parts}
    with torch.device("meta"):
        config = transformers.AutoConfig.for_model(**copy.deepcopy(document))
        model = getattr(transformers, CLASSES[model_type])(config)
    assert counted(document) == shapes_of(model)


def test_every_catalogue_model_has_the_published_number_of_parameters_and_the_built_models() -> None:
    """Each is built whole, without weights, as the class that its config names."""
    transformers.logging.set_verbosity_error()
    entries = catalogue.models()
    assert len(entries) >= 90
    for entry in entries:
        spec = catalogue.spec_of(entry.name)
        config = transformers.AutoConfig.for_model(**copy.deepcopy(entry.config))
        with torch.device("meta"), no_init_weights():
            model = getattr(transformers, spec.architecture)(config)
        model.tie_weights()
        built = sum(parameter.numel() for parameter in model.parameters())
        assert spec.parameters == entry.parameters == built, entry.name
        assert sum(spec.parameters_by_group.values()) == built
        assert type(config) in transformers.AutoModelForCausalLM._model_mapping, f"{entry.name} cannot be trained"
        assert not spec.uncertain
        assert {key: value for key, value in spec.config.items() if value is not None} == entry.config


def test_llama_4_is_counted_whole_and_its_eyes_are_not_loaded() -> None:
    scout = catalogue.spec_of("llama-4-scout-instruct")
    assert scout.parameters == 108_641_793_536
    assert scout.trained_text_only
    assert scout.unused_parameters == scout.parameters_by_group["vision"]
    assert (scout.experts, scout.expert_layers, scout.expert_size, scout.shared_expert_size) == (16, 48, 8192, 8192)
    maverick = catalogue.spec_of("llama-4-maverick-instruct")
    assert (maverick.parameters, maverick.expert_layers) == (401_583_781_376, 24)


@pytest.mark.parametrize("name", ["llama-4-scout-instruct", "qwen3.5-0.8b", "qwen3.5-35b-a3b", "gemma-3-4b-it"])
def test_what_training_loads_is_the_count_without_the_unused_towers(name: str) -> None:
    spec = catalogue.spec_of(name)
    config = transformers.AutoConfig.for_model(**copy.deepcopy(spec.config))
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    assert sum(parameter.numel() for parameter in model.parameters()) == spec.parameters - spec.unused_parameters


def test_how_layers_work_is_told_beside_their_sizes() -> None:
    falcon = catalogue.spec_of("falcon-7b-instruct")
    assert (falcon.parallel_attention, falcon.layer_norm, falcon.kv_heads, falcon.activation) == (True, True, 1, "gelu")
    gemma = catalogue.spec_of("gemma-3-4b-it")
    assert (gemma.sliding_window, gemma.head_norms, gemma.layer_norm) == (1024, True, False)
    assert (gemma.layer_types.count("full_attention"), gemma.layers) == (5, 34)
    oss = catalogue.spec_of("gpt-oss-20b")
    assert (oss.attention_sinks, oss.sliding_window, "MXFP4" in oss.note) == (True, 128, True)
    capped = catalogue.spec_of("gemma-2-2b-it")
    assert (capped.attention_softcap, capped.logit_softcap) == (50.0, 30.0)
    llama = catalogue.spec_of("llama-3.1-8b-instruct")
    assert (set(llama.layer_types), llama.sliding_window, llama.parallel_attention) == ({"full_attention"}, 0, False)


Key = tuple[str, int, int, bool]


def linears_of(spec: ModelSpec) -> dict[Key, LinearLayer]:
    return {(each.name, each.out_features, each.in_features, each.bias): each for each in spec.linears}


def built_linears(model: Any) -> tuple[dict[Key, int], dict[Key, int]]:
    """(those that get an adapter, those that bitsandbytes replaces), by name, shape and bias."""
    adaptable: Counter[Key] = Counter()
    quantizable: Counter[Key] = Counter()
    head, adapted = model.get_output_embeddings(), set(linear_paths(model))
    for name, module in model.named_modules():
        conv = type(module).__name__ == "Conv1D"
        if (not conv and not isinstance(module, torch.nn.Linear)) or module is head:
            continue
        rows, columns = module.weight.T.shape if conv else module.weight.shape
        kind = (name.rpartition(".")[2], rows, columns, module.bias is not None)
        adaptable[kind] += name in adapted
        quantizable[kind] += conv or type(module) is torch.nn.Linear
    return dict(+adaptable), dict(+quantizable)


@pytest.mark.parametrize("model_type", ["gemma3", "gemma4", "gemma4_unified"])
def test_the_linear_layers_of_towers_that_are_loaded_are_quantised_and_not_adapted(model_type: str) -> None:
    text, parts = SEEING[model_type]
    document = {"model_type": model_type, "text_config": SIZES | text, **parts}
    spec = make_spec(parse_config(document, "test"), {}, name="test", source="folder", path="test")
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(
            transformers.AutoConfig.for_model(**copy.deepcopy(document))
        )
    adaptable, quantizable = built_linears(model)
    total: Counter[Key] = Counter()
    adapted: Counter[Key] = Counter()
    for each in spec.linears:
        key = (each.name, each.out_features, each.in_features, each.bias)
        total[key] += each.count * each.quantizable
        adapted[key] += each.count * each.adaptable
    assert dict(+total) == quantizable
    assert dict(+adapted) == adaptable
    assert spec.unused_parameters == 0


@pytest.mark.parametrize("model_type", FAMILIES)
def test_the_linear_layers_that_get_adapters_are_those_that_the_built_model_has(model_type: str) -> None:
    changes = MORE.get(model_type, {}) | {"tie_word_embeddings": False}
    document = without_none(SIZES | changes) | {"model_type": model_type}
    spec = make_spec(parse_config(document, "test"), {}, name="test", source="folder", path="test")
    prepare_families()
    with torch.device("meta"):
        model = build_model(model_type, **changes)
    adaptable, quantizable = built_linears(model)
    ours = linears_of(spec)
    assert {key: each.count for key, each in ours.items() if each.adaptable} == adaptable
    assert {key: each.count for key, each in ours.items() if each.quantizable} == quantizable
    assert "other" not in spec.parameters_by_group


def test_catalogue_names_are_unique_and_found_whatever_their_case():
    names = [entry.name for entry in catalogue.models()]
    assert len(set(names)) == len(names)
    assert catalogue.named("LLAMA-3.1-8B-Instruct") is catalogue.named("meta-llama/Llama-3.1-8B-Instruct")
