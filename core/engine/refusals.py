"""What settings ask of a device or of a model that it cannot do: refused before anything is loaded."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

from core.engine.device import Device
from core.engine.failures import first_line
from core.engine.joining import joins
from core.errors import TunesmithError
from core.settings import TrainingSettings

AMPERE = (8, 0)
LIGER_KERNELS = "liger_kernel.transformers.monkey_patch"
BY_TOKEN_PAIRS = {"full_attention", "sliding_attention", "chunked_attention"}  # kinds of layers that keep no state


def check_settings(settings: TrainingSettings, device: Device) -> None:
    """Refuse what this device cannot do and what contradicts itself.

    Raises:
        TunesmithError: `engine.flash_unusable`, `engine.fp16_on_processor`, `engine.no_bf16`, `engine.no_offload`,
            `engine.no_liger`, `engine.adapter_start`.
    """
    _check_precision(settings, device)
    _check_attention(settings, device)
    _check_adapter(settings)
    if settings.activation_offload and not device.is_cuda:
        raise TunesmithError(
            "engine.no_offload",
            what="Activations cannot be moved to the RAM here.",
            why="Without a card they are there already.",
            remedy="Turn it off.",
            where="settings.activation_offload",
        )
    if settings.liger:
        _check_liger(device)


def check_model(config: Any, settings: TrainingSettings) -> None:
    """Refuse what the model of `config` cannot be trained with.

    Raises:
        TunesmithError: `engine.rows_not_joinable`, `engine.no_liger`.
    """
    check_joining(config, settings)
    if settings.liger:
        _check_liger_knows(config)


def check_joining(config: Any, settings: TrainingSettings) -> None:
    """Refuse to join rows where the model of `config` would let them see each other.

    Raises:
        TunesmithError: `engine.rows_not_joinable`.
    """
    if not joins(settings):
        return
    why = _mixes_rows(config)
    if why:
        raise TunesmithError(
            "engine.rows_not_joinable",
            what="This model cannot be trained on rows that are joined into one sequence.",
            why=why,
            remedy="Turn packing and “No padding” off. “Group by length” saves most of the padding.",
            where="settings.packing" if settings.packing else "settings.padding_free",
        )


def _mixes_rows(config: Any) -> str:
    kind = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    text = config.get_text_config()
    types = set(getattr(text, "layer_types", None) or ())
    if kind is not None and (kind._is_stateful or types - BY_TOKEN_PAIRS):
        return "Some of its layers carry a state from token to token, across the rows' ends."
    if kind is None or not kind._supports_attention_backend:
        return "It computes attention in a way of its own, which cannot be told where a row ends."
    if getattr(text, "num_kv_shared_layers", 0):
        return "Its layers hand keys on to each other and cut their masks for it: they cannot be told where a row ends."
    return ""


def _check_precision(settings: TrainingSettings, device: Device) -> None:
    if settings.compute_dtype == "fp16" and not device.is_cuda:
        raise TunesmithError(
            "engine.fp16_on_processor",
            what="fp16 cannot be trained with on the processor.",
            why="Its gradients need a scaling that transformers offers on cards only.",
            remedy="Choose fp32, or bf16.",
            where="settings.compute_dtype",
        )
    if settings.compute_dtype == "bf16" and _older_than_ampere(device):
        raise TunesmithError(
            "engine.no_bf16",
            what="This card cannot train in bf16.",
            why=f"{device.name} has compute capability {_number(device)}; bf16 came with 8.0 (Ampere).",
            remedy="Choose fp16.",
            where="settings.compute_dtype",
        )


def _check_attention(settings: TrainingSettings, device: Device) -> None:
    if settings.attention != "flash":
        return
    if not device.is_cuda or settings.compute_dtype == "fp32":
        why = "It needs an NVIDIA card and bf16 or fp16 as compute precision."
    elif _older_than_ampere(device):
        why = f"{device.name} has compute capability {_number(device)}; FlashAttention 2 needs 8.0 (Ampere)."
    elif importlib.util.find_spec("flash_attn") is None:
        why = "The package flash-attn is not installed."
    else:
        return
    raise TunesmithError(
        "engine.flash_unusable",
        what="Flash attention cannot be used here.",
        why=why,
        remedy="Choose sdpa: PyTorch's own kernels are as lean and nearly as fast.",
        where="settings.attention",
    )


def _check_adapter(settings: TrainingSettings) -> None:
    """PEFT 0.21: PiSSA decomposes weights that are not quantised and changes them; LoftQ starts from what NF4 lost."""
    contradictions = (
        (
            settings.lora_init == "pissa" and settings.quantization != "none",
            "PiSSA takes the weights apart and changes them, which cannot be done with quantised ones.",
            "Choose no quantisation, or loftq with NF4, or the default start.",
        ),
        (
            settings.lora_init == "pissa" and settings.use_dora,
            "PiSSA changes the base; what DoRA learns on top could not be put on the base as it was.",
            "Turn DoRA off, or choose the default start.",
        ),
        (
            settings.lora_init == "loftq" and settings.quantization != "nf4",
            "LoftQ puts back what rounding to NF4 lost, and these weights are not in NF4.",
            "Choose NF4 as quantisation, or the default start.",
        ),
    )
    for holds, why, remedy in contradictions:
        if holds:
            what = f"The adapter cannot start as {settings.lora_init} with these settings."
            raise TunesmithError("engine.adapter_start", what=what, why=why, remedy=remedy, where="settings.lora_init")


def _check_liger(device: Device) -> None:
    if not device.is_cuda:
        raise _no_liger("They run on cards only.")
    if importlib.util.find_spec("liger_kernel") is None:
        raise _no_liger("The package liger-kernel is not installed.")


def _check_liger_knows(config: Any) -> None:
    """liger-kernel 0.8 finds its kernels by the kind of model that is loaded, and else only logs that it has none."""
    try:
        kernels = importlib.import_module(LIGER_KERNELS).MODEL_TYPE_TO_APPLY_LIGER_FN
    except Exception as error:
        raise _no_liger(f"The package liger-kernel cannot be imported: {first_line(error).rstrip('.')}.") from error
    kind = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    loaded = getattr(kind, "config_class", None) or type(config)  # of a model that also sees, its text model
    if loaded.model_type not in kernels:
        raise _no_liger(f"The package liger-kernel has none for models of the kind “{loaded.model_type}”.")


def _no_liger(why: str) -> TunesmithError:
    return TunesmithError(
        "engine.no_liger",
        what="The Liger kernels cannot be used here.",
        why=why,
        remedy="Turn them off: they save little next to what the other settings do.",
        where="settings.liger",
    )


def _older_than_ampere(device: Device) -> bool:
    return device.capability is not None and device.capability < AMPERE


def _number(device: Device) -> str:
    return ".".join(str(part) for part in device.capability or ())
