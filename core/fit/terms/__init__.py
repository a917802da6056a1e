"""The estimate's terms: one small closed formula each, with its source. All in bytes.

The tensors that PyTorch keeps are those that a rehearsal of the engine's own training step sees (transformers 5.24,
peft 0.21, trl 1.16, bitsandbytes 0.50, torch 2.13); tests/benchmarks/fit_accuracy.py holds the formulas to it.
"""

from core.fit.terms.backward import backward_bytes, forward_bytes
from core.fit.terms.dora import dora_kept_bytes, dora_tables_bytes, dora_weight_bytes
from core.fit.terms.head import head_moments
from core.fit.terms.layers import (
    CAPPED_ATTENTION,
    batch_bytes,
    casts_bytes,
    held_bytes,
    inputs_bytes,
    kept_bytes,
    last_is_lean,
    shared_bytes,
    unowned_bytes,
    widest_kept_bytes,
)
from core.fit.terms.reserve import CARD_FIXED_BYTES, card_reserve_bytes, ram_reserve_bytes
from core.fit.terms.standing import adapter, gradients, optimizer, weights
from core.fit.terms.workspace import cublas_workspace_bytes, unpacked_bytes, workspaces_bytes

__all__ = [
    "CAPPED_ATTENTION",
    "CARD_FIXED_BYTES",
    "adapter",
    "backward_bytes",
    "batch_bytes",
    "card_reserve_bytes",
    "casts_bytes",
    "cublas_workspace_bytes",
    "dora_kept_bytes",
    "dora_tables_bytes",
    "dora_weight_bytes",
    "forward_bytes",
    "gradients",
    "head_moments",
    "held_bytes",
    "inputs_bytes",
    "kept_bytes",
    "last_is_lean",
    "optimizer",
    "ram_reserve_bytes",
    "shared_bytes",
    "unowned_bytes",
    "unpacked_bytes",
    "weights",
    "widest_kept_bytes",
    "workspaces_bytes",
]
