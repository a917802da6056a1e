"""A report for another longest sequence without looking at the data again, where that is exact."""

from __future__ import annotations

from core.data.relimit import with_limit
from core.data.report import DatasetReport


def report(lengths: list[int], limit: int) -> DatasetReport:
    return DatasetReport(
        path="x.jsonl", format="chat", format_reason="", rows=len(lengths), problem_count=0, problems=[],
        max_seq_length=limit, lengths=lengths, truncated_rows=sum(n > limit for n in lengths), empty_rows=0,
        trained_tokens=10, mask_method="template", preview=[],
    )  # fmt: skip


def test_nothing_is_counted_anew_while_every_row_fits_both_limits() -> None:
    changed = with_limit(report([10, 50], 100), 50)
    assert changed is not None
    assert (changed.max_seq_length, changed.truncated_rows, changed.trained_tokens) == (50, 0, 10)


def test_a_limit_that_cuts_a_row_off_or_stops_doing_so_needs_a_new_look() -> None:
    assert with_limit(report([10, 50], 100), 49) is None
    assert with_limit(report([10, 50], 40), 100) is None


def test_the_same_limit_is_the_same_report() -> None:
    same = report([10, 50], 40)
    assert with_limit(same, 40) is same
