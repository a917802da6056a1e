"""Gemma 4's towers: pictures in all, sound in E2B and E4B; the 12B has neither, and takes patches and sound as they
are."""

from __future__ import annotations

from core.models.config import ModelConfig, numbers_of
from core.models.families.family import Pairs
from core.models.families.parts import linear


def gemma4_tower(config: ModelConfig) -> Pairs:
    """Whatever towers the config has, each with its projection into the language model."""
    if config.document.get("vision_config"):
        yield from _vision(config)
    if config.document.get("audio_config"):
        yield from _audio(config)


def _vision(config: ModelConfig) -> Pairs:
    size = numbers_of(config, "vision_config")
    width, inner, head = size("hidden_size", 768), size("intermediate_size", 3072), size("head_dim", 64)
    queries, keys = size("num_attention_heads", 12) * head, size("num_key_value_heads", 12) * head
    tower = "model.vision_tower"
    yield f"{tower}.patch_embedder.position_embedding_table", (2, size("position_embedding_size", 10_240), width)
    yield from linear(f"{tower}.patch_embedder.input_proj", width, 3 * size("patch_size", 16) ** 2)
    for index in range(size("num_hidden_layers", 16)):
        layer = f"{tower}.encoder.layers.{index}"
        yield from linear(f"{layer}.self_attn.q_proj.linear", queries, width)
        yield from linear(f"{layer}.self_attn.k_proj.linear", keys, width)
        yield from linear(f"{layer}.self_attn.v_proj.linear", keys, width)
        yield from linear(f"{layer}.self_attn.o_proj.linear", width, queries)
        yield f"{layer}.self_attn.q_norm.weight", (head,)
        yield f"{layer}.self_attn.k_norm.weight", (head,)
        yield from linear(f"{layer}.mlp.gate_proj.linear", inner, width)
        yield from linear(f"{layer}.mlp.up_proj.linear", inner, width)
        yield from linear(f"{layer}.mlp.down_proj.linear", width, inner)
        for norm in ("input", "post_attention", "pre_feedforward", "post_feedforward"):
            yield f"{layer}.{norm}_layernorm.weight", (width,)
    yield from linear("model.embed_vision.embedding_projection", config.hidden_size, width)


def _audio(config: ModelConfig) -> Pairs:
    """A Conformer (2005.08100) behind two convolutions that make a quarter of each of 128 mel bands."""
    size = numbers_of(config, "audio_config")
    width, tower = size("hidden_size", 1024), "model.audio_tower"
    first, second = 128, 32
    out = size("output_proj_dims", 1536)
    convolution = f"{tower}.subsample_conv_projection"
    yield f"{convolution}.layer0.conv.weight", (first, 1, 3, 3)
    yield f"{convolution}.layer0.norm.weight", (first,)
    yield f"{convolution}.layer1.conv.weight", (second, first, 3, 3)
    yield f"{convolution}.layer1.norm.weight", (second,)
    yield from linear(f"{convolution}.input_proj_linear", width, second * 32)
    for index in range(size("num_hidden_layers", 12)):
        yield from _conformer(f"{tower}.layers.{index}", config)
    yield from linear(f"{tower}.output_proj", out, width, bias=True)
    yield from linear("model.embed_audio.embedding_projection", config.hidden_size, out)


def _conformer(layer: str, config: ModelConfig) -> Pairs:
    size = numbers_of(config, "audio_config")
    width = size("hidden_size", 1024)
    for half in ("feed_forward1", "feed_forward2"):
        yield from linear(f"{layer}.{half}.ffw_layer_1.linear", 4 * width, width)
        yield from linear(f"{layer}.{half}.ffw_layer_2.linear", width, 4 * width)
        yield f"{layer}.{half}.pre_layer_norm.weight", (width,)
        yield f"{layer}.{half}.post_layer_norm.weight", (width,)
    yield f"{layer}.self_attn.per_dim_scale", (width // size("num_attention_heads", 8),)
    for name in ("q_proj", "k_proj", "v_proj", "post"):
        yield from linear(f"{layer}.self_attn.{name}.linear", width, width)
    yield from linear(f"{layer}.self_attn.relative_k_proj", width, width)
    yield from linear(f"{layer}.lconv1d.linear_start.linear", 2 * width, width)
    yield from linear(f"{layer}.lconv1d.linear_end.linear", width, width)
    yield f"{layer}.lconv1d.depthwise_conv1d.weight", (width, 1, size("conv_kernel_size", 5))
    yield f"{layer}.lconv1d.pre_layer_norm.weight", (width,)
    yield f"{layer}.lconv1d.conv_norm.weight", (width,)
    for norm in ("norm_pre_attn", "norm_post_attn", "norm_out"):
        yield f"{layer}.{norm}.weight", (width,)


def gemma4_unified_tower(config: ModelConfig) -> Pairs:
    """The 12B: patches of pixels and frames of sound are projected straight into the language model."""
    if config.document.get("vision_config"):
        size = numbers_of(config, "vision_config")
        width = size("mm_embed_dim", 3840)
        pixels = 3 * (size("patch_size", 16) * size("pooling_kernel_size", 3)) ** 2
        yield "model.embed_vision.pos_embedding", (size("mm_posemb_size", 1120), 2, width)
        yield from linear("model.embed_vision.patch_dense", width, pixels, bias=True)
        for name, wide in (("patch_ln1", pixels), ("patch_ln2", width), ("pos_norm", width)):
            yield f"model.embed_vision.{name}.weight", (wide,)
            yield f"model.embed_vision.{name}.bias", (wide,)
        projected = size("output_proj_dims", 3840)
        yield from linear("model.embed_vision.multimodal_embedder.embedding_projection", config.hidden_size, projected)
    if config.document.get("audio_config"):
        frames = numbers_of(config, "audio_config")("audio_embed_dim", 640)
        yield from linear("model.embed_audio.embedding_projection", config.hidden_size, frames)
