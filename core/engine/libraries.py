"""The libraries, imported without what no training here uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def import_bitsandbytes() -> None:
    """Import bitsandbytes 0.50 without PyTorch's compiler, which is a fifth of a training's start-up.

    It asks for the compiled form of two functions of its backend for devices that have no other, which are not those
    that Tunesmith trains on: cards and processors have kernels of their own. Call it before anything else imports it.
    """
    import torch

    compiled = torch.compile
    torch.compile = _as_it_is  # type: ignore[assignment]
    try:
        import bitsandbytes  # noqa: F401
    finally:
        torch.compile = compiled


def _as_it_is(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    return (lambda given: given) if function is None else function
