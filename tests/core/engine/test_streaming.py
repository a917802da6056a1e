from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.streaming import BROKEN, TextStream
from core.engine.tokenizer import load_tokenizer


@pytest.mark.parametrize("text", ["Yes, it is yellow.", "Grüße, 日本語 and 🦜🏴‍☠️!", "  spaces\n\nand lines"])
def test_a_streamed_text_is_whole_and_never_broken(text: str, starter: Path) -> None:
    tokenizer = load_tokenizer(starter)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert len(ids) > 3
    stream = TextStream(tokenizer)
    pieces = [stream.push(token) for token in ids]
    assert not any(BROKEN in piece for piece in pieces)
    pieces.append(stream.close())
    assert "".join(pieces) == stream.text == tokenizer.decode(ids, skip_special_tokens=True)


def test_an_answer_cut_inside_a_character_says_so_only_at_the_end(starter: Path) -> None:
    tokenizer = load_tokenizer(starter)
    ids = tokenizer("ok 🦜", add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer)
    pieces = [stream.push(token) for token in ids[:-1]]
    assert not any(BROKEN in piece for piece in pieces)
    assert stream.close().endswith(BROKEN)
