"""The libraries whose code trains a model, and so decides what training takes."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

LIBRARIES = ("torch", "transformers", "peft", "trl", "bitsandbytes", "accelerate")


@cache
def versions() -> dict[str, str]:
    """Of each of them; read once, as reading takes milliseconds."""
    return {name: version(name) for name in LIBRARIES}
