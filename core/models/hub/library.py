"""The one door to `huggingface_hub`: imported when needed, telemetry off, the address read when asked."""

from __future__ import annotations

import os
from types import ModuleType

TIMEOUT_S = 10.0
"""How long the hub may be silent; huggingface_hub's own default."""


def hub_library() -> ModuleType:
    """`huggingface_hub`, without telemetry, whoever imported it first."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import huggingface_hub
    import huggingface_hub.utils  # so that the attribute is there: the package loads its parts lazily
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True
    return huggingface_hub


def endpoint() -> str:
    """The hub's address: HF_ENDPOINT, or the library's own."""
    hub_library()
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
