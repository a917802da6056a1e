"""The task `download`: a hub model fetched file by file, checked, and moved among the models whole.

huggingface_hub 2.4's own downloads start from nothing after a cut: each goes to a temporary file of its own that is
deleted on failure (`file_download._download_to_tmp_and_move`). So the bytes are asked for here, over the library's
session and sign-in, from where the unfinished file ends.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from core.engine.emit import Emit
from core.errors import Cancelled, TunesmithError
from core.events import Downloaded, Progress
from core.files import write_json
from core.models.hub import DownloadPlan, HubFile, open_file, plan_download, reaching
from core.models.hub.plan import RECORD, Record, check_disk, disk_full, record_of, unfinished
from core.paths import ensure_dir
from core.requests import DownloadRequest

CHUNK_BYTES = 2**18
PROGRESS_S = 0.2  # the stream's contract: at most five a second
SPEED_WINDOW_S = 5.0
RETRY_WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""After each cut without a byte of progress since the last; then the download gives up, and the next one goes on."""
PASSING = frozenset({"hub.no_network", "hub.busy"})

Cancelling = Callable[[], bool]

_log = logging.getLogger(__name__)


class Meter:
    """Counts bytes and says how far a phase has come, how fast it goes (of late) and how long it will take."""

    def __init__(self, emit: Emit, phase: str, text: str, done: int, total: int) -> None:
        self._emit = emit
        self._phase, self._text = phase, text
        self._total = total
        self.done = done
        self._said_at = time.monotonic()
        self._marks = [(self._said_at, done)]

    def add(self, count: int) -> None:
        """`count` more bytes; negative where some have to come again."""
        self.done += count
        now = time.monotonic()
        if now - self._said_at >= PROGRESS_S:
            self._said_at = now
            self._marks = [mark for mark in self._marks if now - mark[0] <= SPEED_WINDOW_S] or self._marks[-1:]
            self.say()
            self._marks.append((now, self.done))

    def say(self) -> None:
        """Say where the phase stands."""
        now = time.monotonic()
        since, before = self._marks[0]
        speed = max(0.0, (self.done - before) / (now - since)) if now > since else 0.0
        left_s = (self._total - self.done) / speed if speed else 0.0
        self._emit(
            Progress(
                phase=self._phase,
                text=self._text,
                done=self.done,
                total=self._total,
                unit="bytes",
                per_second=speed,
                left_s=left_s,
            )
        )


def run(request: DownloadRequest, emit: Emit, cancelled: Cancelling) -> None:
    """Fetch a model; ends with a `Downloaded` event. What a cut or a cancelled download left is used by the next.

    Raises:
        Cancelled: if `cancelled` says so.
        TunesmithError: what `plan_download` and `reaching` raise, `hub.disk_full`, `hub.connection_lost`,
            `hub.corrupt_file`, `hub.already_downloading`, `file.not_writable`, `paths.not_writable`.
    """
    emit(Progress(phase="asking", text=f"Asking the hub about {request.id}"))
    plan = plan_download(request.id, request.revision)
    if not plan.complete:
        check_disk(plan)
        partial = ensure_dir(Path(plan.partial))
        try:
            with FileLock(partial.with_name(partial.name + ".lock"), timeout=0):
                _fetch_all(plan, emit, cancelled)
                _move_in(plan)
        except Timeout as error:
            raise _already_downloading(plan) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                free = shutil.disk_usage(partial.parent).free
                raise disk_full(plan, plan.total_bytes - plan.already_bytes, free) from error
            raise _not_writable(plan, error) from error
    emit(Downloaded(path=plan.folder, revision=plan.sha))


def _fetch_all(plan: DownloadPlan, emit: Emit, cancelled: Cancelling) -> None:
    partial = Path(plan.partial)
    record = record_of(partial)
    if record is None or record.sha != plan.sha:
        shutil.rmtree(partial)
        sizes = {file.name: file.size_bytes for file in plan.files}
        write_json(partial / RECORD, Record(id=plan.id, sha=plan.sha, files=sizes))
    meter = Meter(emit, "downloading", f"Downloading {plan.id}", plan.already_bytes, plan.total_bytes)
    meter.say()
    for file in plan.files:
        if not (partial / file.name).is_file():
            _fetch(plan, file, meter, cancelled)
            _check(plan, file, emit, cancelled)
            unfinished(partial, file).replace(partial / file.name)
    meter.say()


def _fetch(plan: DownloadPlan, file: HubFile, meter: Meter, cancelled: Cancelling) -> None:
    """Bring the unfinished file to its full size, through cuts of the connection."""
    path = unfinished(Path(plan.partial), file)
    path.touch()
    failures = 0
    while True:
        before = path.stat().st_size
        try:
            with reaching(plan.id, plan.sha):
                _append(plan, file, path, meter, cancelled)
        except TunesmithError as error:
            if error.code not in PASSING:
                raise
            failures = 1 if path.stat().st_size > before else failures + 1
            if failures > len(RETRY_WAITS_S):
                raise _connection_lost(plan, meter.done, error) from error
            _log.warning("%s, at byte %d of %s; trying again", error, path.stat().st_size, file.name)
            _wait(RETRY_WAITS_S[failures - 1], cancelled)
        else:
            return


def _append(plan: DownloadPlan, file: HubFile, path: Path, meter: Meter, cancelled: Cancelling) -> None:
    start = path.stat().st_size
    if start > file.size_bytes:
        meter.add(-start)
        start = 0
    if start == file.size_bytes and start:
        return
    with path.open("r+b") as target, open_file(plan.id, plan.sha, file.name, start) as response:
        if start and response.status_code != 206:
            meter.add(-start)
            start = 0
        target.truncate(start)
        target.seek(start)
        for chunk in response.iter_bytes():
            if cancelled():
                raise Cancelled
            target.write(chunk)
            target.flush()
            meter.add(len(chunk))


def _check(plan: DownloadPlan, file: HubFile, emit: Emit, cancelled: Cancelling) -> None:
    """The size and the checksum that the hub names: of the content for large files, of git's blob for small ones."""
    path = unfinished(Path(plan.partial), file)
    size = path.stat().st_size
    if size != file.size_bytes:
        raise _corrupt(path, f"It has {size:,} bytes, and the hub names {file.size_bytes:,}.")
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    meter = Meter(emit, "checking", f"Checking {file.name}", 0, size)
    with path.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            if cancelled():
                raise Cancelled
            digest.update(chunk)
            meter.add(len(chunk))
    expected = file.sha256 or file.blob_id
    if expected and digest.hexdigest() != expected:
        raise _corrupt(path, "Its checksum is not the one that the hub names.")


def _move_in(plan: DownloadPlan) -> None:
    """Put the whole folder in place; an older commit of the same model makes way."""
    folder, partial = Path(plan.folder), Path(plan.partial)
    old = partial.with_name(partial.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    partial.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _wait(seconds: float, cancelled: Cancelling) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if cancelled():
            raise Cancelled
        time.sleep(min(0.1, seconds))


def _connection_lost(plan: DownloadPlan, done: int, error: TunesmithError) -> TunesmithError:
    return TunesmithError(
        "hub.connection_lost",
        what=f"The download of “{plan.id}” was cut off.",
        why=f"{error.why} It was tried {len(RETRY_WAITS_S)} times again.",
        remedy=f"Start it again when the network is back: it goes on from {done / 2**20:,.0f} of "
        f"{plan.total_bytes / 2**20:,.0f} MiB.",
        where=plan.id,
    )


def _corrupt(path: Path, why: str) -> TunesmithError:
    """The damaged file is deleted: going on from it would never end well."""
    path.unlink()
    return TunesmithError(
        "hub.corrupt_file",
        what="A downloaded file is damaged.",
        why=why,
        remedy="Start the download again: that file comes anew, the others are kept.",
        where=str(path),
    )


def _already_downloading(plan: DownloadPlan) -> TunesmithError:
    return TunesmithError(
        "hub.already_downloading",
        what=f"“{plan.id}” is being downloaded already.",
        why="Another Tunesmith on this computer is at it.",
        remedy="Wait for it to finish.",
        where=plan.partial,
    )


def _not_writable(plan: DownloadPlan, error: OSError) -> TunesmithError:
    return TunesmithError(
        "file.not_writable",
        what="A file of the model cannot be written.",
        why=f"The system says: {error.strerror or error}.",
        remedy="Check your write permission and the disk there; what is here already is kept.",
        where=str(error.filename or plan.partial),
    )
