"""The estimate's terms: one small closed formula each, with its source. All in bytes.

The tensors that PyTorch keeps were counted in real training steps of small models, with every storage's birth and death
recorded (transformers 5.24, peft 0.21, trl 1.16, torch 2.13); the formulas reproduce those counts.
"""

from __future__ import annotations

import sys

from core.fit.shape import OUTPUT_PROJECTIONS, Shape
from core.quantization import METHODS

MIB = 2**20
CHUNK_TOKENS = 4096  # trl 1.16, trl.kernels.chunked_logprob.TOKEN_CHUNK_SIZE
CHUNK_VOCABULARY = 32_768  # trl 1.16, trl.trainer.utils._CHUNKED_LOGPROB_CHUNK_SIZE
TRITON = sys.platform == "linux"  # PyTorch brings Triton on Linux only; trl's kernels for a card need it
CAPPED_ATTENTION = {"gemma2"}  # its tanh keeps one more table
CUBLAS_WORKSPACE_BYTES = 8_519_680  # torch 2.13's default `:4096:2:16:8`, kept from the first matrix product on
CUBLAS_WORKSPACE_SINCE_HOPPER_BYTES = 32 * MIB


def weights(shape: Shape) -> int:
    """The frozen base: linear layers as the method stores them, everything else in the compute type."""
    spec, settings = shape.spec, shape.settings
    method = METHODS[settings.quantization]
    stored = rest = 0
    for kind in spec.linears:
        if kind.quantizable:
            one = method.weight_bytes(
                kind.out_features, kind.in_features, settings.double_quantization, shape.element_bytes
            )
            stored += kind.count * one
            rest += kind.count * kind.out_features * kind.in_features
    return stored + (spec.parameters - spec.unused_parameters - rest) * shape.element_bytes


def adapter(shape: Shape) -> int:
    """The LoRA matrices themselves."""
    return shape.adapter_parameters * shape.adapter_bytes


def gradients(shape: Shape) -> int:
    """One number for each trained parameter, in its type."""
    return shape.adapter_parameters * shape.adapter_bytes


def optimizer(shape: Shape) -> int:
    """Two moments a trained parameter: in its own type (`torch.optim.AdamW`), or a byte each with a float32 scale for a
    block of 256 (`bitsandbytes.optim`, 0.50)."""
    if shape.settings.optimizer == "adamw":
        return 2 * shape.adapter_parameters * shape.adapter_bytes
    return 2 * shape.adapter_parameters + 2 * 4 * (-(-shape.adapter_parameters // 256))


def layer_input(shape: Shape) -> int:
    """What gradient checkpointing keeps of each layer: the hidden states that go in."""
    return shape.tokens * shape.spec.hidden_size * shape.element_bytes


def layer_kept(shape: Shape) -> int:
    """What one layer keeps from its forward for its backward pass."""
    spec, element = shape.spec, shape.element_bytes
    per_token = _norms(shape) + _attention(shape) + _adapter_inputs(shape) + _experts(shape)
    per_token += (3 if _gated(shape) else 1) * element * _mlp_width(shape)
    per_token += sum(kind.count for kind in shape.adapted) // spec.layers * shape.settings.lora_rank * element
    return shape.tokens * per_token


def _norms(shape: Shape) -> int:
    """A norm works in float32 (`LlamaRMSNorm`): it keeps a float32 copy of 16-bit states, or the states themselves."""
    spec = shape.spec
    weights_a_layer = max(0, spec.parameters_by_group.get("norms", 0) - spec.hidden_size) // spec.layers
    whole, rest = divmod(weights_a_layer, spec.hidden_size)
    on_heads = (spec.heads + spec.kv_heads) * spec.head_dim if rest else 0  # Qwen 3: a norm on each query and key
    return 4 * (max(2, whole) * spec.hidden_size + on_heads)


def _attention(shape: Shape) -> int:
    """Queries, keys, values, the output and its log-sum-exp (Dao, FlashAttention-2, 2307.08691); step by step also the
    table of weights before and after its cast (Gemma 2: and before its cap), and keys and values for every head."""
    spec, element = shape.spec, shape.element_bytes
    queries, keys = spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim
    kept = element * 2 * (queries + keys) + 4 * spec.heads
    if shape.settings.attention == "eager":
        numbers = 4 + (element if shape.mixed else 0) + (element if spec.model_type in CAPPED_ATTENTION else 0)
        table = numbers * spec.heads * shape.settings.max_seq_length
        kept += table + 2 * element * (queries - keys)
    return kept


def _adapter_inputs(shape: Shape) -> int:
    """The inputs that the adapters' first matrices need again: one for each place, or a copy for each adapted layer."""
    spec, element = shape.spec, shape.element_bytes
    dropout = shape.settings.lora_dropout > 0
    kept, places = 0, set()
    for kind in shape.adapted:
        each = kind.count // spec.layers
        if shape.copies_inputs or dropout:
            kept += each * kind.in_features * (element + dropout)
        place = (kind.group, kind.name in OUTPUT_PROJECTIONS, kind.in_features)
        if not shape.copies_inputs and place not in places:
            places.add(place)
            is_attention_output = kind.group == "attention" and kind.name in OUTPUT_PROJECTIONS
            kept += 0 if is_attention_output else kind.in_features * element
    return kept


def _experts(shape: Shape) -> int:
    """Each token goes through several experts: its copies, and gate, activation, up and product of each."""
    spec = shape.spec
    if not spec.experts:
        return 0
    width = max(
        (kind.in_features for kind in spec.linears if kind.group == "experts" and "down" in kind.name), default=0
    )
    return spec.experts_per_token * shape.element_bytes * (2 * spec.hidden_size + 4 * width)


def _mlp_width(shape: Shape) -> int:
    """The inner width of the dense MLP; none where every layer has experts instead."""
    dense = [kind for kind in shape.spec.linears if kind.group in ("mlp", "shared_expert")]
    return shape.spec.intermediate_size if dense else 0


def _gated(shape: Shape) -> bool:
    return any("gate" in kind.name for kind in shape.spec.linears if kind.group in ("mlp", "shared_expert"))


def layer_backward(shape: Shape) -> int:
    """What the backward pass through a layer needs on top: at its widest the gradients around the MLP's last matrix."""
    spec, element = shape.spec, shape.element_bytes
    width = max([_mlp_width(shape), spec.hidden_size, spec.experts_per_token * spec.hidden_size if spec.experts else 0])
    times = 4 if shape.copies_inputs else 3
    per_token = times * element * width + 2 * element * spec.hidden_size
    if shape.settings.attention == "eager":
        per_token = max(per_token, 8 * spec.heads * shape.settings.max_seq_length)
    return shape.tokens * per_token


def last_norm(shape: Shape) -> int:
    """The last norm keeps a float32 copy, and its output waits for the loss."""
    return shape.tokens * shape.spec.hidden_size * (4 + shape.element_bytes)


def common_activations(shape: Shape) -> int:
    """What all layers share until the step ends: for padded batches attention's mask, as bytes and as numbers, and
    autocast's 16-bit copies of the adapter."""
    settings, kept = shape.settings, 0
    if settings.per_device_batch_size > 1 and not settings.packing and settings.attention != "flash":
        kept += settings.per_device_batch_size * settings.max_seq_length**2 * (1 + shape.element_bytes)
    if shape.mixed and shape.adapter_bytes == 4 and not settings.gradient_checkpointing:
        kept += 2 * shape.adapter_parameters
    return kept


def logits(shape: Shape) -> int:
    """From the hidden states to the loss and back.

    `fused` (trl's `ChunkedLogProbFunction`): one tile of logits, a float32 gradient of the hidden states and its cast;
    where the tiles are worked on by PyTorch itself, also seven float32 copies of the tile and a mask. `full`
    (transformers' `ForCausalLMLoss`): the table in the compute type, its log-softmax, and two gradients in float32.
    """
    spec, tokens, element = shape.spec, shape.tokens, shape.element_bytes
    if shape.settings.loss == "full":
        return tokens * spec.vocabulary * (12 + element)
    rows, columns = min(tokens, CHUNK_TOKENS), min(spec.vocabulary, CHUNK_VOCABULARY)
    tile = rows * CHUNK_VOCABULARY * element  # at full width, even for a smaller vocabulary
    copies = 0 if shape.is_gpu and TRITON else rows * columns * (7 * 4 + 1)
    return tile + copies + tokens * spec.hidden_size * (4 + 2 * element) + 9 * 4 * tokens


def cublas_workspace_bytes(compute_capability: tuple[int, int] | None) -> int:
    """What cuBLAS keeps for one thread that multiplies (ATen/cuda/CublasHandlePool.cpp, PyTorch 2.13)."""
    since_hopper = compute_capability is not None and compute_capability[0] >= 9
    return CUBLAS_WORKSPACE_SINCE_HOPPER_BYTES if since_hopper else CUBLAS_WORKSPACE_BYTES


def workspace(shape: Shape, compute_capability: tuple[int, int] | None) -> int:
    """A quantised weight is unpacked to be multiplied, the largest counts; and cuBLAS keeps a space of its own."""
    space = 0
    if shape.is_gpu:
        space = cublas_workspace_bytes(compute_capability)
    if METHODS[shape.settings.quantization].quantizes_linear:
        largest = max(
            (kind.out_features * kind.in_features for kind in shape.spec.linears if kind.quantizable), default=0
        )
        scales = largest // 16  # NF4's scales of 64 weights, unpacked to float32
        space += largest * shape.element_bytes + scales
    return space
