"""What kernels take for themselves, in bytes."""

from __future__ import annotations

from core.fit.shape import Shape
from core.quantization import METHODS

MIB = 2**20
CUBLAS_WORKSPACE_BYTES = 8_519_680  # torch 2.13's default `:4096:2:16:8`, kept from the first matrix product on
CUBLAS_WORKSPACE_HOPPER_BYTES = 32 * MIB
CUBLAS_THREADS = 2  # that multiply: the main one, and autograd's


def cublas_workspace_bytes(compute_capability: tuple[int, int] | None) -> int:
    """What cuBLAS keeps for one thread that multiplies (ATen/cuda/CublasHandlePool.cpp, PyTorch 2.13)."""
    hopper = compute_capability is not None and compute_capability[0] == 9
    return CUBLAS_WORKSPACE_HOPPER_BYTES if hopper else CUBLAS_WORKSPACE_BYTES


def workspaces_bytes(shape: Shape, compute_capability: tuple[int, int] | None) -> int:
    """cuBLAS's spaces; none without a card."""
    return CUBLAS_THREADS * cublas_workspace_bytes(compute_capability) if shape.is_gpu else 0


def unpacked_bytes(shape: Shape) -> int:
    """A quantised weight is unpacked to be multiplied in the backward pass; the largest counts."""
    if not METHODS[shape.settings.quantization].quantizes_linear:
        return 0
    largest = max(
        (k.out_features * k.in_features for k in shape.spec.linears if k.quantizable and k.group != "vision"), default=0
    )
    return largest * shape.element_bytes
