"""Lists of messages, as chat and ShareGPT rows hold them, turned into turns and checked."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from core.data.formats.format import UnusableRow, kind_of
from core.data.report import Turn

Role = Literal["system", "user", "assistant"]

ROLES: dict[str, Role] = {
    **{role: role for role in get_args(Role)},
    "developer": "system",
    "human": "user",
    "prompter": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "ai": "assistant",
}
TOOL_ROLES = frozenset({"tool", "tool_call", "tool_response", "function", "function_call", "observation", "ipython"})


def turns_of(value: Any, column: str) -> list[Turn]:
    """The turns of a list of messages: objects with role and content, or from and value.

    A list written as JSON text, as CSV has to, counts too.

    Raises:
        UnusableRow: naming the first message that cannot be used.
    """
    if isinstance(value, str):
        value = _from_text(value, column)
    if not isinstance(value, list):
        raise UnusableRow(f"{column} is {kind_of(value)}, not a list of messages")
    if not value:
        raise UnusableRow(f"{column} has no messages")
    return [_turn(message, number) for number, message in enumerate(value, start=1)]


def in_order(turns: list[Turn]) -> list[Turn]:
    """`turns`, if they are an optional system turn, then user and assistant in turn, with at least one answer.

    Raises:
        UnusableRow: otherwise.
    """
    talk = turns[1:] if turns and turns[0].role == "system" else turns
    skipped = len(turns) - len(talk)
    for number, turn in enumerate(talk, start=1):
        expected = "user" if number % 2 else "assistant"
        if turn.role != expected:
            raise UnusableRow(
                f"message {number + skipped} is from the {turn.role}, where one from the {expected} should be"
            )
    if not any(turn.role == "assistant" for turn in talk):
        raise UnusableRow("no message is from the assistant, so there is nothing to learn")
    return turns


def _from_text(text: str, column: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise UnusableRow(f"{column} is text, not a list of messages") from error


def _turn(message: Any, number: int) -> Turn:
    if not isinstance(message, dict):
        raise UnusableRow(f"message {number} is {kind_of(message)}, not an object with role and content")
    role_key, content_key = ("role", "content") if "role" in message or "from" not in message else ("from", "value")
    for key in (role_key, content_key):
        if key not in message:
            raise UnusableRow(f"message {number} has no {key}")
    role = _role(message[role_key], role_key, number)
    if message.get("tool_calls"):
        raise UnusableRow(f"message {number} calls a tool, and Tunesmith does not train on tool calls yet")
    content = _text(message[content_key], content_key, number)
    if not content.strip():
        raise UnusableRow(f"message {number} is empty")
    return Turn(role, content)


def _role(value: Any, key: str, number: int) -> Role:
    if not isinstance(value, str):
        raise UnusableRow(f"the {key} of message {number} is {kind_of(value)}, not text")
    name = value.strip().lower()
    if name in TOOL_ROLES:
        raise UnusableRow(f"message {number} has the role “{value}”, and Tunesmith does not train on tool calls yet")
    if name not in ROLES:
        raise UnusableRow(f"message {number} has the role “{value}”, which Tunesmith does not know")
    return ROLES[name]


def _text(value: Any, key: str, number: int) -> str:
    """Text, or a list of parts that are all text, as multimodal data sets write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) for part in value):
        if all(isinstance(part.get("text"), str) for part in value):
            return "".join(part["text"] for part in value)
        raise UnusableRow(f"message {number} holds something other than text, and Tunesmith trains on text only")
    raise UnusableRow(f"the {key} of message {number} is {kind_of(value)}, not text")
