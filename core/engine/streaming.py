"""Tokens as text, piece by piece, never a broken character."""

from __future__ import annotations

from typing import Any

BROKEN = "\ufffd"  # what decoding puts where a character's bytes are not all there yet


class TextStream:
    """The text of one row's tokens. The pieces, joined, are the text of all of them.

    Decoding starts a little before the new tokens, since many tokenizers write a token differently at the start of a
    text; only tokens that belong to whole characters move the start on.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.token_ids: list[int] = []
        self._start = 0
        self._said = 0
        self.text = ""

    def push(self, token: int) -> str:
        """The text that `token` completes; empty while a character is not whole."""
        self.token_ids.append(token)
        before = self._decode(self._start, self._said)
        now = self._decode(self._start, len(self.token_ids))
        if now.endswith(BROKEN) or len(now) <= len(before):
            return ""
        self._start, self._said = self._said, len(self.token_ids)
        return self._say(now[len(before) :])

    def close(self) -> str:
        """What is left at the end, a character that never became whole included."""
        before = self._decode(self._start, self._said)
        now = self._decode(self._start, len(self.token_ids))
        self._said = len(self.token_ids)
        return self._say(now[len(before) :])

    def _say(self, piece: str) -> str:
        self.text += piece
        return piece

    def _decode(self, first: int, after: int) -> str:
        text: str = self._tokenizer.decode(
            self.token_ids[first:after], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text
