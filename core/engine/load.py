"""Loading a model from a folder: safetensors only, never remote code, never the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    BitsAndBytesConfig,
)
from transformers.initialization import no_init_weights

from core.engine import falcon
from core.engine.attention import DOCUMENTS
from core.engine.device import Device
from core.engine.joining import joins
from core.engine.refusals import check_joining
from core.engine.tokenizer import says
from core.errors import TunesmithError
from core.files import read_json_object
from core.models.reading import no_config, refuse_other_weights
from core.quantization import METHODS
from core.settings import TrainingSettings

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
ATTENTION = {"sdpa": "sdpa", "flash": "flash_attention_2", "eager": "eager"}


def load_model(folder: Path, settings: TrainingSettings, device: Device) -> Any:
    """The causal language model in `folder` on `device`, its linear layers quantised as `settings` say.

    Raises:
        TunesmithError: `model.no_config`, `model.needs_remote_code`, `model.unsupported`, `model.pickle_only`,
            `model.gguf_only`, `model.no_weights`, `model.broken_weights`, `engine.rows_not_joinable`.
    """
    read = check_folder(folder)
    check_joining(read, settings)
    prepare_families()
    arguments: dict[str, Any] = {}
    quantization = quantization_config(settings)
    if quantization is not None:
        arguments["quantization_config"] = quantization
    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=DTYPES[settings.compute_dtype],
            attn_implementation=attention_for(read, settings),
            device_map={"": device.torch},
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **arguments,
        )
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise _not_loaded(folder, error) from error
    if report["missing_keys"]:
        some = ", ".join(sorted(report["missing_keys"])[:3])
        raise _broken_weights(folder, f"{len(report['missing_keys'])} tensors are missing, {some} among them.")
    settle(model)
    return model


def form_of(folder: Path, config: Any) -> Any:
    """The model in `folder`, whose config is read, without weights: its layers with their names and shapes.

    Raises:
        TunesmithError: `model.unsupported`.
    """
    prepare_families()
    try:
        with torch.device("meta"), no_init_weights():
            return AutoModelForCausalLM.from_config(config)
    except Exception as error:
        raise _unsupported(folder, error) from error


def attention_for(config: Any, settings: TrainingSettings) -> str:
    """transformers' name of the attention that a model of `config` is trained with; where rows are joined, PyTorch's
    kernels inside each of them."""
    found = attention_of(config, ATTENTION[settings.attention])
    return DOCUMENTS if found == "sdpa" and joins(settings) else found


def attention_of(config: Any, wanted: str) -> str:
    """`wanted`, or `eager` where the model of `config` cannot have its scores computed by PyTorch's kernels: Gemma 2
    caps them, gpt-oss adds sinks to them."""
    kind = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    return "eager" if wanted == "sdpa" and kind is not None and not kind._supports_sdpa else wanted


def prepare_families() -> None:
    """Mend the families that transformers keeps from lean training. Before a model is built."""
    falcon.prepare()


def settle(model: Any) -> None:
    """Mend what keeps a loaded model from trl's fused loss.

    `base_model`, by which it finds what comes before the head, misses where transformers 5.24 names it by the wrong
    attribute (Llama 4's text model). And a mixture's balancing loss teaches routers, which an adapter leaves alone.
    """
    if model.base_model is model and hasattr(model, "model"):
        model.base_model_prefix = "model"
    text = model.config.get_text_config()
    if hasattr(text, "router_aux_loss_coef"):
        text.router_aux_loss_coef = 0.0


def quantization_config(settings: TrainingSettings) -> BitsAndBytesConfig | None:
    """How transformers is to quantise while it loads; None where it is not to."""
    loading = dict(METHODS[settings.quantization].loading(settings.double_quantization))
    if not loading:
        return None
    if loading.get("load_in_4bit"):
        loading["bnb_4bit_compute_dtype"] = DTYPES[settings.compute_dtype]
    return BitsAndBytesConfig(**loading)


def check_folder(folder: Path) -> Any:
    """The config of the model in `folder`, if Tunesmith can load it; told without loading it.

    Raises:
        TunesmithError: `model.no_config`, `model.needs_remote_code`, `model.unsupported`, `model.pickle_only`,
        `model.gguf_only`, `model.no_weights`.
    """
    if not (folder / "config.json").is_file():
        raise no_config(folder)
    read = _read_config(folder)
    if any(folder.glob("*.safetensors")):
        return read
    refuse_other_weights(folder)
    raise TunesmithError(
        "model.no_weights",
        what="The model's folder holds no weights.",
        why="There is no safetensors file in it.",
        remedy="Download the model again, or put its safetensors files there.",
        where=str(folder),
    )


def _read_config(folder: Path) -> Any:
    config = read_json_object(folder / "config.json")
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError, TypeError, ImportError, json.JSONDecodeError) as error:
        if "auto_map" in config:
            raise TunesmithError(
                "model.needs_remote_code",
                what="This model cannot be loaded without running its own code.",
                why=f"Its config.json names Python files for {config.get('model_type') or 'its architecture'}; "
                "Tunesmith never runs code that comes with a model.",
                remedy="Choose a model whose architecture is part of transformers.",
                where=str(folder / "config.json"),
            ) from error
        raise _unsupported(folder, error) from error


def _not_loaded(folder: Path, error: Exception) -> Exception:
    """What to raise for what transformers raised. Weights that do not fit are by far the commonest reason; memory
    stays itself."""
    if type(error).__name__ == "SafetensorError" or isinstance(error, (OSError, RuntimeError)):
        if "memory" in str(error).lower():
            return error
        return _broken_weights(folder, says(error))
    if isinstance(error, (ValueError, KeyError)):
        return _unsupported(folder, error)
    return error


def _unsupported(folder: Path, error: Exception) -> TunesmithError:
    return TunesmithError(
        "model.unsupported",
        what="This model is of a kind that Tunesmith cannot load.",
        why=says(error),
        remedy="Choose a text model of a common architecture (Llama, Qwen, Mistral, Gemma, Phi and the like).",
        where=str(folder),
    )


def _broken_weights(folder: Path, why: str) -> TunesmithError:
    return TunesmithError(
        "model.broken_weights",
        what="The model's weights are damaged or not all there.",
        why=why,
        remedy="Download the model again, or copy its safetensors files anew.",
        where=str(folder),
    )
