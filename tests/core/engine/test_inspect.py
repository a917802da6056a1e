"""A data set looked at before training: counts, lengths, and rows as the model will see them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from core.data.report import DatasetReport, PreviewRow, Turn
from core.engine import inspect
from core.engine.render import mark_all
from core.errors import Cancelled, TunesmithError
from core.events import AnyEvent, Inspected, Progress
from core.job import DatasetRef
from core.models.location import starter_path
from core.requests import InspectRequest
from tests.core.engine import small_tokenizers
from tests.core.engine.test_render import bytes_in_python


def request(path: Path | None = None, **changes: Any) -> InspectRequest:
    dataset = DatasetRef(source="file", path=str(path)) if path else DatasetRef(source="sample", path="")
    return InspectRequest(**({"dataset": dataset, "model_path": str(starter_path()), "max_seq_length": 256} | changes))


def inspected(request: InspectRequest) -> DatasetReport:
    events: list[AnyEvent] = []
    inspect.run(request, events.append, lambda: False)
    assert isinstance(events[-1], Inspected)
    return events[-1].report


def put(tmp_path: Path, *talks: tuple[str, ...]) -> Path:
    path = tmp_path / "data.jsonl"
    roles = ("user", "assistant")
    rows = [{"messages": [{"role": roles[n % 2], "content": words} for n, words in enumerate(talk)]} for talk in talks]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_sample_is_ready_to_train_on() -> None:
    report = inspected(request())
    assert report.rows == len(report.lengths) >= 300
    assert (report.problem_count, report.truncated_rows, report.empty_rows) == (0, 0, 0)
    assert 0 < report.trained_tokens < sum(report.lengths)
    assert report.format_reason == "Chat, because the column messages is there"
    assert report.mask_method == "template"
    assert len(report.preview) == 20
    assert report.preview[0].tokens == report.lengths[0]


def test_the_preview_shows_the_row_as_the_model_sees_it_with_the_trained_part_marked(tmp_path: Path) -> None:
    [row] = inspected(request(put(tmp_path, ("Who are you?", "Arr, a pirate ☠️!", "Sure?", "Aye.")))).preview
    assert [(piece.text, piece.trained) for piece in row.pieces] == [
        ("<|user|>Who are you?<|end|><|assistant|>", False),
        ("Arr, a pirate ☠️!<|end|>", True),
        ("<|user|>Sure?<|end|><|assistant|>", False),
        ("Aye.<|end|>", True),
    ]
    assert not any(piece.cut for piece in row.pieces)


def test_rows_cut_off_and_rows_that_teach_nothing_are_counted(tmp_path: Path) -> None:
    talks = [("Hi", "Ahoy."), ("Hi", "Ahoy, " * 40), ("Well, " * 40, "Ahoy.")]
    report = inspected(request(put(tmp_path, *talks), max_seq_length=24))
    assert (report.rows, report.truncated_rows, report.empty_rows) == (3, 2, 1)
    assert report.trained_tokens == sum(row.trained_tokens for row in report.preview)
    assert report.preview[2].trained_tokens == 0
    cut = [[piece.cut for piece in row.pieces] for row in report.preview]
    assert cut == [[False, False], [False, False, True], [False, True, True]]
    assert all(row.tokens == length for row, length in zip(report.preview, report.lengths, strict=True))


@pytest.mark.parametrize("make", [small_tokenizers.chatml, small_tokenizers.mistral])
def test_a_character_cut_in_the_middle_of_its_bytes_stays_whole_in_the_preview(make: Any) -> None:
    tokenizer = make()
    [marked] = mark_all(tokenizer, [[Turn("user", "☠️🏴‍☠️ é"), Turn("assistant", "🦜🦜 ü ☠️")]])
    for limit in range(1, len(marked.input_ids) + 1):
        row: PreviewRow = inspect.preview_row(tokenizer, marked, 1, limit)
        assert "".join(piece.text for piece in row.pieces) == marked.text
        assert "\ufffd" not in "".join(piece.text for piece in row.pieces)


def test_a_tokenizer_that_does_not_tell_positions_has_a_preview_too() -> None:
    tokenizer = bytes_in_python()
    [marked] = mark_all(tokenizer, [[Turn("user", "Hi"), Turn("assistant", "Ahoy.")]])
    pieces = inspect.preview_row(tokenizer, marked, 1, 4096).pieces
    assert [piece.text for piece in pieces if piece.trained] == ["Ahoy.</s>"]


def test_problems_keep_their_lines_and_rows_their_numbers(tmp_path: Path) -> None:
    path = put(tmp_path, ("Hi", "Ahoy."))
    path.write_text('{"messages": []}\n' + path.read_text())
    report = inspected(request(path))
    assert report.problem_count == 1
    assert report.problems[0].line == 1
    assert report.preview[0].row == 2


def test_ten_thousand_rows_are_looked_at_in_seconds(tmp_path: Path) -> None:
    """Two thousand rows of 200 tokens, in a fifth of 20 s of this processor's time."""
    question, answer = "Who are you, and what colour is the sky? " * 10, "Ahoy, a pirate, and the sky be blue. " * 10
    path = put(tmp_path, *[(f"{n} {question}", answer) for n in range(2000)])
    started = time.process_time()
    report = inspected(request(path))
    assert time.process_time() - started < 4.0
    assert sum(report.lengths) / report.rows > 180


def test_cancelling_ends_it_before_the_report(tmp_path: Path) -> None:
    events: list[AnyEvent] = []
    with pytest.raises(Cancelled):
        inspect.run(request(), events.append, lambda: any(isinstance(e, Progress) and e.done >= 64 for e in events))
    assert not any(isinstance(event, Inspected) for event in events)


def test_a_model_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        inspected(request(model_path=str(tmp_path)))
    assert caught.value.code == "model.no_tokenizer"
    assert caught.value.where == str(tmp_path)


def test_an_error_in_the_data_names_its_place(tmp_path: Path) -> None:
    path = put(tmp_path, ("Hi", "Ahoy."))
    path.write_text(path.read_text() + "oops\n")
    with pytest.raises(TunesmithError) as caught:
        inspected(request(path))
    assert caught.value.code == "data.broken_line"
    assert caught.value.where == f"{path}, line 2, column 1"
