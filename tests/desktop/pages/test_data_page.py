"""The Data page with the real inspecting worker and the starter's tokenizer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.data.report import DatasetReport, PreviewPiece, PreviewRow, RowProblem
from core.job import DatasetRef
from core.models.reading import starter_spec
from core.settings import TrainingSettings
from desktop.controllers.data import DataController
from desktop.intents import CancelInspection, ChooseData, ChooseSample, GoTo
from desktop.pages.data import DataPage
from tests.desktop.bench import Bench, bench

WORKER_MS = 300_000


def chat_row(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


def write_rows(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def wait_for_report(qtbot: QtBot, made: Bench) -> None:
    qtbot.waitUntil(lambda: made.state.dataset is not None and "data" not in made.state.busy, timeout=WORKER_MS)


def page_of(made: Bench) -> DataPage:
    assert isinstance(made.page, DataPage)
    return made.page


def test_the_sample_is_read_marked_and_counted_anew_for_a_shorter_limit(qtbot: QtBot) -> None:
    with bench(qtbot, DataPage(), DataController, model=starter_spec()) as made:
        wait_for_report(qtbot, made)
        page, report = page_of(made), made.state.dataset
        assert report is not None
        assert page.header.sentence.text() == f"{report.rows} rows, all usable, 0 cut off, 0 would teach nothing."
        assert page.format.text() == f"{report.format_reason}."
        trained = piece_in(report, lambda piece: piece.trained)
        assert_looks(page, trained, underlined=True, struck=False)
        assert_looks(page, piece_in(report, lambda piece: not piece.trained), underlined=False, struck=False)

        made.store.update(settings=TrainingSettings(max_seq_length=4096))
        qtbot.waitUntil(lambda: made.state.dataset.max_seq_length == 4096)
        assert "data" not in made.state.busy

        made.store.update(settings=TrainingSettings(max_seq_length=max(16, max(report.lengths) - 8)))
        qtbot.waitUntil(lambda: made.state.dataset.truncated_rows > 0, timeout=WORKER_MS)
        assert f"{made.state.dataset.truncated_rows:,} cut off" in page.header.sentence.text()
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        assert made.asked == [GoTo("train")]


def piece_in(report: DatasetReport, wanted: Callable[[PreviewPiece], bool]) -> str:
    """The first line of the first piece of the preview that is `wanted`."""
    pieces = (piece for row in report.preview for piece in row.pieces)
    return next(piece.text.strip().split("\n")[0] for piece in pieces if wanted(piece) and piece.text.strip())


def assert_looks(page: DataPage, words: str, *, underlined: bool, struck: bool) -> None:
    found = page.preview.document().find(words)
    assert not found.isNull()
    look = found.charFormat()
    assert look.fontUnderline() == underlined and look.fontStrikeOut() == struck
    assert (look.background().style() != Qt.BrushStyle.NoBrush) == (underlined or struck)


def test_what_is_cut_off_is_hatched_and_struck_through(qtbot: QtBot) -> None:
    with bench(qtbot, DataPage(), model=starter_spec(), dataset=small_report()) as made:
        page = page_of(made)
        assert_looks(page, "Arr, the sky", underlined=True, struck=False)
        assert_looks(page, "never seen", underlined=False, struck=True)
        assert (
            page.preview.document().find("never seen").charFormat().background().style() == Qt.BrushStyle.BDiagPattern
        )


def test_problems_are_listed_by_line_behind_a_fold(qtbot: QtBot) -> None:
    with bench(qtbot, DataPage(), model=starter_spec(), dataset=small_report()) as made:
        page = page_of(made)
        assert page.header.sentence.text().startswith("2 of 3 rows usable")
        assert not page.problems.isVisible()
        qtbot.mouseClick(page.problems_fold.handle, Qt.MouseButton.LeftButton)
        assert page.problems.isVisible()
        assert page.problems.model().index(0, 0).data() == "Line 17: It is not JSON."


def small_report() -> DatasetReport:
    pieces = [
        PreviewPiece(text="user: why?\n", trained=False, cut=False),
        PreviewPiece(text="Arr, the sky", trained=True, cut=False),
        PreviewPiece(text="never seen", trained=False, cut=True),
    ]
    return DatasetReport(
        path="x.jsonl", format="chat", format_reason="Chat, because", rows=2, problem_count=1,
        problems=[RowProblem(line=17, text="It is not JSON.")], max_seq_length=32, lengths=[20, 40], truncated_rows=1,
        empty_rows=0, trained_tokens=30, mask_method="template",
        preview=[PreviewRow(row=1, tokens=40, trained_tokens=12, pieces=pieces)],
    )  # fmt: skip


def test_a_file_that_is_dropped_is_read_with_its_bad_line_named(qtbot: QtBot, tmp_path: Path) -> None:
    rows = [chat_row("Hello?", "Hello.")] * 20
    rows[16] = rows[16][:25]
    path = write_rows(tmp_path / "mine.jsonl", rows)
    with bench(qtbot, DataPage(), DataController) as made:
        page = page_of(made)
        assert page.places.currentWidget().title.text() == "Waiting for a model"
        drop(page, path)
        assert made.asked == [ChooseData(path)]
        assert (page.file.name.text(), page.file.place.text()) == ("mine.jsonl", str(tmp_path))
        made.store.update(model=starter_spec())
        qtbot.waitUntil(lambda: made.state.dataset is not None or "data" in made.state.errors, timeout=WORKER_MS)
        if made.state.dataset is not None:
            assert "19 of 20 rows usable" in page.header.sentence.text()
            assert page.problems.model().index(0, 0).data().startswith("Line 17: ")
        else:
            error = made.state.errors["data"]
            assert "17" in str(error) and error.remedy and page.banner.isVisible()


def drop(page: DataPage, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), action, mime, buttons, keys)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted() and page.drop.overlay.isVisible()
    QApplication.sendEvent(page, QDropEvent(QPointF(50, 50), action, mime, buttons, keys))
    assert not page.drop.overlay.isVisible()


@pytest.mark.parametrize("content", [b"", b'{"colour": "red"}\n'], ids=["empty", "without keys"])
def test_bad_files_say_where_why_and_what_to_do(qtbot: QtBot, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    ref = DatasetRef(source="file", path=str(path))
    with bench(qtbot, DataPage(), DataController, model=starter_spec(), dataset_ref=ref) as made:
        qtbot.waitUntil(lambda: "data" in made.state.errors, timeout=WORKER_MS)
        page, error = page_of(made), made.state.errors["data"]
        assert error.code.startswith("data.")
        assert str(path) in error.where and error.why and error.remedy
        assert page.banner.isVisible()
        assert not page.header.primary.isEnabled() and page.header.primary.toolTip()
        qtbot.mouseClick(page.file.sample, Qt.MouseButton.LeftButton)
        assert made.asked == [ChooseSample()]
        assert not page.banner.isVisible()


def test_reading_can_be_stopped_and_begun_again(qtbot: QtBot) -> None:
    with bench(qtbot, DataPage(), DataController, model=starter_spec()) as made:
        qtbot.waitUntil(lambda: "data" in made.state.busy)
        assert made.page.escape(made.state) == CancelInspection()
        page = page_of(made)
        place = page.places.currentWidget()
        assert place.button.text() == "Cancel"
        qtbot.mouseClick(place.button, Qt.MouseButton.LeftButton)
        assert "data" not in made.state.busy and made.state.dataset is None
        again = page.places.currentWidget()
        assert again.button.text() == "Read it again"
        qtbot.mouseClick(again.button, Qt.MouseButton.LeftButton)
        assert "data" in made.state.busy


def test_a_model_that_is_only_looked_at_makes_the_data_wait(qtbot: QtBot) -> None:
    with bench(qtbot, DataPage(), DataController, model=starter_spec(), hub_model="owner/name") as made:
        assert "not on this disk" in page_of(made).places.currentWidget().text.text()
        assert "data" not in made.state.busy


def test_a_book_in_one_row_does_not_hold_the_page_up(qtbot: QtBot) -> None:
    piece = PreviewPiece(text="word " * 400_000, trained=True, cut=False)
    row = PreviewRow(row=1, tokens=400_000, trained_tokens=400_000, pieces=[piece])
    report = msgspec.structs.replace(small_report(), preview=[row] * 20)
    with bench(qtbot, DataPage(), model=starter_spec(), dataset=report) as made:
        text = page_of(made).preview.toPlainText()
        assert "1,980,000 more letters" in text and len(text) < 20 * 21_000
