from __future__ import annotations

from core.errors import TunesmithError


def test_an_error_is_the_same_on_the_other_side_of_a_process() -> None:
    error = TunesmithError(
        "data.empty", what="The file is empty.", why="0 bytes.", remedy="Choose another.", where="a.jsonl"
    )
    again = TunesmithError.from_fields(error.fields())
    assert again.fields() == error.fields()
    assert again.code == "data.empty"


def test_an_error_in_words_says_what_why_what_to_do_and_where() -> None:
    error = TunesmithError("x.y", what="What.", why="Why.", remedy="Do.", where="here")
    assert str(error) == "What. Why. Do. [here]"
