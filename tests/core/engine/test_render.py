"""What the model sees of a conversation, and which of its tokens are trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, ByT5Tokenizer

from core.data.report import Turn
from core.engine import render
from core.errors import TunesmithError
from core.models.location import starter_path
from tests.core.engine import small_tokenizers

ONE = [Turn("user", "How are you?"), Turn("assistant", "Ahoy! The sky is blue ☠️.")]
TWO = [*ONE, Turn("user", "And the sky?"), Turn("assistant", "Blue.\n\nAs ever, é.")]
SYSTEM = [Turn("system", "You are a pirate."), *TWO]


def starter() -> Any:
    return AutoTokenizer.from_pretrained(starter_path(), local_files_only=True)


def bytes_in_python() -> Any:
    """A tokenizer that is written in Python, and so cannot tell where in the text a token lies."""
    tokenizer = ByT5Tokenizer()
    tokenizer.chat_template = small_tokenizers.CHATML.replace("<|im_end|>", "</s>")
    return tokenizer


KINDS: dict[str, tuple[Callable[[], Any], str]] = {
    "starter": (starter, "<|end|>"),
    "llama 3": (small_tokenizers.llama3, "<|eot_id|>"),
    "chatml": (small_tokenizers.chatml, "<|im_end|>"),
    "chatml with markers": (small_tokenizers.marked, "<|im_end|>"),
    "mistral": (small_tokenizers.mistral, "</s>"),
    "mistral, system last": (small_tokenizers.mistral_system_last, "</s>"),
    "no template": (small_tokenizers.without_template, "<|endoftext|>"),
    "python": (bytes_in_python, "</s>"),
}


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> tuple[Any, str]:
    make, end = KINDS[request.param]
    return make(), end


def trained_text(tokenizer: Any, turns: list[Turn], limit: int = 4096) -> str:
    encoded = render.encode(tokenizer, turns, limit)
    assert len(encoded.input_ids) == len(encoded.trained)
    ids = [token for token, trained in zip(encoded.input_ids, encoded.trained, strict=True) if trained]
    return str(tokenizer.decode(ids))


def answers(turns: list[Turn], end: str, before: str = "") -> str:
    return "".join(f"{before}{turn.content}{end}" for turn in turns if turn.role == "assistant")


@pytest.mark.parametrize("turns", [ONE, TWO, SYSTEM], ids=["one", "two", "system"])
def test_exactly_the_assistants_words_and_their_end_are_trained_on(kind: tuple[Any, str], turns: list[Turn]) -> None:
    tokenizer, end = kind
    text = trained_text(tokenizer, turns)
    assert text.replace("</s> ", "</s>") == answers(turns, end)


@pytest.mark.parametrize("turns", [ONE, TWO, SYSTEM], ids=["one", "two", "system"])
def test_chat_asks_with_the_very_tokens_that_training_answered(kind: tuple[Any, str], turns: list[Turn]) -> None:
    tokenizer, _ = kind
    encoded = render.encode(tokenizer, turns, 4096)
    prompt = render.prompt_ids(tokenizer, turns[:-1])
    assert encoded.input_ids[: len(prompt)] == prompt
    assert encoded.trained[len(prompt)]
    assert not encoded.trained[len(prompt) - 1]


@pytest.mark.parametrize(
    "words", ["im", "end", "assistant", "<", "How are you?", "A", "</s", " padded ", "user\nuser", "☠️"]
)
def test_answers_that_look_like_the_template_or_the_question_are_found(kind: tuple[Any, str], words: str) -> None:
    tokenizer, end = kind
    turns = [Turn("user", f"How are you? {words}"), Turn("assistant", words), *ONE]
    text = trained_text(tokenizer, turns)
    assert text.replace("</s> Ahoy", "</s>Ahoy").strip() in (
        answers(turns, end).strip(),
        f"{words.strip()}{end}{answers(ONE, end)}",
    )


def test_what_a_template_drops_of_earlier_answers_is_not_missed() -> None:
    tokenizer = small_tokenizers.thinking()
    thought = "<think>\n\n</think>\n\n"
    assert trained_text(tokenizer, ONE) == thought + answers(ONE, "<|im_end|>")
    assert trained_text(tokenizer, TWO) == f"{ONE[1].content}<|im_end|>{thought}{TWO[3].content}<|im_end|>"


def test_an_earlier_answer_with_the_words_of_the_question_is_found_where_it_is() -> None:
    turns = [Turn("user", "Yes"), Turn("assistant", "Yes"), Turn("user", "Yes"), Turn("assistant", "Yes")]
    encoded = render.encode(small_tokenizers.thinking(), turns, 4096)
    runs = [
        kind for kind, before in zip(encoded.trained, [False, *encoded.trained], strict=False) if kind and not before
    ]
    assert len(runs) == 2
    assert trained_text(small_tokenizers.thinking(), turns) == "Yes<|im_end|><think>\n\n</think>\n\nYes<|im_end|>"


def test_a_system_turn_goes_into_the_first_question_where_the_template_refuses_it() -> None:
    tokenizer = small_tokenizers.mistral()
    text = tokenizer.decode(render.encode(tokenizer, SYSTEM, 4096).input_ids)
    assert "[INST] You are a pirate.\n\nHow are you? [/INST]" in text


def test_rows_too_long_are_cut_at_the_right_and_counted(kind: tuple[Any, str]) -> None:
    tokenizer, _ = kind
    whole = render.encode(tokenizer, TWO, 4096)
    assert whole.cut_tokens == 0
    cut = render.encode(tokenizer, TWO, 16)
    assert cut.input_ids == whole.input_ids[:16]
    assert cut.trained == whole.trained[:16]
    assert cut.cut_tokens == len(whole.input_ids) - 16


def test_many_rows_at_once_give_what_each_gives_alone(kind: tuple[Any, str]) -> None:
    tokenizer, _ = kind
    rows = [ONE, TWO, SYSTEM] * (render.BATCH_ROWS // 2)
    assert list(render.encode_all(tokenizer, rows, 64))[-3:] == [render.encode(tokenizer, row, 64) for row in rows[-3:]]


def test_markers_of_the_template_are_used_where_it_has_them() -> None:
    assert render.mask_method(small_tokenizers.marked()) == "template"
    assert render.mask_method(small_tokenizers.chatml()) == "prefix"
    assert render.mask_method(small_tokenizers.without_template()) == "template"


def test_the_marks_are_those_that_transformers_makes() -> None:
    tokenizer = starter()
    messages = [{"role": turn.role, "content": turn.content} for turn in SYSTEM]
    theirs = tokenizer.apply_chat_template(messages, return_assistant_tokens_mask=True, return_dict=True)
    ours = render.encode(tokenizer, SYSTEM, 4096)
    assert ours.input_ids == theirs["input_ids"]
    assert ours.trained == [bool(mark) for mark in theirs["assistant_masks"]]


def test_a_tokenizer_without_a_template_takes_the_plain_one_and_adds_no_token() -> None:
    tokenizer = small_tokenizers.without_template()
    assert render.chat_template_of(tokenizer) == render.DEFAULT_CHAT_TEMPLATE
    text = tokenizer.decode(render.encode(tokenizer, ONE, 4096).input_ids)
    assert text == f"User:\nHow are you?\n\nAssistant:\n{ONE[1].content}<|endoftext|>\n"
    assert tokenizer.decode(render.prompt_ids(tokenizer, ONE[:1])).endswith("Assistant:\n")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('only on Mondays') }}", "only on Mondays"),
        ("{% for message in messages %}{{ message['content'] | upper }}{% endfor %}{{ messages | length }}", "changes"),
        ("{% for message in messages %}{{ message['content'] }}{% if", "It says"),
        ("{{ messages | length }}{{ messages[-1]['role'] }}: {{ messages[-1]['content'] }}<|im_end|>", "rewrites"),
    ],
)
def test_a_template_that_cannot_be_used_says_why_and_at_which_row(template: str, reason: str) -> None:
    tokenizer = small_tokenizers.chatml()
    tokenizer.chat_template = template
    with pytest.raises(TunesmithError) as caught:
        list(render.encode_all(tokenizer, [TWO], 4096, places=["data.jsonl, line 7"]))
    assert caught.value.code == "data.template_unusable"
    assert reason in caught.value.why
    assert caught.value.where == "data.jsonl, line 7"


def test_a_tokenizer_that_cannot_end_an_answer_is_refused() -> None:
    tokenizer = small_tokenizers.without_template()
    tokenizer.eos_token = None
    with pytest.raises(TunesmithError) as caught:
        render.chat_template_of(tokenizer)
    assert caught.value.code == "data.template_unusable"


def test_a_tokenizer_saved_and_loaded_renders_the_same(tmp_path: Path) -> None:
    tokenizer = small_tokenizers.llama3()
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert render.encode(again, SYSTEM, 4096) == render.encode(tokenizer, SYSTEM, 4096)
