"""Parquet, read with pyarrow alone, a batch of rows at a time and only the columns that some format looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.data.formats import FORMATS
from core.data.refusals import broken_parquet
from core.data.sources.source import NumberedRow, Source

MAGIC = b"PAR1"
BATCH_ROWS = 1000


def rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of `path`, counted from 1.

    Raises:
        TunesmithError: `data.broken_parquet`.
    """
    import pyarrow
    import pyarrow.parquet

    looked_at = set().union(*(format.keys for format in FORMATS.values()))
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = [name for name in names if name in looked_at] or names
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise broken_parquet(path, str(error).strip().splitlines()[0].rstrip(".")) from error


SOURCE = Source(name="Parquet", suffixes=frozenset({".parquet"}), unit="row", rows=rows)
