"""A model downloaded from a hub: whole, checked, resumed after a cut, and never half."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine import download
from core.errors import Cancelled, TunesmithError
from core.events import AnyEvent, Downloaded, Progress
from core.models.hub import plan_download
from core.models.location import starter_path
from core.paths import models_dir
from core.requests import DownloadRequest
from tests.core.engine.conftest import wait_for
from tests.hub_server import PIECE_BYTES, Gate, HubServer, Repository

ID = "smiths/starter"
WEIGHTS = "model.safetensors"
WEIGHTS_BYTES = (starter_path() / WEIGHTS).stat().st_size
HALF = WEIGHTS_BYTES // 2


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The starter with the files around it that a hub repository often has."""
    folder = tmp_path / "repository"
    shutil.copytree(starter_path(), folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "consolidated.safetensors").write_bytes(b"a second copy")
    (folder / "original").mkdir()
    (folder / "original" / "consolidated.00.pth").write_bytes(b"pickle")
    return Repository(folder)


@pytest.fixture
def hub(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(download, "RETRY_WAITS_S", (0.01, 0.01))
    with HubServer({ID: repository}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
        close_session()


def fetch(cancelled: threading.Event | None = None, id: str = ID) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    download.run(DownloadRequest(id=id), events.append, (cancelled or threading.Event()).is_set)
    return events


def unfinished_weights() -> Path:
    return models_dir() / ".partial" / "smiths--starter" / f"{WEIGHTS}.unfinished"


def models_seen() -> list[str]:
    """What somebody who lists the models sees."""
    return [folder.name for folder in models_dir().iterdir() if not folder.name.startswith(".")]


def test_a_model_arrives_whole_and_only_what_it_is_loaded_from(hub: HubServer, repository: Repository) -> None:
    ended = fetch()[-1]
    assert isinstance(ended, Downloaded)
    assert ended.revision == repository.sha
    folder = Path(ended.path)
    assert folder == models_dir() / "smiths--starter"
    wanted = {file.name for file in starter_path().iterdir()} | {"README.md"}
    assert {file.name for file in folder.iterdir()} - {".tunesmith-download.json"} == wanted
    for name in wanted:
        assert (folder / name).read_bytes() == (repository.folder / name).read_bytes()


def test_progress_names_bytes_speed_and_time_left_and_ends_at_the_whole(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PROGRESS_S", 0.0)
    progress = [event for event in fetch() if isinstance(event, Progress) and event.phase == "downloading"]
    total = progress[0].total
    assert progress[0].done == 0
    assert (progress[-1].done, progress[-1].total, progress[-1].unit) == (total, total, "bytes")
    assert total > WEIGHTS_BYTES
    assert any(event.per_second > 0 and event.left_s > 0 for event in progress[:-1])


def test_progress_comes_at_most_five_times_a_second(hub: HubServer) -> None:
    events = fetch()
    seconds = events[-1].time - events[0].time
    assert len([event for event in events if isinstance(event, Progress)]) <= 5 * seconds + 3


def test_a_second_download_of_the_same_model_fetches_nothing(hub: HubServer) -> None:
    fetch()
    hub.asked.clear()
    fetch()
    assert not hub.fetched(WEIGHTS)


def test_a_download_cut_in_the_middle_goes_on_by_itself_where_it_was(hub: HubServer, repository: Repository) -> None:
    hub.cuts = [HALF]
    folder = Path(fetch()[-1].path)  # type: ignore[union-attr]
    first, second = hub.fetched(WEIGHTS)
    assert first.range == ""
    start = int(second.range.removeprefix("bytes=").removesuffix("-"))
    assert HALF * 0.7 < start <= HALF
    assert (folder / WEIGHTS).read_bytes() == (repository.folder / WEIGHTS).read_bytes()


def test_when_the_network_stays_away_the_error_says_so_and_the_next_start_goes_on(hub: HubServer) -> None:
    hub.cuts = [HALF, 0, 0, 0]
    with pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "hub.connection_lost"
    assert "it goes on from" in caught.value.remedy
    assert models_seen() == []
    kept = unfinished_weights().stat().st_size
    assert kept > HALF * 0.7
    assert plan_download(ID).already_bytes > kept
    hub.asked.clear()
    events = fetch()
    assert hub.fetched(WEIGHTS)[0].range == f"bytes={kept}-"
    assert not hub.fetched("config.json")
    starts = [event.done for event in events if isinstance(event, Progress) and event.phase == "downloading"]
    assert starts[0] >= kept
    assert models_seen() == ["smiths--starter"]


def test_cancelling_keeps_what_came_and_shows_no_model(hub: HubServer) -> None:
    cancel, pace = threading.Event(), threading.Event()
    hub.between_pieces = pace

    def cancel_when_some_came() -> bool:
        pace.set()
        if unfinished_weights().exists() and unfinished_weights().stat().st_size > 1_000_000:
            cancel.set()
        return cancel.is_set()

    with pytest.raises(Cancelled):
        download.run(DownloadRequest(id=ID), lambda event: None, cancel_when_some_came)
    assert models_seen() == []
    kept = unfinished_weights().stat().st_size
    hub.asked.clear()
    fetch()
    assert hub.fetched(WEIGHTS)[0].range == f"bytes={kept}-"


def test_a_worker_killed_in_the_middle_loses_nothing(hub: HubServer, repository: Repository) -> None:
    program = (
        "from core.engine import download; from core.requests import DownloadRequest;"
        f"download.run(DownloadRequest(id='{ID}'), print, lambda: False)"
    )
    hub.between_pieces = Gate(HALF // PIECE_BYTES)
    environment = os.environ | {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub.url}
    worker = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: unfinished_weights().exists() and unfinished_weights().stat().st_size > 100_000, worker)
    finally:
        worker.kill()
        worker.wait()
    hub.between_pieces.set()
    kept = unfinished_weights().stat().st_size
    assert 0 < kept < (repository.folder / WEIGHTS).stat().st_size
    assert models_seen() == []
    hub.asked.clear()
    fetch()
    assert hub.fetched(WEIGHTS)[0].range == f"bytes={kept}-"
    assert models_seen() == ["smiths--starter"]


def test_the_sign_in_goes_to_the_hub_and_not_to_the_store_that_it_redirects_to(
    hub: HubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.gated, repository.accepted_tokens = True, frozenset({"hf_good"})
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    fetch()
    assert {asked.token for asked in hub.asked if "/resolve/" in asked.path} == {"hf_good"}
    assert [asked.token for asked in hub.fetched(WEIGHTS)] == [""]


def test_a_newer_commit_of_the_model_takes_the_place_of_the_old(hub: HubServer, repository: Repository) -> None:
    folder = Path(fetch()[-1].path)  # type: ignore[union-attr]
    (repository.folder / "README.md").write_text("Better now.\n")
    repository.sha = "beef" + "0" * 36
    assert fetch()[-1].revision == repository.sha  # type: ignore[union-attr]
    assert (folder / "README.md").read_text() == "Better now.\n"
    assert models_seen() == ["smiths--starter"]


def test_what_was_left_of_another_commit_is_not_mixed_in(hub: HubServer, repository: Repository) -> None:
    hub.cuts = [HALF, 0, 0, 0]
    with pytest.raises(TunesmithError):
        fetch()
    repository.sha = "beef" + "0" * 36
    hub.asked.clear()
    fetch()
    assert hub.fetched(WEIGHTS)[0].range == ""


def test_a_file_damaged_on_the_way_is_refused_and_comes_anew(hub: HubServer) -> None:
    hub.damaged = {WEIGHTS}
    with pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "hub.corrupt_file"
    assert WEIGHTS in caught.value.where
    assert models_seen() == []
    hub.damaged = set()
    fetch()
    content = (models_dir() / "smiths--starter" / WEIGHTS).read_bytes()
    assert hashlib.sha256(content).digest() == hashlib.sha256((starter_path() / WEIGHTS).read_bytes()).digest()


def test_a_full_disk_is_noticed_before_the_first_byte(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 2**20))
    with pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "hub.disk_full"
    needed = sum(file.size_bytes for file in plan_download(ID).files)
    assert f"needs {needed / 2**20:.1f} MiB more" in caught.value.why
    assert "1.0 MiB are free" in caught.value.why
    assert not hub.fetched(WEIGHTS)


def test_two_downloads_of_one_model_do_not_get_into_each_others_way(hub: HubServer) -> None:
    from filelock import FileLock

    hub_folder = models_dir() / ".partial"
    hub_folder.mkdir(parents=True)
    with FileLock(hub_folder / "smiths--starter.lock"), pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "hub.already_downloading"


def test_a_folder_of_the_persons_own_is_not_replaced(hub: HubServer) -> None:
    own = models_dir() / "smiths--starter"
    own.mkdir(parents=True)
    (own / "notes.txt").write_text("mine")
    with pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "hub.folder_taken"
    assert (own / "notes.txt").read_text() == "mine"


def test_a_place_without_write_permission_is_named(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = models_dir()
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder should be")
    with pytest.raises(TunesmithError) as caught:
        fetch()
    assert caught.value.code == "paths.not_writable"
    assert caught.value.where == str(blocked)
