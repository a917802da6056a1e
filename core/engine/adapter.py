"""The LoRA adapter: attached to a model, saved, and loaded again without a change of precision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, set_peft_model_state_dict

# Of some mixtures PEFT 0.21 takes `gate_proj` and the like for transformers 4's experts, and no setting turns that off
from peft.utils.transformers_weight_conversion import _MODEL_TO_CONVERSION_PATTERN, _MOE_TARGET_MODULE_MAPPING
from safetensors.torch import load_file
from torch import nn
from transformers import set_seed
from transformers.pytorch_utils import Conv1D

from core.engine import adapter_start, dora
from core.engine.load import DTYPES
from core.errors import TunesmithError
from core.settings import TrainingSettings

ALL_LINEAR = "all-linear"
LINEAR = (nn.Linear, Conv1D)  # bitsandbytes' layers are subclasses
LEFT_OUT = re.compile(
    r"vision|visual|audio|multi_modal|\.experts\.|\.router|(mlp|moe|feed_forward|block_sparse_moe)\.gate$"
)
NUMBER = re.compile(r"\\\.\d+\\\.")  # of a layer, in an escaped path
NAME = "default"


def attach(model: Any, settings: TrainingSettings) -> PeftModel:
    """`model` with a fresh adapter in its target layers, only the adapter trainable. The seed decides its first values.

    Raises:
        TunesmithError: `adapter.no_such_target`, `adapter.no_exact_weights`.
    """
    targets = targets_of(model, settings.lora_targets)
    set_seed(settings.seed)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        use_rslora=settings.use_rslora,
        use_dora=settings.use_dora,
        target_modules=targets,
        bias="none",
    )
    tuned = get_peft_model(model, config)
    cast(tuned, settings)
    if settings.use_dora:
        dora.make_lean(tuned)
    adapter_start.start(tuned, settings, NAME)
    return tuned


def cast(model: PeftModel, settings: TrainingSettings) -> None:
    """Give the adapter the precision that was asked for. trl makes it bf16 wherever the base is quantised."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(DTYPES[settings.adapter_dtype])


def save(model: PeftModel, folder: Path) -> None:
    """Write the adapter into `folder`, in PEFT's own format (safetensors), to be put on the base as it was."""
    if hasattr(model, "first_values"):
        adapter_start.save_as_plain(model, folder, NAME)
    else:
        keep(model, folder)


def keep(model: PeftModel, folder: Path) -> None:
    """Write the adapter into `folder` as it is trained, for `load_into`."""
    model.save_pretrained(folder, save_embedding_layers=False)


def load_into(model: PeftModel, folder: Path) -> None:
    """Give the adapter that `model` has the values that `keep` wrote; parameters keep device and precision."""
    set_peft_model_state_dict(model, load_file(folder / "adapter_model.safetensors"), adapter_name=NAME)


def attach_trained(model: Any, folder: Path) -> PeftModel:
    """`model` with the adapter in `folder` attached, for answering.

    Raises:
        TunesmithError: `adapter.broken`.
    """
    try:
        tuned = PeftModel.from_pretrained(model, folder, adapter_name=NAME, local_files_only=True)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise TunesmithError(
            "adapter.broken",
            what="The trained adapter cannot be loaded.",
            why=f"{type(error).__name__}: {str(error).splitlines()[0][:300] if str(error) else 'no reason given'}.",
            remedy="It may belong to another model, or its folder was damaged. Train again, or restore it from a copy.",
            where=str(folder),
        ) from error
    return tuned.eval()


def targets_of(model: Any, wanted: str) -> str:
    """PEFT's `target_modules` for `wanted`; the head is never among them, since the fused loss would pass an adapter
    by. Nor are experts and routers: PEFT holds an expert's change as a whole matrix for each of them, which takes tens
    of GiB, so its own `all-linear`, which counts them in, is not used.

    Raises:
        TunesmithError: `adapter.no_such_target`.
    """
    if wanted.strip() == ALL_LINEAR:
        return _pattern(linear_paths(model))
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    paths = linear_paths(model)
    unknown = [name for name in names if not any(_is_called(path, name) for path in paths)]
    if unknown or not names:
        raise TunesmithError(
            "adapter.no_such_target",
            what=f"The model has no layer called “{', '.join(unknown) or wanted}” that an adapter can be put on.",
            why=f"Its linear layers are: {', '.join(sorted({path.rpartition('.')[2] for path in paths}))}.",
            remedy=f"Choose some of those, or {ALL_LINEAR}.",
            where="settings.lora_targets",
        )
    return _pattern([path for path in paths if any(_is_called(path, name) for name in names)])


def _is_called(path: str, name: str) -> bool:
    return f".{path}".endswith(f".{name}")


def _pattern(paths: Sequence[str]) -> str:
    """PEFT's `target_modules` for exactly these layers: names alone would also be found in a tower that sees."""
    anywhere = {NUMBER.sub(r"\\.\\d+\\.", re.escape(path)) for path in paths}
    return "(.*\\.)?(" + "|".join(sorted(anywhere)) + ")"


def linear_paths(model: Any) -> list[str]:
    """Every linear layer that an adapter can be put on: none of the head, of a router, of experts, of a tower that sees
    or hears, and none whose name PEFT takes for an expert's."""
    head = model.get_output_embeddings()
    pattern = _MODEL_TO_CONVERSION_PATTERN.get(model.config.model_type, "")
    experts = _MOE_TARGET_MODULE_MAPPING.get(pattern, {})
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, LINEAR)
        and module is not head
        and not LEFT_OUT.search(name)
        and name.rpartition(".")[2] not in experts
    ]
