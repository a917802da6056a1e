"""From the last hidden states to the loss and back, in bytes."""

from __future__ import annotations

import sys

from core.fit.shape import Shape, is_cohere

CHUNK_TOKENS = 4096  # trl 1.16, trl.kernels.chunked_logprob.TOKEN_CHUNK_SIZE
CHUNK_VOCABULARY = 32_768  # trl 1.16, trl.trainer.utils._CHUNKED_LOGPROB_CHUNK_SIZE
TRITON = sys.platform == "linux"  # PyTorch brings Triton on Linux only; trl's kernels for a card need it


def head_moments(shape: Shape) -> tuple[int, int]:
    """(while autocast's copies stand, after): the last norm, the loss, and the way back to the hidden states.

    `fused` (trl's `ChunkedLogProbFunction`): one tile of logits, a float32 gradient of the hidden states and its cast;
    where the tiles are worked on by PyTorch itself, also seven float32 copies of the tile and a mask. `full`
    (transformers' `ForCausalLMLoss`): log-softmax and two gradients in float32. Both: the last norm's float32 copy.
    """
    spec, tokens = shape.spec, shape.tokens
    hidden = tokens * spec.hidden_size
    if shape.settings.loss == "full":
        capped = shape.element_bytes if spec.logit_softcap else 0
        scaled = 4 if is_cohere(spec) else 0
        return 0, tokens * spec.vocabulary * (12 + capped) + (4 + scaled) * hidden
    tile = _tile(shape)
    return tile + 8 * hidden, max(tile + (8 + 2 * shape.element_bytes) * hidden, norm_backward_bytes(shape))


def norm_backward_bytes(shape: Shape) -> int:
    """The last norm's gradient, worked out in float32."""
    return 24 * shape.tokens * shape.spec.hidden_size


def _tile(shape: Shape) -> int:
    spec = shape.spec
    rows, columns = min(shape.tokens, CHUNK_TOKENS), min(spec.vocabulary, CHUNK_VOCABULARY)
    tile = rows * CHUNK_VOCABULARY * shape.element_bytes  # at full width, even for a smaller vocabulary
    return tile + (0 if shape.is_gpu and TRITON else rows * columns * (7 * 4 + 1))
