"""The hub's token, in a keyring of the test's own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from core.cli import main
from core.errors import TunesmithError
from core.models.hub.token import forget_token, read_token, save_token, sign_in, token_in_use

TOKEN = "hf_oftheTestsOwn1234"


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets everything with the test."""

    priority = 1.0
    locked = False

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("It is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("It is locked")
        self.kept[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[(service, username)]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MemoryKeyring]:
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_token_is_kept_found_and_forgotten(memory: MemoryKeyring) -> None:
    save_token(f" {TOKEN}\n")
    assert read_token() == sign_in() == TOKEN
    assert token_in_use() == ("keyring", "1234")
    assert forget_token()
    assert (read_token(), token_in_use(), forget_token()) == (None, ("none", ""), False)


def test_the_environments_token_comes_before_the_keyrings(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_token(TOKEN)
    monkeypatch.setenv("HF_TOKEN", "hf_fromTheEnvironment")
    assert sign_in() is None
    assert token_in_use() == ("HF_TOKEN", "ment")


@pytest.mark.parametrize("text", ["", "   ", "hf_abc", "hf_two words 1234", "hf_ümlaut12345", "x" * 600])
def test_what_is_no_token_is_refused(text: str, memory: MemoryKeyring) -> None:
    with pytest.raises(TunesmithError) as caught:
        save_token(text)
    assert caught.value.code == "hub.not_a_token"
    assert not text.strip() or text.strip() not in str(caught.value)
    assert not memory.kept


def test_without_a_keyring_the_ways_that_work_are_named() -> None:
    with pytest.raises(TunesmithError) as caught:
        save_token(TOKEN)
    assert caught.value.code == "hub.no_keyring"
    assert "hf auth login" in caught.value.remedy and "HF_TOKEN" in caught.value.remedy
    assert read_token() is None


def test_a_locked_keyring_is_named_where_it_matters_and_public_models_go_on(
    memory: MemoryKeyring, caplog: pytest.LogCaptureFixture
) -> None:
    memory.locked = True
    with pytest.raises(TunesmithError) as caught:
        save_token(TOKEN)
    assert (caught.value.code, "locked" in caught.value.why) == ("hub.keyring_refused", True)
    assert read_token() is None
    assert "locked" in caplog.text


def test_the_command_line_reads_the_token_from_standard_input_and_never_prints_it(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))
    assert main(["token", "save", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"source": "keyring", "ends_with": "1234"}
    assert TOKEN not in printed.out + printed.err
    assert main(["token", "forget", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["forgotten"] is True
    assert main(["token", "save", TOKEN]) == 2
