"""What a family of models is to the counting: the names and shapes of its tensors, as transformers builds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.models.config import ModelConfig

Pairs = Iterator[tuple[str, tuple[int, ...]]]
"""(name, shape) of one tensor after the other."""

Layer = Callable[[ModelConfig, int], Pairs]
"""The tensors of the layer of this number, named from the layer on."""

Around = Callable[[ModelConfig], Pairs]
"""The tensors beside the layers, named from the model's base on."""


def llama_around(config: ModelConfig) -> Pairs:
    """An embedding and a last norm: what most families have beside their layers."""
    yield "embed_tokens.weight", (config.vocabulary, config.hidden_size)
    yield "norm.weight", (config.hidden_size,)


class Family(NamedTuple):
    """A family. `base` and `layers` are the names that its tensors begin with: `model.layers.0.…`.

    `head` is the head's module, named whole; `head_bias` whether it has one. `parallel`: attention and MLP both work on
    the layer's input (the rest add one after the other).
    """

    layer: Layer
    around: Around = llama_around
    base: str = "model"
    layers: str = "layers"
    head: str = "lm_head"
    head_bias: bool = False
    parallel: bool = False
