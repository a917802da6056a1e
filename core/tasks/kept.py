"""Results of rehearsals and measurements, kept in the cache: one file each, named by all that decides it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object, write_json
from core.fit.versions import versions
from core.settings import TrainingSettings

Value = TypeVar("Value", bound=msgspec.Struct)

# What decides the bytes of a step; the other settings (rates, epochs, seeds) do not.
DECIDING = (
    "quantization",
    "double_quantization",
    "compute_dtype",
    "adapter_dtype",
    "lora_rank",
    "lora_targets",
    "use_dora",
    "max_seq_length",
    "per_device_batch_size",
    "packing",
    "padding_free",
    "gradient_checkpointing",
    "activation_offload",
    "liger",
    "attention",
    "loss",
    "optimizer",
)


class Kept(Generic[Value]):
    """The results of one kind.

    Args:
        folder: of the cache, `kind` what its files hold.
    """

    def __init__(self, folder: str, kind: type[Value]) -> None:
        self._folder = folder
        self._kind = kind

    def get(self, key: str) -> Value | None:
        """The result that is known of `key`; a damaged file is as good as none."""
        path = self._file(key)
        if not path.is_file():
            return None
        try:
            return msgspec.convert(read_json_object(path), self._kind)
        except (TunesmithError, msgspec.ValidationError):
            return None

    def put(self, key: str, value: Value) -> None:
        """Keep a result for the next time.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        paths.ensure_dir(self._file(key).parent)
        write_json(self._file(key), value)

    def _file(self, key: str) -> Path:
        return paths.cache_dir() / self._folder / f"{key}.json"


def key_of(config: dict[str, Any], settings: TrainingSettings, place: list[Any]) -> str:
    """What tells one result from another: the model, the deciding settings, the place, the versions."""
    deciding = {name: getattr(settings, name) for name in DECIDING}
    deciding["accumulates"] = settings.gradient_accumulation_steps > 1
    deciding["dropout"] = settings.lora_dropout > 0
    deciding["clips"] = settings.max_grad_norm > 0
    said = msgspec.json.encode([config, deciding, place, _made_by()], order="sorted")
    return hashlib.sha256(said).hexdigest()[:32]


@cache
def _made_by() -> dict[str, str]:
    """The versions of the libraries, and of Tunesmith, whose own training step it is; read once."""
    return versions() | {"tunesmith": version("tunesmith")}
