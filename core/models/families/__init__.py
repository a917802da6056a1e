"""The tensors of known families by their config alone, for folders and catalogue entries without weights.

One small function a family yields the (name, shape) pairs of one layer, as transformers 5.24 builds them
(`transformers/models/<model_type>/modeling_<model_type>.py`); a test builds each on the meta device and compares every
name and shape. To add a family: write its layer's function in the file of its kin, and name it in `FAMILIES`; if it can
see or hear, name its towers in `TOWERS`.
"""

from __future__ import annotations

from core.errors import TunesmithError
from core.models.config import ModelConfig
from core.models.families import gemma, gemma4_towers, gpt, llama, mixtures, qwen, towers
from core.models.families.family import Family
from core.models.families.towers import Tower
from core.models.headers import Tensors

FAMILIES: dict[str, Family] = {
    "llama": Family(llama.llama_layer),
    "mistral": Family(llama.llama_layer),
    "ministral": Family(llama.llama_layer),
    "ministral3": Family(llama.llama_layer),
    "smollm3": Family(llama.llama_layer),
    "granite": Family(llama.llama_layer),
    "granitemoe": Family(llama.granitemoe_layer),
    "ernie4_5": Family(llama.ernie_layer),
    "seed_oss": Family(llama.seed_layer),
    "olmo2": Family(llama.olmo2_layer),
    "olmo3": Family(llama.olmo2_layer),
    "olmoe": Family(llama.olmoe_layer),
    "exaone4": Family(llama.exaone4_layer),
    "mixtral": Family(llama.mixtral_layer),
    "phi3": Family(llama.phi3_layer),
    "glm": Family(llama.glm_layer),
    "glm4": Family(llama.glm4_layer),
    "cohere": Family(llama.cohere_layer, parallel=True),
    "cohere2": Family(llama.cohere_layer, parallel=True),
    "stablelm": Family(llama.stablelm_layer, llama.stablelm_around),
    "nemotron": Family(llama.nemotron_layer, llama.stablelm_around),
    "qwen2": Family(qwen.qwen2_layer),
    "qwen2_moe": Family(qwen.qwen2_moe_layer),
    "qwen3": Family(qwen.qwen3_layer),
    "qwen3_moe": Family(qwen.qwen3_moe_layer),
    "qwen3_next": Family(qwen.qwen3_next_layer),
    "qwen3_5_text": Family(qwen.qwen3_5_layer),
    "qwen3_5_moe_text": Family(qwen.qwen3_5_layer),
    "gemma": Family(llama.llama_layer),
    "gemma2": Family(gemma.gemma2_layer),
    "gemma3_text": Family(gemma.gemma3_layer),
    "gemma4_text": Family(gemma.gemma4_layer, gemma.gemma4_around),
    "gemma4_unified_text": Family(gemma.gemma4_layer, gemma.gemma4_around),
    "llama4_text": Family(mixtures.llama4_layer),
    "gpt_oss": Family(mixtures.gpt_oss_layer),
    "deepseek_v2": Family(mixtures.deepseek_layer),
    "deepseek_v3": Family(mixtures.deepseek_layer),
    "glm4_moe": Family(mixtures.glm4_moe_layer),
    "glm4_moe_lite": Family(mixtures.deepseek_layer),
    "gpt2": Family(gpt.gpt2_layer, gpt.gpt2_around, base="transformer", layers="h"),
    "gpt_neox": Family(gpt.gpt_neox_layer, gpt.gpt_neox_around, base="gpt_neox", parallel=True),
    "falcon": Family(gpt.falcon_layer, gpt.falcon_around, base="transformer", layers="h", parallel=True),
    "phi": Family(gpt.phi_layer, gpt.phi_around, head_bias=True, parallel=True),
    "starcoder2": Family(gpt.starcoder2_layer, gpt.starcoder2_around),
}

TOWERS: dict[str, Tower] = {
    "llama4": Tower("language_model.model", "language_model.lm_head", towers.llama4_tower),
    "gemma3": Tower("model.language_model", "lm_head", towers.siglip_tower),
    "gemma4": Tower("model.language_model", "lm_head", gemma4_towers.gemma4_tower),
    "gemma4_unified": Tower("model.language_model", "lm_head", gemma4_towers.gemma4_unified_tower),
    "mistral3": Tower("model.language_model", "lm_head", towers.pixtral_tower),
    "qwen3_5": Tower("model.language_model", "lm_head", towers.qwen3_5_tower),
    "qwen3_5_moe": Tower("model.language_model", "lm_head", towers.qwen3_5_tower),
}


def knows(config: ModelConfig) -> bool:
    """Whether a model of this config can be counted without its weights."""
    return config.model_type in FAMILIES and (config.outer_type == config.model_type or config.outer_type in TOWERS)


def tensors_of(config: ModelConfig, where: str) -> Tensors:
    """Every tensor that a model of this config has; types are left empty.

    Raises:
        TunesmithError: `model.unknown_family` where Tunesmith does not know the family's layers; `model.bad_config`.
    """
    if not knows(config):
        raise _unknown_family(config, where)
    family, tower = FAMILIES[config.model_type], TOWERS.get(config.outer_type)
    base, head = (tower.base, tower.head) if tower else (family.base, family.head)
    tensors: Tensors = {f"{base}.{name}": ("", shape) for name, shape in family.around(config)}
    for index in range(config.layers):
        for name, shape in family.layer(config, index):
            tensors[f"{base}.{family.layers}.{index}.{name}"] = ("", shape)
    if not config.tied:
        tensors[f"{head}.weight"] = ("", (config.vocabulary, config.hidden_size))
    if family.head_bias:
        tensors[f"{head}.bias"] = ("", (config.vocabulary,))
    if tower:
        tensors |= {name: ("", shape) for name, shape in tower.tensors(config)}
    return tensors


def _unknown_family(config: ModelConfig, where: str) -> TunesmithError:
    named = config.outer_type or config.model_type or "an unnamed family"
    return TunesmithError(
        "model.unknown_family",
        what="This model cannot be counted from its config alone.",
        why=f"Tunesmith does not know the layers of “{named}” by heart.",
        remedy="Put its safetensors files into the folder; then they are counted as they are.",
        where=where,
    )
