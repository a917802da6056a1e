"""The towers for pictures and sound that multimodal models carry. Text alone is trained, but they are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core.models.config import ModelConfig, numbers_of
from core.models.families.family import Pairs
from core.models.families.parts import linear

Part = Mapping[str, Any]


class Tower(NamedTuple):
    """A multimodal model's names: its language model's base, its head, and the tensors beside them."""

    base: str
    head: str
    tensors: Callable[[ModelConfig], Pairs]


def _norm(name: str, width: int, *, bias: bool = True) -> Pairs:
    yield f"{name}.weight", (width,)
    if bias:
        yield f"{name}.bias", (width,)


def _projections(prefix: str, width: int, names: tuple[str, ...], *, bias: bool) -> Pairs:
    for name in names:
        yield from linear(f"{prefix}.{name}", width, width, bias=bias)


def llama4_tower(config: ModelConfig) -> Pairs:
    """Llama 4's vision model (`Llama4VisionModel`) and the projection into the language model."""
    size = numbers_of(config, "vision_config")
    width, inner = size("hidden_size", 768), size("intermediate_size", 5632)
    patch = size("patch_size", 14)
    yield "vision_model.class_embedding", (width,)
    yield "vision_model.positional_embedding_vlm", ((size("image_size", 448) // patch) ** 2 + 1, width)
    yield from linear("vision_model.patch_embedding.linear", width, size("num_channels", 3) * patch**2)
    yield from _norm("vision_model.layernorm_pre", width)
    yield from _norm("vision_model.layernorm_post", width)
    for index in range(size("num_hidden_layers", 34)):
        layer = f"vision_model.model.layers.{index}"
        yield from _projections(f"{layer}.self_attn", width, ("q_proj", "k_proj", "v_proj", "o_proj"), bias=True)
        yield from linear(f"{layer}.mlp.fc1", inner, width, bias=True)
        yield from linear(f"{layer}.mlp.fc2", width, inner, bias=True)
        yield from _norm(f"{layer}.input_layernorm", width)
        yield from _norm(f"{layer}.post_attention_layernorm", width)
    adapted = size("projector_input_dim", 4096)
    yield from linear("vision_model.vision_adapter.mlp.fc1", adapted, inner)
    yield from linear("vision_model.vision_adapter.mlp.fc2", size("projector_output_dim", 4096), adapted)
    yield from linear("multi_modal_projector.linear_1", config.hidden_size, size("vision_output_dim", 7680))


def siglip_tower(config: ModelConfig) -> Pairs:
    """Gemma 3's vision model (SigLIP, 2303.15343) and its projection."""
    size = numbers_of(config, "vision_config")
    width, inner, patch = size("hidden_size", 1152), size("intermediate_size", 4304), size("patch_size", 14)
    tower = "model.vision_tower"
    yield f"{tower}.embeddings.patch_embedding.weight", (width, size("num_channels", 3), patch, patch)
    yield f"{tower}.embeddings.patch_embedding.bias", (width,)
    yield f"{tower}.embeddings.position_embedding.weight", ((size("image_size", 896) // patch) ** 2, width)
    for index in range(size("num_hidden_layers", 27)):
        layer = f"{tower}.encoder.layers.{index}"
        yield from _norm(f"{layer}.layer_norm1", width)
        yield from _norm(f"{layer}.layer_norm2", width)
        yield from _projections(f"{layer}.self_attn", width, ("q_proj", "k_proj", "v_proj", "out_proj"), bias=True)
        yield from linear(f"{layer}.mlp.fc1", inner, width, bias=True)
        yield from linear(f"{layer}.mlp.fc2", width, inner, bias=True)
    yield from _norm(f"{tower}.post_layernorm", width)
    yield "model.multi_modal_projector.mm_input_projection_weight", (width, config.hidden_size)
    yield "model.multi_modal_projector.mm_soft_emb_norm.weight", (width,)


def pixtral_tower(config: ModelConfig) -> Pairs:
    """Mistral 3's vision model (Pixtral, 2410.07073), its patch merger and projection."""
    size = numbers_of(config, "vision_config")
    width, inner, patch = size("hidden_size", 1024), size("intermediate_size", 4096), size("patch_size", 16)
    tower = "model.vision_tower"
    yield f"{tower}.patch_conv.weight", (width, size("num_channels", 3), patch, patch)
    yield f"{tower}.ln_pre.weight", (width,)
    for index in range(size("num_hidden_layers", 24)):
        layer = f"{tower}.transformer.layers.{index}"
        yield f"{layer}.attention_norm.weight", (width,)
        yield f"{layer}.ffn_norm.weight", (width,)
        yield from _projections(f"{layer}.attention", width, ("q_proj", "k_proj", "v_proj", "o_proj"), bias=False)
        yield from linear(f"{layer}.feed_forward.gate_proj", inner, width)
        yield from linear(f"{layer}.feed_forward.up_proj", inner, width)
        yield from linear(f"{layer}.feed_forward.down_proj", width, inner)
    projector, merged = "model.multi_modal_projector", numbers_of(config, "")("spatial_merge_size", 2) ** 2
    yield f"{projector}.norm.weight", (width,)
    yield from linear(f"{projector}.patch_merger.merging_layer", width, width * merged)
    yield from linear(f"{projector}.linear_1", config.hidden_size, width)
    yield from linear(f"{projector}.linear_2", config.hidden_size, config.hidden_size)


def qwen3_5_tower(config: ModelConfig) -> Pairs:
    """Qwen 3.5's vision model and its merger."""
    size = numbers_of(config, "vision_config")
    width, inner, patch = size("hidden_size", 1152), size("intermediate_size", 4304), size("patch_size", 16)
    merged = width * size("spatial_merge_size", 2) ** 2
    tower = "model.visual"
    yield (
        f"{tower}.patch_embed.proj.weight",
        ((width, size("in_channels", 3), size("temporal_patch_size", 2), patch, patch)),
    )
    yield f"{tower}.patch_embed.proj.bias", (width,)
    yield f"{tower}.pos_embed.weight", (size("num_position_embeddings", 2304), width)
    for index in range(size("depth", 27)):
        block = f"{tower}.blocks.{index}"
        yield from _norm(f"{block}.norm1", width)
        yield from _norm(f"{block}.norm2", width)
        yield from linear(f"{block}.attn.qkv", 3 * width, width, bias=True)
        yield from linear(f"{block}.attn.proj", width, width, bias=True)
        yield from linear(f"{block}.mlp.linear_fc1", inner, width, bias=True)
        yield from linear(f"{block}.mlp.linear_fc2", width, inner, bias=True)
    yield from _norm(f"{tower}.merger.norm", width)
    yield from linear(f"{tower}.merger.linear_fc1", merged, merged, bias=True)
    yield from linear(f"{tower}.merger.linear_fc2", size("out_hidden_size", 3584), merged, bias=True)
