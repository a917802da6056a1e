"""Training speed from arithmetic and bytes moved: a roofline with stated efficiencies (Williams et al., 2009)."""

from __future__ import annotations

from core.fit.machine import card_of
from core.fit.shape import Shape, shape_of
from core.fit.values import FitMachine, Speed
from core.models.spec import ModelSpec
from core.quantization import METHODS
from core.settings import TrainingSettings

GEMM_EFFICIENCY = (
    0.45  # of the dense rate, over a whole LoRA step; 0.4 to 0.55 are usual (Chowdhery et al., PaLM, app. B)
)
BANDWIDTH_EFFICIENCY = 0.7  # of the stated bandwidth, for kernels that unpack weights
INT8_SLOWDOWN = (
    2.0  # LLM.int8() splits off outliers and quantises every input (2208.07339, appendix on speed: 1.2 to 3)
)
KERNELS_PER_LAYER = 150  # launched forward and back with adapters, counted in a profile of a Llama layer
KERNEL_S = 8e-6  # of a launch from Python
GPU_RANGE = (0.6, 1.4)
UNKNOWN_TFLOPS, UNKNOWN_BANDWIDTH_GB_S = 30.0, 400.0  # a card that the table lacks: a modest one of the last years
UNKNOWN_RANGE = (0.3, 3.0)
# A core's 32-bit rate, and what a layer takes forward and back however small it is: fitted to the processor time of
# whole LoRA steps of models 256 and 512 wide (404, 79 and 2,146 ms), on one AMD EPYC core of 2017 at 2 GHz.
CORE_GFLOPS = 22.0
CPU_LAYER_S = 8e-3
CPU_STEP_S = (
    0.05  # what the trainer does around a step: batches, events, checks; real steps of the starter less the rest
)
CPU_16BIT_SLOWDOWN = 3.0  # most processors have no 16-bit arithmetic and convert
CPU_RANGE = (0.4, 2.5)


def speed_of(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> Speed:
    """Tokens a second while training, every row at its longest."""
    shape = shape_of(spec, settings, is_gpu=machine.is_gpu)
    if machine.is_gpu:
        seconds, (low, high) = _card_seconds(shape, machine)
    else:
        seconds, (low, high) = _processor_seconds(shape, machine), CPU_RANGE
    rate = shape.tokens / seconds
    return Speed(tokens_per_second=rate, low=low * rate, high=high * rate)


def _card_seconds(shape: Shape, machine: FitMachine) -> tuple[float, tuple[float, float]]:
    """Seconds of one micro-batch: arithmetic and unpacking of weights, or launching kernels if that takes longer."""
    card = card_of(machine)
    tflops = card.tflops_16bit if card else UNKNOWN_TFLOPS
    bandwidth = card.bandwidth_gb_s if card else UNKNOWN_BANDWIDTH_GB_S
    slower = 4.0 if not shape.mixed else INT8_SLOWDOWN if shape.settings.quantization == "int8" else 1.0
    arithmetic = shape.tokens * flops_per_token(shape) * slower / (tflops * 1e12 * GEMM_EFFICIENCY)
    unpacking = _unpacked_bytes(shape) / (bandwidth * 1e9 * BANDWIDTH_EFFICIENCY)
    passes = 4 / 3 if shape.settings.gradient_checkpointing else 1.0
    launching = shape.spec.layers * KERNELS_PER_LAYER * KERNEL_S * passes
    return max(arithmetic + unpacking, launching), GPU_RANGE if card else UNKNOWN_RANGE


def _processor_seconds(shape: Shape, machine: FitMachine) -> float:
    rate = max(1, machine.cpu_cores) * CORE_GFLOPS * 1e9 / (CPU_16BIT_SLOWDOWN if shape.mixed else 1.0)
    unpacking = _unpacked_bytes(shape) / (2e9 * max(1, machine.cpu_cores))
    return shape.tokens * flops_per_token(shape) / rate + unpacking + shape.spec.layers * CPU_LAYER_S + CPU_STEP_S


def flops_per_token(shape: Shape) -> float:
    """Floating-point operations that training takes for one token.

    Each multiplication by a weight is 2 forward and 2 for the gradient of its input (the base's own gradient is never
    made), 2 more where checkpointing computes the forward again; an adapter's weight takes 2, 4 and 2. Attention's two
    products with every earlier token are 2 × 2 × length/2 × width forward and 2.5 times that back (2307.08691, section
    4).
    """
    spec, settings = shape.spec, shape.settings
    again = 1 if settings.gradient_checkpointing else 0
    base = 2 * (2 + again) * _active_weights(spec)
    trained = 2 * (3 + again) * shape.adapter_parameters
    attention = 2 * settings.max_seq_length * spec.heads * spec.head_dim * spec.layers * (1 + 2.5 + again)
    head = 2 * (3 if settings.loss == "fused" else 2) * spec.vocabulary * spec.hidden_size
    return base + trained + attention + head


def _active_weights(spec: ModelSpec) -> float:
    """Weights of the layers that one token meets: all but the experts that it is not sent to."""
    share = spec.experts_per_token / spec.experts if spec.experts else 1.0
    return sum(
        kind.count * kind.out_features * kind.in_features * (share if kind.group == "experts" else 1.0)
        for kind in spec.linears
        if kind.group not in ("head", "vision")
    )


def _unpacked_bytes(shape: Shape) -> float:
    """Bytes moved to unpack every quantised weight for each pass of a micro-batch: half read, then written and read."""
    if not METHODS[shape.settings.quantization].quantizes_linear:
        return 0.0
    passes = 3 if shape.settings.gradient_checkpointing else 2
    packed = sum(
        kind.count * kind.out_features * kind.in_features
        for kind in shape.spec.linears
        if kind.quantizable and kind.group != "vision"
    )
    return passes * packed * (0.5 + 2 * shape.element_bytes)
