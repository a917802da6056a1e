"""A small local server that answers as the hub does: what `huggingface_hub` and Tunesmith's downloader ask.

It serves folders as repositories of one commit each, with checksums, byte ranges and the hub's own headers and error
codes; weights come from a store of another name, to which it redirects; and it can cut a download in the middle.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?")
RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
STORE = re.compile(r"/store/([^/]+/[^/]+)/(.+)")
PIECE_BYTES = 2**16


@dataclass(frozen=True)
class Asked:
    """One request: `range` is its Range header, empty where the whole was asked for; `token` that of its sign-in."""

    method: str
    path: str
    range: str
    token: str


@dataclass
class Repository:
    """A folder served as a model. `accepted_tokens` opens a gated one."""

    folder: Path
    sha: str = "c0ffee" + "0" * 34
    gated: bool = False
    accepted_tokens: frozenset[str] = frozenset()
    licence: str = "apache-2.0"


class Gate(threading.Event):
    """For `HubServer.between_pieces`: lets `pieces` through, and more only once it is set."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self._left = pieces

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        return self._left >= 0 or super().wait(timeout)


@dataclass
class HubServer:
    """A context manager: the server runs within it, at `url`.

    Attributes:
        repositories: by hub id.
        asked: every request so far.
        cuts: for each of the next contents sent, after how many bytes the connection breaks.
        between_pieces: if there is one, waited for between two pieces of a content: it holds the server back.
        damaged: file names of which the last byte is sent wrong.
        status: if not 0, the answer to everything.
    """

    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)
    status: int = 0
    between_pieces: threading.Event | None = None

    def __enter__(self) -> HubServer:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fetched(self, name: str) -> list[Asked]:
        """The requests that the content of the file `name` was sent for."""
        place = "/store/" if is_large(name) else "/resolve/"
        return [a for a in self.asked if a.method == "GET" and place in a.path and a.path.endswith("/" + name)]


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept in `asked`; nothing is printed."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(Asked(self.command, path, self.headers.get("Range") or "", self._token()))
        if self.hub.status:
            self._refuse(self.hub.status, "", "The server is set to fail")
        elif match := API.fullmatch(path):
            self._about(match[1], match[2] or "main")
        elif match := RESOLVE.fullmatch(path):
            self._file(match[1], match[2], match[3])
        elif match := STORE.fullmatch(path):
            self._send_content(self.hub.repositories[match[1]].folder / match[2], self.hub.repositories[match[1]])
        else:
            self._refuse(404, "", "No such page")

    def _about(self, id: str, revision: str) -> None:
        repository = self._repository(id, revision)
        if repository:
            self._send_json(describe(id, repository))

    def _file(self, id: str, revision: str, name: str) -> None:
        repository = self._repository(id, revision)
        if not repository:
            return
        token = self._token()
        if repository.gated and token not in repository.accepted_tokens:
            self._refuse(403 if token else 401, "GatedRepo", f"Access to model {id} is restricted")
            return
        file = repository.folder / name
        if not file.is_file():
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        if is_large(name):
            self._redirect(f"http://localhost:{self.server.server_address[1]}/store/{id}/{name}", file, repository)
        else:
            self._send_content(file, repository)

    def _token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _redirect(self, location: str, file: Path, repository: Repository) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("X-Repo-Commit", repository.sha)
        self.send_header("X-Linked-Size", str(file.stat().st_size))
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(file.read_bytes()).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _repository(self, id: str, revision: str) -> Repository | None:
        repository = self.hub.repositories.get(id)
        if repository is None:
            self._refuse(401, "RepoNotFound", "Repository not found")
        elif revision not in ("main", repository.sha):
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repository

    def _send_content(self, file: Path, repository: Repository) -> None:
        content = file.read_bytes()
        if file.name in self.hub.damaged:
            content = content[:-1] + bytes([content[-1] ^ 1])
        asked_range = self.headers.get("Range") or ""
        start, end = _bounds(asked_range, len(content))
        self.send_response(206 if asked_range else 200)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", repository.sha)
        if asked_range:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self._send_pieces(content[start:end])

    def _send_pieces(self, content: bytes) -> None:
        """Send `content`, cut off where `cuts` says so."""
        limit = self.hub.cuts.pop(0) if self.hub.cuts and len(content) > self.hub.cuts[0] else len(content)
        sent = 0
        try:
            while sent < limit:
                piece = content[sent : min(limit, sent + PIECE_BYTES)]
                self.wfile.write(piece)
                sent += len(piece)
                if sent < limit and self.hub.between_pieces is not None:
                    self.hub.between_pieces.wait()
        except OSError:
            self.close_connection = True  # the client left, as one that cancels does
        if limit < len(content):
            self.close_connection = True

    def _send_json(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()


def is_large(name: str) -> bool:
    """Whether the hub would keep the file outside git."""
    return name.endswith((".safetensors", ".bin"))


def describe(id: str, repository: Repository) -> dict[str, Any]:
    """What the hub says of a model, with `?blobs=true`: large files have an LFS checksum, small ones git's."""
    files = sorted(file for file in repository.folder.rglob("*") if file.is_file())
    return {
        "_id": "0",
        "id": id,
        "modelId": id,
        "sha": repository.sha,
        "private": False,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [f"license:{repository.licence}"],
        "cardData": {"license": repository.licence},
        "siblings": [_describe_file(file, repository.folder) for file in files],
    }


def _describe_file(file: Path, folder: Path) -> dict[str, Any]:
    content = file.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    described: dict[str, Any] = {"rfilename": file.relative_to(folder).as_posix(), "size": len(content), "blobId": blob}
    if is_large(file.name):
        described["blobId"] = "0" * 40
        described["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return described


def _bounds(asked_range: str, size: int) -> tuple[int, int]:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked_range)
    if not match:
        return 0, size
    return int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
