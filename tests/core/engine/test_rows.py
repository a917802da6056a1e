from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.engine.rows import IGNORED, prepare
from core.engine.tokenizer import load_tokenizer
from core.errors import TunesmithError
from core.events import AnyEvent, Progress, Warned
from core.job import DatasetRef
from core.settings import from_pairs
from tests.core.engine.conftest import of_type

Write = Callable[[list[list[tuple[str, str]]]], Path]
SHORT = [("user", "What colour is snow?"), ("assistant", "White.")]
LATE = [("user", "word " * 200), ("assistant", "Yes.")]


def prepared(path: Path, starter: Path, *settings: str):
    said: list[AnyEvent] = []
    rows = prepare(
        DatasetRef(source="file", path=str(path)),
        load_tokenizer(starter),
        from_pairs(["max_seq_length=64", *settings]),
        said.append,
    )
    return rows, said


def test_only_the_assistants_words_are_trained_on(chat_rows: Write, starter: Path) -> None:
    rows, said = prepared(chat_rows([SHORT, SHORT]), starter, "validation_share=0")
    tokenizer = load_tokenizer(starter)
    row = rows.train[0]
    trained = tokenizer.decode([label for label in row.labels if label != IGNORED], skip_special_tokens=True)
    assert trained.strip() == "White."
    assert tokenizer.eos_token_id in row.labels
    assert of_type(said, Progress)[-1].done == 2
    assert not of_type(said, Warned)


def test_rows_that_teach_nothing_are_left_out_and_counted(chat_rows: Write, starter: Path) -> None:
    rows, said = prepared(chat_rows([SHORT, LATE, SHORT, LATE]), starter, "validation_share=0")
    assert len(rows.train) == 2
    assert [(w.code, w.text[:6]) for w in of_type(said, Warned)] == [
        ("data.rows_dropped", "2 of 4"),
        ("data.rows_cut", "2 of 4"),
    ]


def test_data_that_teaches_nothing_at_all_is_refused(chat_rows: Write, starter: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        prepared(chat_rows([LATE, LATE]), starter)
    assert caught.value.code == "data.nothing_to_learn"
    assert re.search(r"now 64 tokens; the longest row has 2\d\d\)", caught.value.remedy)


def test_the_same_rows_are_held_back_whatever_the_seed(chat_rows: Write, starter: Path) -> None:
    path = chat_rows([[("user", "Say"), ("assistant", f"{n}")] for n in range(40)])
    one, _ = prepared(path, starter, "validation_share=0.1", "seed=1")
    other, _ = prepared(path, starter, "validation_share=0.1", "seed=2")
    assert (len(one.train), len(one.validation)) == (36, 4)
    assert one == other
    assert not [row for row in one.validation if row in one.train]


def test_a_single_row_is_trained_on(chat_rows: Write, starter: Path) -> None:
    rows, _ = prepared(chat_rows([SHORT]), starter, "validation_share=0.5")
    assert (len(rows.train), len(rows.validation)) == (1, 0)


def test_where_all_rows_are_longer_than_the_limit_it_is_refused_with_the_length_that_would_do(
    chat_rows: Write, starter: Path
) -> None:
    long, longer = ([("user", "Go on."), ("assistant", "word " * times)] for times in (100, 200))
    path = chat_rows([long, longer, long])
    with pytest.raises(TunesmithError) as caught:
        prepared(path, starter)
    assert (caught.value.code, caught.value.where) == ("data.all_rows_cut", str(path))
    needed = re.search(r"the longest ([\d,]+)", caught.value.why)
    assert needed is not None and f": {needed[1]} takes all of them" in caught.value.remedy
    rows, said = prepared(path, starter, f"max_seq_length={needed[1].replace(',', '')}", "validation_share=0")
    assert len(rows.train) == 3 and not of_type(said, Warned)


def test_where_some_rows_are_longer_the_longest_is_named(chat_rows: Write, starter: Path) -> None:
    long = [("user", "Go on."), ("assistant", "word " * 200)]
    rows, said = prepared(chat_rows([long, SHORT]), starter, "validation_share=0")
    assert len(rows.train) == 2
    (warned,) = of_type(said, Warned)
    assert warned.code == "data.rows_cut" and warned.text.startswith("1 of 2 rows is longer")
    assert "set the longest sequence to that" in warned.text
