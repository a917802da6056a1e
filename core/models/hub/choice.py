"""Which files of a hub repository make up a model: safetensors, tokenizer, configuration, licence."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from core.errors import TunesmithError

INDEX_FILE = "model.safetensors.index.json"
SINGLE_FILE = "model.safetensors"

_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
_PICKLE = re.compile(r".*\.(bin|pt|pth|ckpt|pkl)")
_KEPT = re.compile(r"(?!.*\.index\.json$)[\w.-]+\.(json|jinja|tiktoken)|merges\.txt|vocab\.txt|[\w.-]+\.model")
_ABOUT = re.compile(r"(licen[sc]e|notice|readme|use_policy)(\.(md|txt))?", re.IGNORECASE)
_LEFT = frozenset({"params.json"})


class HubFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a repository. `sha256` is its content's (large files have one), `blob_id` git's name for it."""

    name: str
    size_bytes: int
    sha256: str = ""
    blob_id: str = ""

    @property
    def is_weights(self) -> bool:
        """Whether it holds tensors."""
        return self.name.endswith(".safetensors")


def chosen_files(files: Iterable[HubFile], where: str) -> list[HubFile]:
    """The files to download, small ones first: those at the top of the repository that a model is loaded from.

    Folders (`original/`, `onnx/`) and second copies of the weights (`consolidated.safetensors`, other precisions) stay.

    Raises:
        TunesmithError: `model.no_config`, `model.pickle_only`, `model.gguf_only`, `model.no_weights`.
    """
    top = {file.name: file for file in files if "/" not in file.name and "\\" not in file.name}
    weights = _weights(set(top))
    if not weights:
        raise _no_weights(sorted(top), where)
    if "config.json" not in top:
        raise TunesmithError(
            "model.no_config",
            what="This hub repository is not a model that Tunesmith can read.",
            why="There is no config.json in it.",
            remedy="Choose a repository with a text model for transformers; an adapter's page names its base model.",
            where=where,
        )
    names = weights | {name for name in top if _is_beside(name)}
    if weights != {SINGLE_FILE} and INDEX_FILE in top:
        names.add(INDEX_FILE)
    return sorted((top[name] for name in names), key=lambda file: (file.is_weights, file.name))


def _weights(names: set[str]) -> set[str]:
    """As transformers looks for them: one file, else the shards of an index."""
    if SINGLE_FILE in names:
        return {SINGLE_FILE}
    shards = {name for name in names if _SHARD.fullmatch(name)}
    return shards if INDEX_FILE in names else set()


def _is_beside(name: str) -> bool:
    return bool((_KEPT.fullmatch(name) and name not in _LEFT) or _ABOUT.fullmatch(name))


def _no_weights(names: list[str], where: str) -> TunesmithError:
    pickle = next((name for name in names if _PICKLE.fullmatch(name) and name != "training_args.bin"), "")
    if pickle:
        return TunesmithError(
            "model.pickle_only",
            what="This model's weights are pickle files, which Tunesmith never loads.",
            why=f"{pickle} could run any program hidden in it when opened, and there are no safetensors files for it.",
            remedy="Look for a version of the model in safetensors format; most models on the hub have one.",
            where=where,
        )
    if any(name.endswith(".gguf") for name in names):
        return TunesmithError(
            "model.gguf_only",
            what="This model is in GGUF format, which is for running models, not for training them.",
            why="Its weights are already quantised for llama.cpp.",
            remedy="Choose the original model, with config.json and safetensors files; its page usually names it.",
            where=where,
        )
    return TunesmithError(
        "model.no_weights",
        what="The hub repository holds no weights that Tunesmith can load.",
        why=f"There is neither {SINGLE_FILE} nor shards with {INDEX_FILE} at its top.",
        remedy="Choose another repository of that model.",
        where=where,
    )
