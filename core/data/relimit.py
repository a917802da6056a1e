"""A report for another longest sequence, where that needs no new look at the data."""

from __future__ import annotations

import msgspec

from core.data.report import DatasetReport


def with_limit(report: DatasetReport, max_seq_length: int) -> DatasetReport | None:
    """`report` as it would be for `max_seq_length`, or None where rows have to be counted anew.

    While every row is shorter than both limits, nothing is cut off under either, so that all counts stay.
    """
    if max_seq_length == report.max_seq_length:
        return report
    longest = max(report.lengths, default=0)
    if longest > min(report.max_seq_length, max_seq_length):
        return None
    return msgspec.structs.replace(report, max_seq_length=max_seq_length)
