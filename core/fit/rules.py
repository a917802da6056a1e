"""The rules of thumb that a recommendation follows, each in one place, to be tuned in one place."""

from __future__ import annotations

import math

from core.fit.rows import Rows
from core.fit.shape import text_of
from core.fit.terms import CAPPED_ATTENTION
from core.fit.values import FitMachine, Verdict
from core.models.spec import ModelSpec

TIGHT_MARGIN = 0.05  # of the usable memory: with less to spare than this, a plan is called tight
COVERAGE = 0.99  # of the rows that the longest sequence should hold whole
LENGTH_STEP = 64  # sequence lengths are rounded up to this
DEFAULT_LENGTH = 2048  # tokens, while no data set is known
SHORTEST_LENGTH = 256
CHEAP_LENGTH = 256  # up to here a longer limit costs next to nothing, so that every row is held whole
MANY_ROWS = 1000
EFFECTIVE_BATCH = {"few": 8, "many": 16}

RANKS_BY_ROWS = ((5_000, 16), (50_000, 32), (math.inf, 64))
LEAN_RANK = 8
SMALL_OPTIMIZERS = ("adamw_8bit", "paged_adamw_8bit")  # the milder first
EPOCHS_BY_ROWS = ((2_000, 3.0), (20_000, 2.0), (math.inf, 1.0))
TINY_PARAMETERS = 50_000_000  # a model this small learns little from a row and needs to see it more often
TINY_EPOCHS_FACTOR = 4 / 3
WARMUP_STEPS = 5
BY_TOKEN_PAIRS = {"full_attention", "sliding_attention", "chunked_attention"}
SEPARATE_ROWS = {  # decoders whose attention cannot be told where a row ends
    "biogpt",
    "bloom",
    "cpmant",
    "falcon",
    "gpt_neo",
    "gpt_neox_japanese",
    "mpt",
    "openai-gpt",
    "stablelm",
    "xglm",
}
WARMUP_SHARE = 0.1


def verdict(total_bytes: int, machine: FitMachine) -> Verdict:
    """`does_not_fit` above the usable memory, `tight` with less than 5 % of it to spare, else `fits`."""
    if total_bytes > machine.memory_usable_bytes:
        return "does_not_fit"
    spare = machine.memory_usable_bytes - total_bytes
    return "tight" if spare < margin_bytes(machine) else "fits"


def margin_bytes(machine: FitMachine) -> int:
    """What a plan should leave free, so that it is not called tight."""
    return math.ceil(TIGHT_MARGIN * machine.memory_usable_bytes)


def covering_length(rows: Rows | None, context_length: int) -> int:
    """Tokens that hold 99 % of the rows whole (all of them where they are short), rounded up to 64 and within what the
    model was made for."""
    longest = context_length or DEFAULT_LENGTH
    if not rows:
        return min(DEFAULT_LENGTH, longest)
    covering = max(rows.covering(COVERAGE), min(rows.lengths[-1], CHEAP_LENGTH))
    return min(max(LENGTH_STEP, -(-covering // LENGTH_STEP) * LENGTH_STEP), longest)


def shorter_lengths(length: int) -> list[int]:
    """What to try, longest first, where `length` does not fit: 4,096, 3,072, 2,048, 1,536 and so on."""
    found, power = [], SHORTEST_LENGTH
    while power < length:
        found += [size for size in (power, power * 3 // 2) if size < length]
        power *= 2
    return found[::-1]


def attention_targets(spec: ModelSpec) -> str:
    """The layers of attention that can have an adapter, as the setting `lora_targets`; empty if there are none, or no
    others."""
    usable = [kind for kind in spec.linears if kind.adaptable]
    attention = {kind.name for kind in usable if kind.group == "attention"}
    others = {kind.name for kind in usable if kind.group != "attention"}
    return ",".join(sorted(attention)) if attention and others else ""


def effective_batch(rows: int | None) -> int:
    """Rows a step: 8 for a small data set, so that there are enough steps, 16 for a large one."""
    return EFFECTIVE_BATCH["few" if rows is not None and rows < MANY_ROWS else "many"]


def rank_for(rows: int | None) -> int:
    """LoRA rank: room for what the rows can teach ("LoRA Without Regret", Thinking Machines Lab, 2025)."""
    return next(rank for limit, rank in RANKS_BY_ROWS if (rows or 0) <= limit)


def epochs_for(rows: int | None, spec: ModelSpec) -> float:
    """How often the rows are seen: small sets three times, large ones once; a tiny model a third more often."""
    epochs = next(epochs for limit, epochs in EPOCHS_BY_ROWS if (rows or 0) <= limit)
    return float(round(epochs * TINY_EPOCHS_FACTOR)) if spec.parameters < TINY_PARAMETERS else epochs


def warmup_for(rows: int | None, batch: int, epochs: float) -> int:
    """A tenth of the steps, at most five."""
    if not rows:
        return WARMUP_STEPS
    return min(WARMUP_STEPS, round(WARMUP_SHARE * epochs * rows / batch))


def learning_rate_for(spec: ModelSpec) -> float:
    """5e-4 × (2000 / width)^0.781, to two digits ("LoRA Without Regret", Thinking Machines Lab, 2025)."""
    return float(f"{5e-4 * (2000 / spec.hidden_size) ** 0.781:.1e}")


def attention_for(spec: ModelSpec) -> str:
    """PyTorch's kernels, but for Gemma 2, whose capped attention they cannot compute (transformers 5.24 refuses it)."""
    return "eager" if spec.model_type in CAPPED_ATTENTION else "sdpa"


def joins_rows(spec: ModelSpec) -> bool:
    """Whether rows may be joined into one sequence without padding, and gain by it.

    Not where layers carry a state over the rows' ends or hand keys on to each other, or a family computes attention in
    a way of its own (transformers 5.24, `_is_stateful`, `num_kv_shared_layers` and `_supports_attention_backend`; the
    engine refuses those). Nor where attention is computed step by step, whose table would grow with the square of all
    rows together.
    """
    if spec.attention_softcap > 0 or spec.attention_sinks or text_of(spec).get("num_kv_shared_layers"):
        return False
    return spec.model_type not in SEPARATE_ROWS and set(spec.layer_types) <= BY_TOKEN_PAIRS


def compute_dtype_for(machine: FitMachine) -> str:
    """bf16 from Ampere on (capability 8.0, the first with it), fp16 on older cards, fp32 on a processor."""
    if not machine.is_gpu:
        return "fp32"
    capability = machine.compute_capability
    return "bf16" if capability is None or capability >= (8, 0) else "fp16"
