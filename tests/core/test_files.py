from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.files import read_json_object, write_bytes, write_json


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"a": 1})
    write_json(path, {"a": 2})
    assert read_json_object(path) == {"a": 2}
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TunesmithError) as caught:
        write_bytes(tmp_path / "file" / "below", b"")
    assert caught.value.code == "file.not_writable"
    assert "below" in caught.value.where
