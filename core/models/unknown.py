"""Models of families that Tunesmith does not know by heart: sizes told from their tensors, and what is less sure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.models.config import ModelConfig
from core.models.counting import group_of
from core.models.families import FAMILIES
from core.models.headers import Tensors

HEAD_DIM = 128  # the commonest width of a head among models of this decade
UNSORTED_SHARE = 0.01  # of the parameters: with more in no group, that is said
HEADS = ("num_attention_heads", "n_head", "n_heads")
WIDTH = ("hidden_size", "n_embd", "d_model")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers")
LAYER_NUMBER = re.compile(r"(?:^|\.)(?:layers|h|blocks|block)\.(\d+)\.")


def completed(document: Mapping[str, Any], tensors: Tensors) -> tuple[dict[str, Any], list[str]]:
    """(the config with the sizes that it leaves out filled in from the tensors, what was filled in, in words).

    A config of a known family, or one that says enough, comes back as it is.
    """
    inner = document.get("text_config")
    text = dict(inner) if isinstance(inner, dict) else dict(document)
    if str(text.get("model_type") or document.get("model_type")) in FAMILIES or not tensors:
        return dict(document), []
    found = _sizes(tensors)
    said: list[str] = []
    for names, words in ((WIDTH, "width"), (LAYERS, "number of layers"), (("vocab_size",), "vocabulary")):
        if not _names_any(text, names) and found.get(names[0]):
            text[names[0]] = found[names[0]]
            said.append(f"The config does not name the {words}; {found[names[0]]:,} was told from the weights.")
    width = next((text[name] for name in WIDTH if name in text), 0)
    if not _names_any(text, HEADS) and isinstance(width, int) and width >= 1:
        text[HEADS[0]] = max(1, width // HEAD_DIM) if width % HEAD_DIM == 0 else 1
        said.append(f"The config does not name attention heads; heads {HEAD_DIM} wide are assumed.")
    if not said:
        return dict(document), []
    return (dict(document) | {"text_config": text} if isinstance(inner, dict) else text), said


def _names_any(text: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(text.get(name) is not None for name in names)


def _sizes(tensors: Tensors) -> dict[str, int]:
    sizes: dict[str, int] = {}
    numbers = {int(found[1]) for name in tensors if (found := LAYER_NUMBER.search(name))}
    if numbers:
        sizes[LAYERS[0]] = max(numbers) + 1
    tables = [shape for name, (_, shape) in tensors.items() if group_of(name) == "embeddings" and len(shape) == 2]
    if tables:
        sizes["vocab_size"], sizes[WIDTH[0]] = max(tables)
    return sizes


def doubts(config: ModelConfig, groups: Mapping[str, int], has_linears: bool) -> list[str]:
    """What is less sure about a model that was counted from its tensors alone; nothing for a known family."""
    if config.model_type in FAMILIES:
        return []
    named = f"“{config.outer_type}”" if config.outer_type else "of this model"
    said = [
        f"Tunesmith does not know the family {named} by heart: the count is exact, but which tensors are attention, "
        "MLP or experts was told from their names, so the memory may differ more than usual."
    ]
    total, unsorted = sum(groups.values()), groups.get("other", 0)
    if total and unsorted > UNSORTED_SHARE * total:
        said.append(f"{unsorted / total:.0%} of its parameters could not be told apart by their names.")
    if not has_linears:
        said.append("No linear layers were found, so it is not known where an adapter would go.")
    if config.experts or groups.get("experts"):
        said.append("How much its experts keep for the backward pass is taken from other mixtures.")
    return said
