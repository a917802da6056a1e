"""A hub model's config and tensors, read from its small files and the headers of its weights: some kilobytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from core.models.headers import Tensors, bad_header, checked_entry
from core.models.hub.choice import HubFile, chosen_files
from core.models.hub.client import files_of, read_small, repository
from core.models.hub.errors import reaching
from core.models.hub.library import TIMEOUT_S, endpoint, hub_library
from core.models.hub.token import sign_in

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

AT_ONCE = 8
"""How many headers are asked for at the same time: a large model has over a hundred files of weights."""


class HubModelFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a hub model before it is downloaded.

    Attributes:
        sha: the commit that was read.
        config: its `config.json`.
        tensors: name → (type as safetensors names it, shape).
        has_chat_template, licence: what stands beside the weights; the licence is empty where the page names none.
        weights_bytes: size of the weights; `total_bytes` of all that would be downloaded.
    """

    sha: str
    config: dict[str, Any]
    tensors: Tensors
    has_chat_template: bool
    licence: str
    weights_bytes: int
    total_bytes: int


def read_metadata(id: str, revision: str = "") -> HubModelFiles:
    """What the hub model `id` is, without downloading it.

    Raises:
        TunesmithError: `hub.bad_id`, what `reaching` and `chosen_files` raise, `model.bad_header`, `model.bad_config`.
    """
    found = repository(id, revision)
    sha = str(found.sha)
    files = chosen_files(files_of(found), id)
    weights = [file for file in files if file.is_weights]
    return HubModelFiles(
        sha=sha,
        config=_read_object(id, sha, "config.json"),
        tensors=_tensors(id, sha, weights),
        has_chat_template=_has_chat_template(id, sha, {file.name for file in files}),
        licence=_licence(found),
        weights_bytes=sum(file.size_bytes for file in weights),
        total_bytes=sum(file.size_bytes for file in files),
    )


def _tensors(id: str, sha: str, weights: list[HubFile]) -> Tensors:
    api = hub_library().HfApi(endpoint=endpoint(), token=sign_in())
    from huggingface_hub.errors import SafetensorsParsingError

    def header(file: HubFile) -> Tensors:
        path = Path(id, file.name)
        try:
            with reaching(id, sha):
                parsed = api.parse_safetensors_file_metadata(id, file.name, revision=sha, timeout=TIMEOUT_S)
        except SafetensorsParsingError as error:
            raise bad_header(path, f"{error}") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # the library trusts what an entry holds
            raise bad_header(path, f"Its header is malformed: {type(error).__name__} {error}.") from error
        found: Tensors = {}
        for name, tensor in parsed.tensors.items():
            entry = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": tensor.data_offsets}
            found[name] = checked_entry(path, name, entry, file.size_bytes)[:2]
        return found

    tensors: Tensors = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for part in pool.map(header, weights):
            tensors |= part
    return tensors


def _read_object(id: str, sha: str, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(read_small(id, sha, name), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        from core.models.config import bad_config

        raise bad_config(f"{id}/{name}", f"{error}.") from error


def _has_chat_template(id: str, sha: str, names: set[str]) -> bool:
    """A template stands in a file of its own, or inside the tokenizer's config."""
    if names & {"chat_template.jinja", "chat_template.json"}:
        return True
    return "tokenizer_config.json" in names and bool(
        _read_object(id, sha, "tokenizer_config.json").get("chat_template")
    )


def _licence(found: ModelInfo) -> str:
    card: Any = found.card_data or {}
    name = card.get("license_name") if card.get("license") == "other" else card.get("license")
    tagged = (tag.partition(":")[2] for tag in found.tags or [] if tag.startswith("license:"))
    return str(name or next(tagged, ""))
