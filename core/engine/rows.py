"""The rows that a run trains on: read, turned into tokens, those that teach nothing left out, some held back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data.reading import read_conversations
from core.data.report import Turn
from core.data.sample import dataset_path
from core.engine.emit import Emit
from core.engine.render import encode_all
from core.errors import TunesmithError
from core.events import Progress, Warned
from core.job import DatasetRef
from core.settings import TrainingSettings

MOST_EXAMPLES = 16
SPLIT_SEED = 42  # the default of the setting `seed`, so that runs of an older Tunesmith with it keep their split
IGNORED = -100  # the label that losses leave out (torch.nn.CrossEntropyLoss's default)


@dataclass(frozen=True)
class Row:
    """One conversation: tokens, and labels of the same length, `IGNORED` where the loss does not count."""

    input_ids: list[int]
    labels: list[int]


@dataclass(frozen=True)
class Rows:
    """What is trained on and what is held back.

    Attributes:
        examples: the first conversations held back, or else trained on, at most `MOST_EXAMPLES`.
    """

    train: list[Row]
    validation: list[Row]
    examples: Sequence[Sequence[Turn]] = ()


def prepare(dataset: DatasetRef, tokenizer: Any, settings: TrainingSettings, emit: Emit) -> Rows:
    """The rows of `dataset` as tokens.

    Raises:
        TunesmithError: `data.…` as the readers say, `data.nothing_to_learn` if no row has a word to train on,
            `data.all_rows_cut` if every one is longer than the limit.
    """
    path = dataset_path(dataset)
    result = read_conversations(path, dataset.format)
    if result.problems:
        first = result.problems[0]
        text = f"{result.problem_count} rows cannot be used. The first is {result.unit} {first.line}: {first.text}."
        emit(Warned(code="data.rows_skipped", text=text))
    total = len(result.conversations)
    rows: list[Row] = []
    cut, lengths = 0, []
    places = [f"{path}, {result.unit} {number}" for number in result.rows]
    encodings = encode_all(tokenizer, result.conversations, settings.max_seq_length, places=places)
    for done, encoded in enumerate(encodings, start=1):
        rows.append(Row(encoded.input_ids, _labels(encoded.input_ids, encoded.trained)))
        cut += bool(encoded.cut_tokens)
        lengths.append(len(encoded.input_ids) + encoded.cut_tokens)
        emit(Progress(phase="tokenising", text="Turning text into tokens", done=done, total=total, unit="rows"))
    useful = [place for place, row in enumerate(rows) if _teaches(row)]
    _report_dropped(len(rows) - len(useful), lengths, path, settings, emit)
    _report_cut(cut, lengths, path, settings, emit)
    back = _held_back(len(useful), settings)
    shown = [useful[place] for place in back or range(len(useful))][:MOST_EXAMPLES]
    held = set(back)
    return Rows(
        train=[rows[place] for number, place in enumerate(useful) if number not in held],
        validation=[rows[useful[number]] for number in back],
        examples=[result.conversations[place] for place in shown],
    )


def _labels(input_ids: list[int], trained: list[bool]) -> list[int]:
    return [token if counts else IGNORED for token, counts in zip(input_ids, trained, strict=True)]


def _teaches(row: Row) -> bool:
    """The first token is never predicted, so its label teaches nothing."""
    return any(label != IGNORED for label in row.labels[1:])


def _report_dropped(dropped: int, lengths: list[int], path: Path, settings: TrainingSettings, emit: Emit) -> None:
    total = len(lengths)
    if dropped == total:
        raise TunesmithError(
            "data.nothing_to_learn",
            what="No row of the data has anything to learn from.",
            why=f"All {total} rows are cut off before the assistant's first word, or have no such word.",
            remedy=f"Raise the longest sequence (now {settings.max_seq_length:,} tokens; the longest row has "
            f"{max(lengths):,}), or check the data.",
            where=str(path),
        )
    if dropped:
        text = f"{dropped} of {total} rows are left out: cut to the longest sequence, they hold no word to train on."
        emit(Warned(code="data.rows_dropped", text=text))


def _report_cut(cut: int, lengths: list[int], path: Path, settings: TrainingSettings, emit: Emit) -> None:
    """That `cut` rows lose their ends; where all do, nobody would learn how an answer ends, so that is refused."""
    if not cut:
        return
    limit, total, longest = settings.max_seq_length, len(lengths), max(lengths)
    if cut == total:
        raise TunesmithError(
            "data.all_rows_cut",
            what="Every row of the data is longer than the longest sequence.",
            why=f"The shortest has {min(lengths):,} tokens and the longest {longest:,}; each would be cut off after "
            f"{limit:,}, and the model would never see how an answer ends.",
            remedy=f"Raise the longest sequence (now {limit:,} tokens): {longest:,} takes all of them. Or split the "
            "rows into shorter ones.",
            where=str(path),
        )
    text = (
        f"{cut:,} of {total:,} rows {'is' if cut == 1 else 'are'} longer than the longest sequence ({limit:,} tokens) "
        f"and cut off there. The longest has {longest:,}: set the longest sequence to that, or split the rows, to "
        "learn from their ends too."
    )
    emit(Warned(code="data.rows_cut", text=text))


def _held_back(count: int, settings: TrainingSettings) -> list[int]:
    """Which of `count` rows are held back, a share at random: at least one row if any, and never the last one to train
    on.

    The same ones whatever the run's own seed is: runs that differ in their seed are judged by the same rows, so that
    what differs is what the seed does to the training and not how hard the rows are.
    """
    if not settings.validation_share:
        return []
    order = list(range(count))
    random.Random(SPLIT_SEED).shuffle(order)
    return order[: min(count - 1, max(1, round(settings.validation_share * count)))]
