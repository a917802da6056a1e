"""Asking the hub: about a repository, and for a file of it from any byte on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.models.hub.choice import HubFile
from core.models.hub.errors import bad_id, reaching
from core.models.hub.library import TIMEOUT_S, endpoint, hub_library
from core.models.hub.token import sign_in

if TYPE_CHECKING:
    from httpx2 import Response
    from huggingface_hub import ModelInfo

_ID = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9_][\w.-]*/[A-Za-z0-9_][\w.-]*(?<![.-])", re.ASCII)
LONGEST_ID = 96


def check_id(id: str) -> None:
    """Refuse what cannot be a hub id, before the network is asked.

    Raises:
        TunesmithError: `hub.bad_id`.
    """
    if len(id) > LONGEST_ID or not _ID.fullmatch(id):
        raise bad_id(id)


def repository(id: str, revision: str = "") -> ModelInfo:
    """What the hub tells of a repository, each file's size and checksum too. A gated one must be open to this person.

    Raises:
        TunesmithError: `hub.bad_id`, and as `reaching`.
    """
    check_id(id)
    hub = hub_library()
    with reaching(id, revision):
        token = sign_in()
        found: ModelInfo = hub.HfApi(endpoint=endpoint(), token=token).model_info(
            id, revision=revision or None, files_metadata=True, timeout=TIMEOUT_S
        )
        if found.gated:
            hub.get_hf_file_metadata(_address(id, str(found.sha), "config.json"), token=token, timeout=TIMEOUT_S)
    return found


def files_of(found: ModelInfo) -> list[HubFile]:
    """The files of a repository."""
    return [
        HubFile(
            name=file.rfilename,
            size_bytes=file.size or 0,
            sha256=file.lfs.sha256 if file.lfs else "",
            blob_id=file.blob_id or "",
        )
        for file in found.siblings or []
    ]


@contextmanager
def open_file(id: str, sha: str, name: str, start: int = 0) -> Iterator[Response]:
    """The content of a file of the commit `sha` from byte `start` on, as an open response to read from.

    Its `status_code` is 206 if it begins at `start`, 200 if the whole file comes after all. Raises what the connection
    and `huggingface_hub` raise: use it inside `reaching`.
    """
    hub = hub_library()
    headers: dict[str, str] = hub.utils.build_hf_headers(token=sign_in()) | {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    session = hub.get_session()
    with session.stream("GET", _address(id, sha, name), headers=headers, timeout=TIMEOUT_S) as response:
        hub.utils.hf_raise_for_status(response)
        yield response


def read_small(id: str, sha: str, name: str) -> bytes:
    """A small file of the commit `sha`, whole.

    Raises:
        TunesmithError: as `reaching`.
    """
    with reaching(id, sha), open_file(id, sha, name) as response:
        return response.read()


def _address(id: str, sha: str, name: str) -> str:
    address: str = hub_library().hf_hub_url(id, name, revision=sha, endpoint=endpoint())
    return address
