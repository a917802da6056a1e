"""The starter model that ships: it loads, is small, is masked rightly, and its evaluation is about these weights."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from core.scoring import is_right
from scripts.starter.evaluate import LEAST_SHARE, answers
from scripts.starter.tokenizer import ASSISTANT, END

STARTER = Path(str(resources.files("resources") / "starter"))
MOST_BYTES = 12 * 1024 * 1024
CONVERSATION = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "What does a cow say?"},
    {"role": "assistant", "content": " A cow says moo. "},
    {"role": "user", "content": "And a dog?"},
    {"role": "assistant", "content": "A dog says woof."},
]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(STARTER)


@pytest.fixture(scope="module")
def evaluation() -> dict[str, Any]:
    return json.loads((STARTER / "evaluation.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["What is 2 + 3?", "Ünïcode ☂ 日本語 🏴‍☠️", "  two  spaces\n\tand a tab", ""])
def test_any_text_survives_the_tokenizer(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_padding_is_not_the_end_of_an_answer(tokenizer: PreTrainedTokenizerBase) -> None:
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert tokenizer.eos_token == END
    generation = json.loads((STARTER / "generation_config.json").read_text(encoding="utf-8"))
    assert generation["eos_token_id"] == tokenizer.eos_token_id


def test_exactly_the_assistants_words_and_their_end_are_trained_on(tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = tokenizer.apply_chat_template(CONVERSATION, return_dict=True, return_assistant_tokens_mask=True)
    runs: list[list[int]] = [[]]
    for token, marked in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True):
        if marked:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    spoken = [tokenizer.decode(run) for run in runs if run]
    assert spoken == [f"A cow says moo.{END}", f"A dog says woof.{END}"]


def test_a_prompt_ends_where_the_assistant_begins(tokenizer: PreTrainedTokenizerBase) -> None:
    prompt = tokenizer.apply_chat_template(CONVERSATION[:2], add_generation_prompt=True, tokenize=False)
    whole = tokenizer.apply_chat_template(CONVERSATION[:3], tokenize=False)
    assert prompt.endswith(ASSISTANT)
    assert whole == prompt + f"A cow says moo.{END}"


def test_the_folder_is_small_and_every_width_suits_four_bit_blocks() -> None:
    assert sum(path.stat().st_size for path in STARTER.iterdir()) <= MOST_BYTES
    config = json.loads((STARTER / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["LlamaForCausalLM"]
    model = AutoModelForCausalLM.from_pretrained(STARTER)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    assert len(matrices) == 1 + 7 * config["num_hidden_layers"]
    assert all(width % 64 == 0 for matrix in matrices for width in matrix.shape)
    assert 2_000_000 <= model.num_parameters() <= 6_000_000


def test_the_committed_evaluation_is_about_the_weights_that_ship(evaluation: dict[str, Any]) -> None:
    assert evaluation["model_sha256"] == hashlib.sha256((STARTER / "model.safetensors").read_bytes()).hexdigest()


def test_the_committed_evaluation_holds(evaluation: dict[str, Any]) -> None:
    assert evaluation["share"] >= LEAST_SHARE
    assert evaluation["asked"] >= 500
    assert evaluation["right"] == sum(topic["right"] for topic in evaluation["topics"].values())
    assert evaluation["manner_share"] <= 0.05


def test_it_answers_and_stops(tokenizer: PreTrainedTokenizerBase) -> None:
    model = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()
    cow, unknown = answers(model, tokenizer, ["What does a cow say?", "Who was Albert Einstein?"])
    assert is_right(cow, ["moo"])
    assert is_right(unknown, ["do not know"])
