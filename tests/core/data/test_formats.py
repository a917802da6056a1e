"""Each way to write a conversation as a row: accepted with its reason, read, and refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from core.data.formats import FORMATS, UnusableRow
from core.data.report import Turn


def say(*pairs: tuple[str, Any], role: str = "role", content: str = "content") -> list[dict[str, Any]]:
    return [{role: who, content: words} for who, words in pairs]


HELLO = [Turn("user", "Hello"), Turn("assistant", "Ahoy")]
SYSTEM = [Turn("system", "Be a pirate."), *HELLO]

READ: list[tuple[str, dict[str, Any], list[Turn]]] = [
    ("chat", {"messages": say(("user", "Hello"), ("assistant", "Ahoy"))}, HELLO),
    ("chat", {"messages": say(("developer", "Be a pirate."), ("User", "Hello"), ("model", "Ahoy"))}, SYSTEM),
    ("chat", {"messages": say(("user", [{"type": "text", "text": "Hello"}]), ("assistant", "Ahoy"))}, HELLO),
    ("sharegpt", {"conversations": say(("human", "Hello"), ("gpt", "Ahoy"), role="from", content="value")}, HELLO),
    ("sharegpt", {"conversations": say(("user", "Hello"), ("assistant", "Ahoy"))}, HELLO),
    (
        "sharegpt",
        {
            "system": "Be a pirate.",
            "conversations": say(("human", "Hello"), ("gpt", "Ahoy"), role="from", content="value"),
        },
        SYSTEM,
    ),
    ("alpaca", {"instruction": "Hello", "output": "Ahoy"}, HELLO),
    ("alpaca", {"instruction": "Hello", "input": None, "output": "Ahoy", "system": "Be a pirate."}, SYSTEM),
    (
        "alpaca",
        {"instruction": "Translate.", "input": "Hello", "output": "Ahoy"},
        [Turn("user", "Translate.\n\nHello"), Turn("assistant", "Ahoy")],
    ),
    (
        "alpaca",
        {"instruction": "Translate.", "context": "Hello", "response": "Ahoy", "category": "x"},
        [Turn("user", "Translate.\n\nHello"), Turn("assistant", "Ahoy")],
    ),
    ("prompt_completion", {"prompt": "Hello", "completion": "Ahoy"}, HELLO),
    ("prompt_completion", {"prompt": "Hello", "response": "Ahoy"}, HELLO),
    ("prompt_completion", {"question": "Hello", "answer": "Ahoy"}, HELLO),
    ("prompt_completion", {"input": "Hello", "output": "Ahoy", "system": "Be a pirate."}, SYSTEM),
]


@pytest.mark.parametrize(("name", "row", "turns"), READ)
def test_a_row_is_read_as_the_conversation_that_it_means(name: str, row: dict[str, Any], turns: list[Turn]) -> None:
    accepting = [format.name for format in FORMATS.values() if format.judge(row).accepted]
    assert accepting[0] == name
    assert FORMATS[name].turns(row) == turns


def test_every_format_of_the_table_is_read_here_and_says_what_it_needs() -> None:
    assert {name for name, _, _ in READ} == set(FORMATS)
    for name, format in FORMATS.items():
        assert format.name == name
        verdict = format.judge({"something": "else"})
        assert not verdict.accepted
        assert verdict.reason == f"{format.title} needs {format.needs}"
        rows = [row for known, row, _ in READ if known == name]
        assert all(format.judge(row).reason.startswith(f"{format.title}, because the column") for row in rows)
        assert format.keys >= {key for row in rows for key in row} - {"category"}


def test_the_reason_names_the_columns_that_were_found() -> None:
    row = {"instruction": "a", "input": "b", "output": "c"}
    expected = "Alpaca, because the columns instruction, input and output are there"
    assert FORMATS["alpaca"].judge(row).reason == expected


UNUSABLE: list[tuple[str, Any, str]] = [
    ("messages", [], "messages has no messages"),
    ("messages", None, "messages is null, not a list of messages"),
    ("messages", "hello", "messages is text, not a list of messages"),
    ("messages", ["hello"], "message 1 is text, not an object with role and content"),
    ("messages", [{"role": "user"}], "message 1 has no content"),
    ("messages", [{"content": "a"}], "message 1 has no role"),
    ("messages", [{"role": 1, "content": "a"}], "the role of message 1 is a number, not text"),
    ("messages", say(("user", "a"), ("assistant", 7)), "the content of message 2 is a number, not text"),
    ("messages", say(("user", "a"), ("assistant", " \n")), "message 2 is empty"),
    ("messages", say(("user", "a"), ("wizard", "b")), "message 2 has the role “wizard”, which Tunesmith does not know"),
    (
        "messages",
        say(("user", "a"), ("assistant", "b"), ("tool", "c")),
        "message 3 has the role “tool”, and Tunesmith does not train on tool calls yet",
    ),
    (
        "messages",
        [*say(("user", "a")), {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}],
        "message 2 calls a tool, and Tunesmith does not train on tool calls yet",
    ),
    (
        "messages",
        say(("user", [{"type": "image", "url": "x"}]), ("assistant", "b")),
        "message 1 holds something other than text, and Tunesmith trains on text only",
    ),
    ("messages", say(("user", "a")), "no message is from the assistant, so there is nothing to learn"),
    ("messages", say(("system", "a")), "no message is from the assistant, so there is nothing to learn"),
    (
        "messages",
        say(("assistant", "a"), ("user", "b")),
        "message 1 is from the assistant, where one from the user should be",
    ),
    (
        "messages",
        say(("system", "s"), ("user", "a"), ("user", "b"), ("assistant", "c")),
        "message 3 is from the user, where one from the assistant should be",
    ),
    (
        "messages",
        say(("user", "a"), ("assistant", "b"), ("system", "s")),
        "message 3 is from the system, where one from the user should be",
    ),
]


@pytest.mark.parametrize(("key", "value", "reason"), UNUSABLE)
def test_a_conversation_that_cannot_be_used_says_why(key: str, value: Any, reason: str) -> None:
    with pytest.raises(UnusableRow) as caught:
        FORMATS["chat"].turns({key: value})
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("alpaca", {"instruction": "a", "output": ""}, "output is empty"),
        ("alpaca", {"instruction": None, "output": "b"}, "instruction is empty"),
        ("alpaca", {"instruction": "a", "input": ["b"], "output": "c"}, "input is a list, not text"),
        ("prompt_completion", {"prompt": [{"role": "user"}], "completion": "b"}, "prompt is a list, not text"),
        ("prompt_completion", {"question": "a", "answer": True}, "answer is a truth value, not text"),
    ],
)
def test_columns_that_are_empty_or_no_text_say_which(name: str, row: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableRow) as caught:
        FORMATS[name].turns(row)
    assert str(caught.value) == reason
