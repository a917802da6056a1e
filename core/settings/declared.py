"""The settings of a run, declared: type, default, bounds, unit, what each means and what it costs in memory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.quantization import METHODS

Group = Literal["model", "adapter", "batch", "memory", "optimiser", "length of the run"]


def _about(
    title: str, help: str, memory: str, group: Group, *, unit: str = "", more: bool = True, **bounds: Any
) -> Meta:
    extra = {"memory": memory, "group": group, "unit": unit, "more": more}
    return Meta(title=title, description=help, extra=extra, **bounds)


class TrainingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one training run. Immutable; `changed` makes another."""

    quantization: Annotated[
        str,
        _about(
            "Quantisation",
            "In how many bits the frozen base model is held: " + " ".join(m.help for m in METHODS.values()),
            "The largest lever: about 0.5, 1 or 2 bytes a parameter.",
            "model",
            more=False,
            extra_json_schema={"enum": list(METHODS)},
        ),
    ] = "nf4"
    double_quantization: Annotated[
        bool,
        _about(
            "Double quantisation",
            "Quantises the scales of NF4's blocks once more. Practically free in quality.",
            "Saves about 0.37 bits a parameter, 0.30 GiB on an 8B model.",
            "model",
        ),
    ] = True
    compute_dtype: Annotated[
        Literal["bf16", "fp16", "fp32"],
        _about(
            "Compute precision",
            "The number format of the calculations. bf16 on Ampere and newer cards, fp16 on older ones, fp32 on the "
            "processor.",
            "fp32 doubles the activations and any unquantised weights.",
            "model",
        ),
    ] = "bf16"
    tf32: Annotated[
        bool,
        _about(
            "TF32",
            "Lets what is computed in 32 bits on a card take its tensor cores, with the mantissa cut to 10 bits: much "
            "faster, and exact enough. Cards before Ampere and the processor do not have it.",
            "None.",
            "model",
        ),
    ] = True
    adapter_dtype: Annotated[
        Literal["fp32", "bf16"],
        _about(
            "Adapter precision",
            "The number format of the LoRA weights that are trained. fp32 is the safe choice.",
            "bf16 halves adapter, gradients and optimiser states, which are small next to the base.",
            "adapter",
        ),
    ] = "fp32"
    lora_rank: Annotated[
        int,
        _about(
            "LoRA rank",
            "How many directions each adapted layer may change in. More can learn more and overfit more.",
            "Adapter, gradients and optimiser grow in proportion: on an 8B model, rank 16 costs about 0.7 GiB in fp32.",
            "adapter",
            more=False,
            ge=1,
            le=1024,
        ),
    ] = 16
    lora_alpha: Annotated[
        int,
        _about(
            "LoRA alpha",
            "The strength of the adapter: its output is scaled by alpha over rank. Twice the rank is a common choice.",
            "None.",
            "adapter",
            ge=1,
            le=4096,
        ),
    ] = 32
    lora_dropout: Annotated[
        float,
        _about(
            "LoRA dropout",
            "The share of the adapter's inputs dropped at random in training; a brake on overfitting for small data "
            "sets.",
            "Above 0, one mask a layer is kept until the backward pass.",
            "adapter",
            ge=0.0,
            lt=1.0,
        ),
    ] = 0.0
    lora_targets: Annotated[
        str,
        _about(
            "LoRA targets",
            "Which layers get an adapter: all-linear, or module names with commas between (q_proj,v_proj).",
            "Fewer layers, less adapter memory; the base stays.",
            "adapter",
            min_length=1,
        ),
    ] = "all-linear"
    lora_init: Annotated[
        Literal["default", "pissa", "loftq"],
        _about(
            "LoRA start",
            "The adapter's first values. default: no change at all. pissa: the base's own strongest directions, which "
            "learns faster; it needs weights that are not quantised. loftq: what NF4 lost in rounding, which is put "
            "back; it needs NF4.",
            "None while it trains; pissa doubles the rank of the adapter that is written at the end.",
            "adapter",
        ),
    ] = "default"
    use_rslora: Annotated[
        bool,
        _about(
            "Rank-stabilised LoRA",
            "Scales the adapter by alpha over the square root of the rank, so that large ranks learn as they should. "
            "Worth it from about rank 64; with it, choose a smaller alpha.",
            "None.",
            "adapter",
        ),
    ] = False
    use_dora: Annotated[
        bool,
        _about(
            "DoRA",
            "Trains the length of each weight apart from its direction. Sometimes a little better at small ranks, and "
            "much slower.",
            "A copy of each adapted weight in 16 bits while its layer works, and more to keep for the backward pass.",
            "adapter",
        ),
    ] = False
    max_seq_length: Annotated[
        int,
        _about(
            "Longest sequence",
            "Conversations longer than this are cut off. Long enough for your rows is enough.",
            "Activations grow in proportion.",
            "batch",
            unit="tokens",
            more=False,
            ge=16,
            le=1_048_576,
        ),
    ] = 2048
    per_device_batch_size: Annotated[
        int,
        _about(
            "Batch size",
            "How many conversations are computed at once.",
            "Activations grow in proportion.",
            "batch",
            unit="rows",
            more=False,
            ge=1,
            le=1024,
        ),
    ] = 1
    gradient_accumulation_steps: Annotated[
        int,
        _about(
            "Accumulation",
            "How many batches are added up before the weights move: a larger batch in effect, at no memory.",
            "None.",
            "batch",
            unit="batches",
            ge=1,
            le=4096,
        ),
    ] = 8
    packing: Annotated[
        bool,
        _about(
            "Packing",
            "Puts several short conversations into one sequence, so that no time is spent on padding.",
            "None beyond the longest sequence, which is then always full.",
            "batch",
        ),
    ] = False
    padding_free: Annotated[
        bool,
        _about(
            "No padding",
            "Joins the rows of a batch into one sequence instead of padding them all to the longest; each still sees "
            "only itself, and the result is the same. Faster wherever lengths differ.",
            "Saves what the padding and its mask would take; never costs any.",
            "batch",
        ),
    ] = False
    group_by_length: Annotated[
        bool,
        _about(
            "Group by length",
            "Makes steps of rows of like length, so that less is padded. The order is less random for it. Has no "
            "effect where rows are packed.",
            "None: the longest rows still meet once.",
            "batch",
        ),
    ] = False
    gradient_checkpointing: Annotated[
        bool,
        _about(
            "Gradient checkpointing",
            "Forgets what lies inside a layer and computes it again in the backward pass: about a third slower.",
            "Keeps one layer's activations instead of all layers': often several GiB.",
            "memory",
        ),
    ] = True
    activation_offload: Annotated[
        bool,
        _about(
            "Activations to RAM",
            "Moves what the backward pass needs to the computer's RAM, and back in time. For long sequences on a card "
            "that is nearly large enough; slower, by how much the bus decides.",
            "Saves most of the activations on the card, and takes as much RAM.",
            "memory",
        ),
    ] = False
    liger: Annotated[
        bool,
        _about(
            "Liger kernels",
            "Uses the fused kernels of the package liger-kernel for norms, rotary embeddings and gated layers, if it "
            "is installed and knows the model.",
            "Saves a few of a layer's activations.",
            "memory",
        ),
    ] = False
    attention: Annotated[
        Literal["sdpa", "flash", "eager"],
        _about(
            "Attention",
            "How attention is computed: PyTorch's own kernels (sdpa), the flash-attention package, or step by step "
            "(eager).",
            "eager keeps a table of length × length for each head; the others do not.",
            "memory",
        ),
    ] = "sdpa"
    loss: Annotated[
        Literal["fused", "full"],
        _about(
            "Loss",
            "fused computes the loss in pieces; full first makes the whole table of logits.",
            "full costs length × vocabulary × 4 bytes several times: over 3 GiB for 2,048 tokens of Llama 3.",
            "memory",
        ),
    ] = "fused"
    retry_leaner: Annotated[
        bool,
        _about(
            "Retry leaner",
            "Where the memory runs out in the middle of a run, goes on once by itself from the last checkpoint with "
            "settings that need less and learn the same: fewer rows at once, and as many more times.",
            "None until it is needed; then it saves what was short.",
            "memory",
        ),
    ] = True
    optimizer: Annotated[
        Literal["adamw", "adamw_8bit", "paged_adamw_8bit"],
        _about(
            "Optimiser",
            "AdamW moves the weights. The 8-bit forms hold its two moments in a byte each; the paged form lets them "
            "spill into RAM.",
            "adamw: 8 bytes a trained parameter; 8-bit: 2.",
            "optimiser",
        ),
    ] = "adamw"
    learning_rate: Annotated[
        float,
        _about(
            "Learning rate",
            "How far each step moves the weights. Too high and the loss jumps, too low and nothing is learnt.",
            "None.",
            "optimiser",
            more=False,
            gt=0.0,
            le=1.0,
        ),
    ] = 2e-4
    loraplus_lr_ratio: Annotated[
        float,
        _about(
            "LoRA+ ratio",
            "How many times faster the adapter's second matrix, which starts at zero, learns than its first. 1 is "
            "plain LoRA; LoRA+ proposes 16, with a learning rate of about half.",
            "None.",
            "optimiser",
            ge=1.0,
            le=64.0,
        ),
    ] = 1.0
    lr_scheduler: Annotated[
        Literal["cosine", "linear", "constant"],
        _about("Schedule", "How the learning rate changes over the run, after the warm-up.", "None.", "optimiser"),
    ] = "cosine"
    warmup_steps: Annotated[
        int,
        _about(
            "Warm-up",
            "Steps over which the learning rate rises from zero, so that the first steps do no harm.",
            "None.",
            "optimiser",
            unit="steps",
            ge=0,
            le=100_000,
        ),
    ] = 5
    weight_decay: Annotated[
        float,
        _about("Weight decay", "Pulls the adapter's weights towards zero.", "None.", "optimiser", ge=0.0, le=1.0),
    ] = 0.0
    max_grad_norm: Annotated[
        float,
        _about(
            "Gradient clipping",
            "Gradients longer than this are shortened to it, so that one odd row cannot spoil the run. 0 turns it off.",
            "None.",
            "optimiser",
            ge=0.0,
            le=1000.0,
        ),
    ] = 1.0
    epochs: Annotated[
        float,
        _about(
            "Epochs",
            "How often the whole data set is seen.",
            "None; time grows in proportion.",
            "length of the run",
            more=False,
            gt=0.0,
            le=1000.0,
        ),
    ] = 3.0
    max_steps: Annotated[
        int,
        _about(
            "Step limit",
            "Ends the run after this many steps, whatever the epochs say. 0 means no limit.",
            "None.",
            "length of the run",
            unit="steps",
            ge=0,
            le=100_000_000,
        ),
    ] = 0
    seed: Annotated[
        int,
        _about(
            "Seed",
            "The start of the random numbers: the same seed gives the same run on the same machine.",
            "None.",
            "length of the run",
            ge=0,
            le=2**32 - 1,
        ),
    ] = 42
    validation_share: Annotated[
        float,
        _about(
            "Held back",
            "The share of the rows that is not trained on, to see whether the model learns or memorises. 0 turns it "
            "off.",
            "None.",
            "length of the run",
            ge=0.0,
            le=0.5,
        ),
    ] = 0.05
    validation_steps: Annotated[
        int,
        _about(
            "Validate every",
            "How often the rows held back are looked at. 0 means about ten times a run, and at its end.",
            "None.",
            "length of the run",
            unit="steps",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    validation_rows: Annotated[
        int,
        _about(
            "Validate on",
            "How many of the rows held back are looked at each time. 0 means as many as take about a tenth of the run. "
            "Runs that are to be compared look at the same number, whatever their lengths.",
            "None.",
            "length of the run",
            unit="rows",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    sample_steps: Annotated[
        int,
        _about(
            "Sample every",
            "How often the model is asked a few prompts while it trains, so that you see it change; what it says "
            "changes nothing in the training. 0 means before the first step and about eight times a run, and less "
            "often where that would take more than a tenth of the time. -1 turns it off.",
            "Next to none: a few short answers, between two steps.",
            "length of the run",
            unit="steps",
            ge=-1,
            le=1_000_000,
        ),
    ] = 0
    early_stopping_patience: Annotated[
        int,
        _about(
            "Early stopping",
            "Ends the run after this many validations in a row that were no better than the best before them. Five is "
            "on the safe side: of the usual ten in a run, half must have brought nothing. What was best is kept "
            "either way. 0 turns it off.",
            "None.",
            "length of the run",
            unit="checks",
            ge=0,
            le=1000,
        ),
    ] = 5
    checkpoint_steps: Annotated[
        int,
        _about(
            "Checkpoint every",
            "Writes what has been learnt to disk after so many steps, so that a crash loses little. 0 leaves it to the "
            "clock alone, and to four times a run.",
            "None; disk: the adapter and twice that for the optimiser.",
            "length of the run",
            unit="steps",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    checkpoint_minutes: Annotated[
        float,
        _about(
            "Checkpoint after",
            "Writes what has been learnt to disk at the latest so long after the last time, however few steps that "
            "was. 0 turns the clock off.",
            "None; writing takes a second or two.",
            "length of the run",
            unit="minutes",
            ge=0.0,
            le=1440.0,
        ),
    ] = 10.0
    checkpoints_kept: Annotated[
        int,
        _about(
            "Checkpoints kept",
            "So many of the newest checkpoints stay on disk. The one with the best validation loss stays besides.",
            "None; disk: the adapter and twice that for the optimiser, each.",
            "length of the run",
            unit="checkpoints",
            ge=1,
            le=1000,
        ),
    ] = 2

    keep_awake: Annotated[
        bool,
        _about(
            "Keep awake",
            "Keeps the computer from falling asleep by itself while it trains. The screen may still go dark.",
            "None.",
            "length of the run",
        ),
    ] = True
    tensorboard: Annotated[
        bool,
        _about(
            "TensorBoard",
            "Also writes the run's numbers for TensorBoard, into the folder tensorboard of the run. Tunesmith itself "
            "does not need them.",
            "None; the start takes a moment longer.",
            "length of the run",
        ),
    ] = False

    def __post_init__(self) -> None:
        if self.quantization not in METHODS:
            raise ValueError(
                f"Invalid value {self.quantization!r}: one of {', '.join(METHODS)} is needed - at `$.quantization`"
            )

    def changed(self, **changes: Any) -> TrainingSettings:
        """A copy with some settings changed, checked like a file."""
        from core.settings.building import build

        return build(msgspec.structs.asdict(self) | changes)
