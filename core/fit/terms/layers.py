"""What layers keep from their forward pass for their backward pass, in bytes."""

from __future__ import annotations

from core.fit.shape import EVERY_EXPERT, WINDOWED, Shape, is_cohere, is_last_of_attention, norm_numbers, text_of

WEIGHTLESS_NORMS = {"llama4_text"}  # norms of queries and keys without a parameter
SWIGLU_LIMITED = {"gpt_oss"}  # clamps, a sigmoid and a sum of its own: more tables than gate, activation and product
CAPPED_ATTENTION = {"gemma2"}  # its tanh keeps one more table
RESIDUAL_DROPOUT = {"seed_oss": 0.1}  # where a config does not say (transformers 5.24)
POST_NORM = {"olmo2", "olmo3", "exaone4"}  # hidden states go into attention as they are, and are held as its input
WRITTEN_OUT = {"gelu_new"}  # GELU by its formula
GATED_SHARED = {"qwen2_moe", "qwen3_next", "qwen3_5_moe_text"}  # the shared expert's output is weighed, so it is kept
LINEAR_BYTES = 90
ROUTER_BYTES = 4 + 2  # of a token and expert: the softmax in float32, the logits in 16 bits


def kept_bytes(shape: Shape) -> int:
    """What all layers together keep where nothing is recomputed."""
    every = shape.spec.layers * _norms(shape) + _adapter_inputs(shape) + _low_rank(shape)
    every += shape.spec.layers * _dropout_masks(shape) + _wide_heads(shape)
    if shape.is_int8 and shape.copies_inputs:
        every += shape.wide_bytes // shape.element_bytes * _quantised_inputs(shape)  # beside the adapters' copies
    every -= 4 * shape.spec.hidden_size  # nothing before the first norm is trained, so it keeps nothing
    attention = shape.masked_layers * _attention(shape, masked=True)
    attention += (shape.spec.layers - shape.masked_layers) * _attention(shape, masked=False)
    attention += shape.linear_layers * _linear_attention(shape)
    feed_forward = sum(count * _dense(shape, width) for count, width in shape.mlps)
    feed_forward += shape.spec.expert_layers * _mixture(shape)
    return shape.tokens * (every + attention + feed_forward)


def widest_kept_bytes(shape: Shape) -> int:
    """What the layer keeps that keeps most."""
    layers = shape.spec.layers
    norms = _norms(shape)
    if shape.state_bytes == 4 and shape.settings.gradient_checkpointing:
        norms -= 4 * shape.spec.hidden_size  # the first one's input is the layer's, in float32 already
    every = norms + _dropout_masks(shape) + (_adapter_inputs(shape) + _low_rank(shape)) // layers
    attention = _widest_attention(shape)
    attention += min(1, shape.linear_layers) * _linear_attention(shape)
    return shape.tokens * (every + attention + feed_forward_kept(shape))


def unowned_bytes(shape: Shape) -> int:
    """What the last layer keeps less than the widest at its widest moment, where it borrows keys and values: those, the
    norms' copies of them, and of the two norms whose gradients are made before."""
    if not shape.borrowing_layers or shape.is_int8:
        return 0
    spec = shape.spec
    return shape.tokens * (2 * shape.element_bytes * shape.queries + 8 * shape.keys + 8 * spec.hidden_size)


def _widest_attention(shape: Shape) -> int:
    """A layer's attention; where some have wider heads (Gemma 4), the larger of the two kinds."""
    full = shape.spec.layer_types.count("full_attention")
    windowed = _attention(shape, masked=shape.masked_layers > 0)
    if not full or not shape.spec.global_head_dim:
        return windowed
    return max(windowed, _attention(shape, masked=shape.is_padded) + _wide_heads(shape) // full)


def feed_forward_kept(shape: Shape) -> int:
    """What the feed-forward part of the widest layer keeps of each token."""
    parts = _dense(shape, shape.widest_mlp), _mixture(shape) if shape.spec.expert_layers else 0
    return sum(parts) if shape.mixes_beside_mlp else max(parts)


def inputs_bytes(shape: Shape) -> int:
    """What gradient checkpointing keeps: the hidden states that go into each layer."""
    states = shape.spec.layers * shape.spec.hidden_size * shape.state_bytes
    return 0 if shape.is_int8 and shape.spec.model_type in POST_NORM else shape.tokens * states


def last_is_lean(shape: Shape) -> bool:
    """Whether the last layer attends without the mask that the widest one, before it, keeps."""
    return (
        0 < shape.windowed_layers == shape.masked_layers < shape.spec.layers == len(shape.spec.layer_types)
        and shape.spec.layer_types[-1] not in WINDOWED
    )


def held_bytes(shape: Shape) -> int:
    """What LLM.int8() keeps besides, until the backward pass ends: every quantised layer's input, where checkpointing
    does not see them (bitsandbytes 0.50, `MatMul8bitLt.forward`: `ctx.tensors`)."""
    if not shape.is_int8:
        return 0
    inputs = shape.wide_bytes // shape.element_bytes * _quantised_inputs(shape)
    return shape.tokens * (shape.spec.layers * shape.queries * shape.element_bytes + inputs)


def shared_bytes(shape: Shape) -> int:
    """What all layers share until the step ends: the rotary tables, and the masks as truth values."""
    settings = shape.settings
    kept = 2 * shape.element_bytes * max(shape.spec.head_dim, shape.spec.global_head_dim)
    kept += _layers_inputs(shape)
    kinds = (shape.is_padded and shape.masked_layers > 0) + (shape.windowed_layers > 0)
    if shape.is_eager:  # a mask to be added, always; windows have one of their own
        numbers = shape.element_bytes * (1 + (shape.spec.sliding_window > 0))
        return shape.tokens * (kept + numbers * shape.span)
    if not settings.gradient_checkpointing:
        kinds = 0  # each layer has its copy; the shared one goes when the forward pass ends
    return shape.tokens * (kept + kinds * shape.span)


def _layers_inputs(shape: Shape) -> int:
    """What each layer is given of the tokens besides the hidden states (Gemma 4's small ones), their norm's float32
    copy, and their gradient."""
    each = int(text_of(shape.spec).get("hidden_size_per_layer_input") or 0)
    return shape.spec.layers * each * (4 + 2 * shape.element_bytes)


def batch_bytes(shape: Shape) -> int:
    """Tokens, labels and mask, 8 bytes each, of all micro-batches of a step."""
    return 24 * shape.tokens * shape.settings.gradient_accumulation_steps


def casts_bytes(shape: Shape) -> int:
    """Autocast's 16-bit copies of a float32 adapter, kept until the forward pass ends."""
    return 2 * shape.adapter_parameters if shape.mixed and shape.adapter_bytes == 4 else 0


def _norms(shape: Shape) -> int:
    """A norm works in float32 (`LlamaRMSNorm`; CUDA's autocast for LayerNorm): it keeps a float32 copy of its input."""
    spec = shape.spec
    if is_cohere(spec):
        return 8 * spec.hidden_size  # whose LayerNorm, written out, keeps the difference from the mean twice
    if spec.layer_norm:
        return 4 * spec.hidden_size * (1 if spec.parallel_attention else 2)
    whole, rest = divmod(norm_numbers(spec), spec.hidden_size)
    on_heads = shape.queries + shape.keys if rest and spec.head_norms else 0
    if spec.model_type in WEIGHTLESS_NORMS:
        on_heads = shape.queries + shape.keys
    if spec.global_head_dim:
        on_heads += shape.keys  # Gemma 4 has a norm on values too
        whole += bool(spec.expert_layers)  # and one before its router, whose weight is another kind's
    return 4 * (max(2, whole) * spec.hidden_size + on_heads + shape.latents)


def _attention(shape: Shape, *, masked: bool) -> int:
    """Queries, keys, values, the output and its log-sum-exp (Dao, FlashAttention-2, 2307.08691). With a mask: keys and
    values for every head, and a copy of the mask as numbers (PyTorch's memory-efficient kernel). Step by step: also the
    table of weights before and after its cast (Gemma 2: and before its cap)."""
    spec, wide = shape.spec, shape.wide_bytes
    length = shape.span
    if shape.is_eager and spec.attention_sinks:  # the softmax is in 16 bits, over one column more
        return wide * 4 * shape.queries + wide * spec.heads * length
    if shape.is_eager:
        numbers = 4 + (wide if shape.mixed else 0) + (wide if spec.model_type in CAPPED_ATTENTION else 0)
        return wide * 4 * shape.queries + 4 * spec.heads + numbers * spec.heads * length
    element = shape.element_bytes  # autocast hands PyTorch's kernels 16 bits, whatever a LayerNorm led to
    if masked and shape.settings.attention != "flash":
        held = shape.beside_values if shape.keys == shape.queries else 0  # else values are repeated for every head
        return element * (4 * shape.queries + held + length) + 4 * spec.heads
    return element * (2 * (shape.queries + shape.keys) + shape.beside_values) + 4 * spec.heads


def _adapter_inputs(shape: Shape) -> int:
    """The inputs that the adapters' first matrices need again, of all layers: one for each place, or a copy for each
    adapted layer."""
    element = shape.element_bytes
    dropout = shape.settings.lora_dropout > 0
    if shape.copies_inputs or dropout:
        own = shape.casts_inputs or dropout  # else attention's output is in 16 bits already
        each = sum(k.count * k.in_features for k in shape.adapted if own or not is_last_of_attention(k))
        return each * (element + dropout)
    if shape.is_int8:
        return _quantised_inputs(shape)
    return element * sum(count * width for count, width in shape.input_places)


def _quantised_inputs(shape: Shape) -> int:
    """The inputs of all quantised layers, each place's once."""
    return shape.element_bytes * sum(count * width for count, width in shape.quantised_places)


def _linear_attention(shape: Shape) -> int:
    """Gated delta rule in chunks (2412.06464), as transformers 5.24 writes it out in PyTorch: tens of small tables in
    float32 for each chunk. Not derived: the sum that rehearsals of Qwen 3.5 show, about 90 bytes a number of its
    values."""
    return LINEAR_BYTES * shape.linear_values


def _wide_heads(shape: Shape) -> int:
    """What layers with wider heads than the others (Gemma 4's full ones) keep more, of all of them together: queries,
    keys and values for every head, the output, and a norm's float32 copy of the queries."""
    spec = shape.spec
    if not spec.global_head_dim:
        return 0
    wider = spec.heads * (spec.global_head_dim - spec.head_dim)
    return spec.layer_types.count("full_attention") * wider * (4 * shape.wide_bytes + 4)


def _dropout_masks(shape: Shape) -> int:
    """What a model's own dropout on the way past attention and feed-forward drops, a byte a number."""
    share = shape.spec.config.get("residual_dropout", RESIDUAL_DROPOUT.get(shape.spec.model_type, 0.0))
    return 2 * shape.spec.hidden_size if share else 0


def _low_rank(shape: Shape) -> int:
    return sum(kind.count for kind in shape.adapted) * shape.settings.lora_rank * shape.element_bytes


def _dense(shape: Shape, width: int) -> int:
    """Gate, up and the activation (their product counts as the last matrix's input); or, without a gate, what its
    activation needs: GELU written out by its formula keeps four tables in float32 under autocast."""
    if shape.gated:
        return 3 * shape.wide_bytes * width
    return 16 * width if shape.spec.activation in WRITTEN_OUT else shape.wide_bytes * width


def _mixture(shape: Shape) -> int:
    """Of each expert that a token goes through: gate and up, the activation, and the output that is weighed; the router
    besides, and the shared expert."""
    spec, element = shape.spec, shape.element_bytes
    shared = 3 * element * spec.shared_expert_size
    shared += element * spec.hidden_size if spec.model_type in GATED_SHARED else 0
    times = shape.experts_at_once
    if spec.model_type in EVERY_EXPERT:
        return shared + times * element * (3 * spec.expert_size + spec.hidden_size)
    tables = 6 if spec.model_type in SWIGLU_LIMITED else 3
    routed = times * element * (tables * spec.expert_size + spec.hidden_size)
    return shared + routed + ROUTER_BYTES * spec.experts + 40 * times
