"""The task `inspect`: a data set as the model will see it, before a second is spent on training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from core.data.reading import ReadResult, read_conversations
from core.data.report import DatasetReport, PreviewPiece, PreviewRow
from core.data.sample import dataset_path
from core.engine.emit import Emit
from core.engine.render import Marked, mark_all, mask_method
from core.engine.tokenizer import load_tokenizer
from core.errors import Cancelled
from core.events import Inspected, Progress
from core.requests import InspectRequest

CHECK_ROWS = 64
"""How many rows pass between two looks at whether the person cancelled."""


def run(request: InspectRequest, emit: Emit, cancelled: Callable[[], bool]) -> None:
    """Read and tokenise the whole data set; ends with an `Inspected` event.

    Raises:
        Cancelled: if `cancelled` says so.
        TunesmithError: `data.…` as `read_conversations` and `mark_all` say, `model.no_tokenizer`.
    """
    emit(Progress(phase="reading", text="Reading the data"))
    path = dataset_path(request.dataset)
    result = read_conversations(path, request.dataset.format)
    emit(Progress(phase="loading", text="Loading the tokenizer"))
    tokenizer = load_tokenizer(Path(request.model_path))
    emit(Inspected(report=_report(request, path, result, tokenizer, emit, cancelled)))


def _report(
    request: InspectRequest,
    path: Path,
    result: ReadResult,
    tokenizer: Any,
    emit: Emit,
    cancelled: Callable[[], bool],
) -> DatasetReport:
    limit = request.max_seq_length
    lengths: list[int] = []
    preview: list[PreviewRow] = []
    truncated = empty = trained = 0
    places = [f"{path}, {result.unit} {row}" for row in result.rows]
    for marked in _watched(mark_all(tokenizer, result.conversations, places=places), len(places), emit, cancelled):
        if len(preview) < request.preview_rows:
            preview.append(preview_row(tokenizer, marked, result.rows[len(lengths)], limit))
        lengths.append(len(marked.input_ids))
        truncated += len(marked.input_ids) > limit
        seen = sum(marked.trained[:limit])
        trained += seen
        empty += not any(marked.trained[1:limit])
    return DatasetReport(
        path=str(path),
        format=result.format,
        format_reason=result.reason,
        rows=len(lengths),
        problem_count=result.problem_count,
        problems=result.problems,
        max_seq_length=limit,
        lengths=lengths,
        truncated_rows=truncated,
        empty_rows=empty,
        trained_tokens=trained,
        mask_method=mask_method(tokenizer),
        preview=preview,
    )


def _watched(rows: Iterator[Marked], total: int, emit: Emit, cancelled: Callable[[], bool]) -> Iterator[Marked]:
    """`rows`, with progress said and cancelling noticed on the way."""
    for done, row in enumerate(rows, start=1):
        if done % CHECK_ROWS == 0 or done == total:
            if cancelled():
                raise Cancelled
            emit(Progress(phase="tokenising", text="Turning text into tokens", done=done, total=total, unit="rows"))
        yield row


def preview_row(tokenizer: Any, marked: Marked, row: int, max_seq_length: int) -> PreviewRow:
    """One row in pieces of text, each a run of tokens that are alike: trained or not, cut off or not.

    The pieces put together are the rendered text: a character whose bytes fall into two pieces stands whole in one.
    """
    kinds = [(trained, at >= max_seq_length) for at, trained in enumerate(marked.trained)]
    pieces: list[PreviewPiece] = []
    for (trained, cut), group in groupby(range(len(kinds)), key=lambda at: kinds[at]):
        tokens = list(group)
        text = _text(tokenizer, marked, tokens[0], tokens[-1] + 1)
        pieces.append(PreviewPiece(text=text, trained=trained, cut=cut))
    return PreviewRow(
        row=row,
        tokens=len(marked.input_ids),
        trained_tokens=sum(marked.trained[:max_seq_length]),
        pieces=pieces,
    )


def _text(tokenizer: Any, marked: Marked, first: int, after: int) -> str:
    if marked.ends is None:
        decoded: str = tokenizer.decode(marked.input_ids[first:after])
        return decoded
    start = marked.ends[first - 1] if first else 0
    end = marked.ends[after - 1] if after < len(marked.ends) else len(marked.text)
    return marked.text[start:end]
