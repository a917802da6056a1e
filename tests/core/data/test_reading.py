"""Data files of every kind, good and bad."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.data import reading
from core.data.reading import ReadResult, read_conversations
from core.data.report import Turn
from core.data.sample import dataset_path, sample_path
from core.errors import TunesmithError
from core.job import DatasetRef

TALK = [Turn("user", "Who are you?"), Turn("assistant", "A pirate ☠️.")]
CHAT = {"messages": [{"role": "user", "content": "Who are you?"}, {"role": "assistant", "content": "A pirate ☠️."}]}
ALPACA = {"instruction": "Who are you?", "input": "", "output": "A pirate ☠️."}


def put(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def jsonl(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def refusal(path: Path, format: str = "auto") -> TunesmithError:
    with pytest.raises(TunesmithError) as caught:
        read_conversations(path, format)
    assert str(path) in caught.value.where
    return caught.value


def put_parquet(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def test_the_sample_data_reads_without_a_problem() -> None:
    result = read_conversations(sample_path())
    assert 300 <= len(result.conversations) <= 500
    assert result.problem_count == 0
    assert result.format == "chat"


def test_a_job_with_the_sample_or_a_file_means_that_file(tmp_path: Path) -> None:
    assert dataset_path(DatasetRef(source="sample", path="")) == sample_path()
    assert dataset_path(DatasetRef(source="file", path=str(tmp_path / "a.csv"))) == tmp_path / "a.csv"


def in_jsonl(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data.jsonl", jsonl(*rows))


def in_json_array(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data.json", json.dumps(rows, indent=2))


def in_json_object(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data.json", json.dumps({"version": 1, "data": rows}))


def in_jsonl_called_json(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data.json", jsonl(*rows))


def in_jsonl_without_an_ending(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data", jsonl(*rows))


def in_jsonl_from_windows(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return put(tmp_path, "data.jsonl", b"\xef\xbb\xbf" + jsonl(*rows).replace("\n", "\r\n").encode())


KINDS = [
    in_jsonl,
    in_json_array,
    in_json_object,
    in_jsonl_called_json,
    in_jsonl_without_an_ending,
    in_jsonl_from_windows,
    put_parquet,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", [CHAT, ALPACA])
def test_every_kind_of_file_gives_the_same_conversations(kind: Any, row: dict[str, Any], tmp_path: Path) -> None:
    result: ReadResult = read_conversations(kind(tmp_path, [row, row, row]))
    assert result.conversations == [TALK, TALK, TALK]
    assert result.rows == [1, 2, 3]
    assert result.problem_count == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_csv_reads_with_any_separator_and_with_a_byte_order_mark(delimiter: str, bom: bytes, tmp_path: Path) -> None:
    header, row = (
        delimiter.join(["id", "instruction", "output"]),
        delimiter.join(["1", '"Who are you?"', '"A pirate ☠️."']),
    )
    path = put(tmp_path, "data.csv", bom + f"{header}\r\n{row}\r\n".encode())
    result = read_conversations(path)
    assert result.conversations == [TALK]
    assert result.rows == [2]
    assert result.reason == "Alpaca, because the columns instruction and output are there"


def test_csv_cells_may_hold_line_breaks_quotes_and_long_texts(tmp_path: Path) -> None:
    answer = 'He said "no".\n\n' + "word " * 40_000
    cell = answer.replace('"', '""')
    path = put(tmp_path, "data.csv", f'prompt,completion\nFirst,"{cell}"\nSecond,Yes\n')
    result = read_conversations(path)
    assert result.conversations[0][1].content == answer
    assert result.rows == [2, 5]


def test_csv_cells_may_hold_messages_as_json(tmp_path: Path) -> None:
    cell = json.dumps(CHAT["messages"]).replace('"', '""')
    assert read_conversations(put(tmp_path, "data.csv", f'messages\n"{cell}"\n')).conversations == [TALK]


def test_a_single_row_in_a_json_file_is_a_data_set_of_one(tmp_path: Path) -> None:
    path = put(tmp_path, "data.json", json.dumps(CHAT, indent=2))
    assert read_conversations(path).conversations == [TALK]


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.jsonl").code == "data.not_found"
    assert refusal(tmp_path).code == "data.is_folder"
    assert refusal(put(tmp_path, "a.jsonl", "")).code == "data.empty"
    assert refusal(put(tmp_path, "b.jsonl", "\n \n")).code == "data.empty"
    assert refusal(put(tmp_path, "c.json", "[]")).code == "data.empty"
    assert refusal(put(tmp_path, "d.csv", "prompt,completion\n")).code == "data.empty"


def test_a_parquet_file_without_rows_is_empty(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"prompt": pyarrow.array([], pyarrow.string())}), path)
    assert refusal(path).code == "data.empty"


def test_a_broken_line_17_is_named_with_its_column(tmp_path: Path) -> None:
    lines = jsonl(*[CHAT] * 20).splitlines()
    lines[16] = '{"messages": "é" oops}'
    error = refusal(put(tmp_path, "data.jsonl", "\n".join(lines)))
    assert error.code == "data.broken_line"
    assert "Line 17" in error.what
    assert error.where.endswith("line 17, column 18")


def test_a_line_cut_off_in_the_middle_is_named(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.jsonl", jsonl(CHAT, CHAT)[:-30]))
    assert error.code == "data.broken_line"
    assert "line 2" in error.where
    assert "ends in the middle" in error.why


@pytest.mark.parametrize(
    "line", ["{'messages': []}", '{"prompt": NaN}', "prompt: hello", '{"a": 1} {"b": 2}', "[" * 100_000]
)
def test_what_only_looks_like_json_is_refused_by_line(line: str, tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.jsonl", jsonl(CHAT) + line + "\n"))
    assert error.code == "data.broken_line"
    assert "line 2" in error.where


def test_broken_json_is_named_by_line_and_column(tmp_path: Path) -> None:
    text = json.dumps([CHAT, CHAT], indent=1).replace("]\n }\n]", "]\n }\n oops]")
    error = refusal(put(tmp_path, "data.json", text))
    assert error.code == "data.broken_line"
    line = text.splitlines().index(" oops]") + 1
    assert error.where.endswith(f"line {line}, column 2")


def test_a_csv_quotation_that_never_ends_is_named_by_the_line_where_it_begins(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.csv", 'prompt,completion\na,b\nc,"d\ne,f\n'))
    assert error.code == "data.broken_line"
    assert "line 3" in error.where


@pytest.mark.parametrize("name", ["data.jsonl", "data.json", "data.csv"])
def test_text_that_is_not_utf8_is_named_by_its_byte(name: str, tmp_path: Path) -> None:
    good = {"data.jsonl": jsonl(ALPACA), "data.json": "[" + jsonl(ALPACA), "data.csv": "instruction,output\na,b\n"}[
        name
    ]
    bad = {"data.jsonl": '{"instruction": "', "data.json": ', {"instruction": "', "data.csv": "c,"}[name]
    content = good.encode() + bad.encode() + "é".encode("latin-1") + b'"}]'
    error = refusal(put(tmp_path, name, content))
    assert error.code == "data.not_utf8"
    assert error.where.endswith(f"byte {len(good.encode()) + len(bad)}")


def test_a_wrong_byte_far_into_a_file_is_found_at_its_place(tmp_path: Path) -> None:
    content = b"prompt,completion\n" + f"{'é' * 5000},é\n".encode() * 250
    error = refusal(put(tmp_path, "data.csv", content + b"a,\xe9\n"))
    assert error.where.endswith(f"byte {len(content) + 2}")


def test_utf16_is_recognised(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.jsonl", jsonl(CHAT).encode("utf-16")))
    assert error.code == "data.not_utf8"
    assert "UTF-16" in error.why


def test_missing_keys_name_those_found_and_those_each_format_needs(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.jsonl", jsonl({"text": "a", "label": 1})))
    assert error.code == "data.keys_missing"
    assert "text, label" in error.why
    for needed in ("messages", "conversations", "instruction and output", "prompt and completion"):
        assert needed in error.why


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = put_parquet(tmp_path, [CHAT] * 50).read_bytes()
    assert refusal(put(tmp_path, "half.parquet", whole[: len(whole) // 2])).code == "data.broken_parquet"
    assert refusal(put(tmp_path, "text.parquet", "no parquet at all")).code == "data.broken_parquet"


def test_text_in_parquet_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    words = pyarrow.array([b"\xff\xfe"], pyarrow.binary()).view(pyarrow.string())
    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"prompt": words, "completion": words}), path)
    assert refusal(path).code == "data.broken_parquet"


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.docx", b"PK\x03\x04"))
    assert error.code == "data.unknown_file_type"
    assert ".docx" in error.why


def test_a_json_object_without_rows_names_its_keys(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.json", '{"name": "x", "url": "y"}'))
    assert error.code == "data.no_rows_key"
    assert "name, url" in error.why


def test_rows_that_cannot_be_used_are_counted_by_line_and_the_others_kept(tmp_path: Path) -> None:
    rows = [CHAT, 5, {"messages": []}, {"other": 1}, CHAT]
    result = read_conversations(put(tmp_path, "data.jsonl", "\n" + jsonl(*rows)))
    assert result.rows == [2, 6]
    assert result.problem_count == 3
    assert [problem.line for problem in result.problems] == [3, 4, 5]
    assert [problem.text for problem in result.problems] == [
        "it is a number, not an object with the keys of the other rows",
        "messages has no messages",
        "Chat needs messages (a list of objects with role and content); the keys are other",
    ]


def test_csv_rows_of_another_width_are_problems(tmp_path: Path) -> None:
    result = read_conversations(put(tmp_path, "data.csv", "prompt,completion\na,b\nc\nd,e,f\ng,h\n"))
    assert result.rows == [2, 5]
    assert [problem.line for problem in result.problems] == [3, 4]


def test_if_no_row_can_be_used_the_error_names_the_first(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "data.jsonl", jsonl(*[{"prompt": "", "completion": "a"}] * 10)))
    assert error.code == "data.no_usable_rows"
    assert error.why == "Line 1: prompt is empty; line 2: prompt is empty; line 3: prompt is empty; and 7 more."


def test_many_problems_are_all_counted_and_the_first_kept(tmp_path: Path) -> None:
    rows = [CHAT, *[{"messages": []}] * (reading.KEPT_PROBLEMS + 50)]
    result = read_conversations(put(tmp_path, "data.jsonl", jsonl(*rows)))
    assert len(result.problems) == reading.KEPT_PROBLEMS
    assert result.problem_count == reading.KEPT_PROBLEMS + 50


def test_one_odd_row_at_the_top_does_not_decide_the_format(tmp_path: Path) -> None:
    result = read_conversations(put(tmp_path, "data.jsonl", jsonl({"comment": "export of May"}, ALPACA, ALPACA)))
    assert result.format == "alpaca"
    assert result.problem_count == 1


def test_a_format_can_be_chosen_and_must_then_fit(tmp_path: Path) -> None:
    path = put(tmp_path, "data.jsonl", jsonl(CHAT | ALPACA))
    assert read_conversations(path).format == "chat"
    chosen = read_conversations(path, "alpaca")
    assert chosen.format == "alpaca"
    assert chosen.reason.endswith("because you chose it")
    error = refusal(path, "sharegpt")
    assert error.code == "data.keys_missing"
    assert "Alpaca" not in error.why
    assert refusal(path, "xml").code == "data.unknown_format"


def test_a_large_file_is_never_in_memory_twice(tmp_path: Path) -> None:
    """60 MB of rows: no more is held than those that the format is found with, and one more."""
    row = json.dumps(ALPACA | {"unused": "x" * 60_000})
    for name, text in (("a.jsonl", f"{row}\n" * 1000), ("b.json", f"[{','.join([row] * 1000)}]")):
        path = put(tmp_path, name, text)
        program = (
            "import sys, tracemalloc; from pathlib import Path; from core.data.reading import read_conversations;"
            "tracemalloc.start(); read_conversations(Path(sys.argv[1])); print(tracemalloc.get_traced_memory()[1])"
        )
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
        assert int(done.stdout) < 10_000_000


def test_reading_data_imports_no_heavy_library(tmp_path: Path) -> None:
    path = put_parquet(tmp_path, [CHAT])
    program = (
        "import sys; from pathlib import Path; from core.data.reading import read_conversations;"
        "assert 'pyarrow' not in sys.modules; read_conversations(Path(sys.argv[1]));"
        "print([name for name in ('torch', 'transformers', 'datasets', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
