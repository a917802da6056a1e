"""What the formulas need of a model and its settings, worked out once for an estimate."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.spec import LinearLayer, ModelSpec
from core.settings import TrainingSettings

ELEMENT_BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
ALL_LINEAR = "all-linear"
OUTPUT_PROJECTIONS = {
    "o_proj",
    "out_proj",
    "dense",
    "c_proj",
    "wo",
}  # attention's last layer, whatever a family calls it


@dataclass(frozen=True)
class Shape:
    """Sizes of one training step.

    Attributes:
        tokens: of one micro-batch, every row at its longest.
        element_bytes: of one number in the compute type, `adapter_bytes` of one in the adapter's.
        adapted: the kinds of linear layers that get an adapter.
        adapter_parameters: trained parameters, rank × (in + out) of each adapted layer (Hu et al., LoRA, 2106.09685).
        copies_inputs: peft casts each adapted layer's input to the adapter's fp32 and autocast casts it back, so each
            keeps a copy of its own; quantised layers share theirs (peft 0.21 `lora/layer.py`, `lora/bnb.py`).
    """

    spec: ModelSpec
    settings: TrainingSettings
    is_gpu: bool
    tokens: int
    element_bytes: int
    adapter_bytes: int
    adapted: tuple[LinearLayer, ...]
    adapter_parameters: int

    @property
    def mixed(self) -> bool:
        """Whether calculations are in 16 bits, under autocast."""
        return self.element_bytes == 2

    @property
    def copies_inputs(self) -> bool:
        """See the class."""
        return self.mixed and self.settings.quantization == "none" and self.adapter_bytes == 4


def shape_of(spec: ModelSpec, settings: TrainingSettings, *, is_gpu: bool) -> Shape:
    """The sizes of one training step of `spec` under `settings`."""
    adapted = adapted_layers(spec, settings.lora_targets)
    rank = settings.lora_rank
    return Shape(
        spec=spec,
        settings=settings,
        is_gpu=is_gpu,
        tokens=settings.per_device_batch_size * settings.max_seq_length,
        element_bytes=ELEMENT_BYTES[settings.compute_dtype],
        adapter_bytes=ELEMENT_BYTES[settings.adapter_dtype],
        adapted=adapted,
        adapter_parameters=sum(kind.count * rank * (kind.in_features + kind.out_features) for kind in adapted),
    )


def adapted_layers(spec: ModelSpec, targets: str) -> tuple[LinearLayer, ...]:
    """The layers that an adapter is put on: all linear ones, or those named; never the head, a router or an expert."""
    usable = tuple(kind for kind in spec.linears if kind.adaptable)
    if targets.strip() == ALL_LINEAR:
        return usable
    names = {name.strip().rpartition(".")[2] for name in targets.split(",")}
    return tuple(kind for kind in usable if kind.name in names)
