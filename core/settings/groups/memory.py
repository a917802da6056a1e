"""What is kept on the card, and what is computed again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from core.settings.about import about
from core.settings.groups.batch import BatchSettings

_about = partial(about, group="memory")


class MemorySettings(BatchSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “memory”, after those of the groups before it."""

    gradient_checkpointing: Annotated[
        bool,
        _about(
            "Gradient checkpointing",
            "Forgets what lies inside a layer and computes it again in the backward pass: about a third slower.",
            "Keeps one layer's activations instead of all layers': often several GiB.",
        ),
    ] = True
    activation_offload: Annotated[
        bool,
        _about(
            "Activations to RAM",
            "Moves what the backward pass needs to the computer's RAM, and back in time. For long sequences on a card "
            "that is nearly large enough; slower, by how much the bus decides.",
            "Saves most of the activations on the card, and takes as much RAM. The estimate does not count on it.",
        ),
    ] = False
    liger: Annotated[
        bool,
        _about(
            "Liger kernels",
            "Uses the fused kernels of the package liger-kernel for norms, rotary embeddings and gated layers, if it "
            "is installed and knows the model.",
            "Saves a few of a layer's activations. The estimate does not count on it.",
        ),
    ] = False
    attention: Annotated[
        Literal["sdpa", "flash", "eager"],
        _about(
            "Attention",
            "How attention is computed: PyTorch's own kernels (sdpa), the flash-attention package, or step by step "
            "(eager).",
            "eager keeps a table of length × length for each head; the others do not.",
        ),
    ] = "sdpa"
    loss: Annotated[
        Literal["fused", "full"],
        _about(
            "Loss",
            "fused computes the loss in pieces; full first makes the whole table of logits.",
            "full costs length × vocabulary × 4 bytes several times: over 3 GiB for 2,048 tokens of Llama 3.",
        ),
    ] = "fused"
    retry_leaner: Annotated[
        bool,
        _about(
            "Retry leaner",
            "Where the memory runs out in the middle of a run, goes on once by itself from the last checkpoint with "
            "settings that need less and learn the same: fewer rows at once, and as many more times.",
            "None until it is needed; then it saves what was short.",
        ),
    ] = True
