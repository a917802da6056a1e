"""DatasetReport: what was found in a data file, and how the model will see it."""

from __future__ import annotations

from typing import Literal

import msgspec


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class RowProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A row that cannot be used, by its line (text files) or row number, counted from 1."""

    line: int
    text: str


class PreviewPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A run of tokens as text. `trained`: the loss counts them. `cut`: beyond the longest sequence, never seen."""

    text: str
    trained: bool
    cut: bool


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row after the chat template, in pieces; `tokens` counts all, `trained_tokens` those the loss counts after
    truncation."""

    row: int
    tokens: int
    trained_tokens: int
    pieces: list[PreviewPiece]


class DatasetReport(msgspec.Struct, frozen=True, kw_only=True):
    """Format found, rows, problems, token lengths, and a preview.

    Attributes:
        path: the file.
        format: the format's name, `format_reason` why it was chosen, in words.
        rows: usable rows; `problems`: the first of those that are not, `problem_count` all of them.
        lengths: tokens of each usable row after the chat template, before truncation.
        truncated_rows: rows longer than `max_seq_length`.
        empty_rows: rows that would teach nothing: every token masked, or cut off before the answer.
        trained_tokens: tokens the loss counts, after truncation, all rows together.
        mask_method: how the assistant's words were found (`template` markers, or `prefix` differences).
    """

    path: str
    format: str
    format_reason: str
    rows: int
    problem_count: int
    problems: list[RowProblem]
    max_seq_length: int
    lengths: list[int]
    truncated_rows: int
    empty_rows: int
    trained_tokens: int
    mask_method: Literal["template", "prefix"]
    preview: list[PreviewRow]
