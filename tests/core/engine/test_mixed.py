from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.tuners.lora import LoraLayer

from core.data.report import Turn
from core.engine import adapter
from core.engine.device import choose
from core.engine.load import load_model
from core.engine.mixed import BatchRow, Ids, answer
from core.engine.proof import BASE_TOLERANCE, bare_logits, compare, require_base
from core.engine.render import prompt_ids
from core.engine.row_by_row import keep_rows_apart
from core.engine.tokenizer import load_tokenizer
from core.errors import TunesmithError
from core.events import Column
from core.requests import Sampling
from core.runs.run import Run
from core.settings import from_pairs

QUESTIONS = ("What colour is a banana?", "Hello, how are you today?", "Which month comes after June?")
NEW_TOKENS = 12
COLUMNS: tuple[Column, Column] = ("base", "tuned")


def alone(model: Any, prompt: list[int], tokenizer: Any) -> list[int]:
    """transformers' own greedy answer to one prompt, as a batch of one."""
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        whole = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )[0].tolist()
    said: list[int] = whole[len(prompt) :]
    return said[: said.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in said else said


def together(model: Any, rows: Sequence[BatchRow], tokenizer: Any) -> list[list[int]]:
    said: list[list[int]] = [[] for _ in rows]
    answer(
        model,
        rows,
        Ids(frozenset({tokenizer.eos_token_id}), tokenizer.pad_token_id),
        on_token=lambda row, token: said[row].append(token),
        on_end=lambda row, reason: None,
        interrupted=lambda: False,
    )
    return said


@pytest.mark.parametrize(
    "settings",
    [
        ("quantization=none", "compute_dtype=fp32"),
        ("quantization=none", "compute_dtype=bf16"),
        ("quantization=nf4", "compute_dtype=bf16"),
        ("quantization=int8", "compute_dtype=bf16"),
    ],
    ids=["fp32", "bf16", "nf4", "int8"],
)
def test_base_and_tuned_say_in_one_batch_what_each_says_alone(
    settings: tuple[str, ...], finished_run: Run, starter: Path
) -> None:
    tokenizer = load_tokenizer(starter)
    base = load_model(starter, from_pairs(list(settings)), choose("cpu")).eval()
    keep_rows_apart(base)
    prompts = [prompt_ids(tokenizer, [Turn("user", question)]) for question in QUESTIONS]
    expected = {("base", n): alone(base, prompt, tokenizer) for n, prompt in enumerate(prompts)}
    bare = bare_logits(base, prompts[0])

    tuned = adapter.attach_trained(base, finished_run.path / "adapter")
    differences = compare(tuned, prompts[0], bare)
    assert differences.base == 0.0
    assert differences.tuned > 0.01
    expected |= {("tuned", n): alone(tuned, prompt, tokenizer) for n, prompt in enumerate(prompts)}

    sampling = Sampling(max_new_tokens=NEW_TOKENS)
    keys = [(column, n) for n in range(len(prompts)) for column in COLUMNS]
    for n, prompt in enumerate(prompts):
        pair = together(tuned, [BatchRow(column, prompt, sampling) for column in COLUMNS], tokenizer)
        assert pair == [expected["base", n], expected["tuned", n]]
    rows = [BatchRow(column, prompts[n], sampling) for column, n in keys]
    if "quantization=int8" in settings:
        return  # the padding of the shorter rows has outliers of its own
    assert together(tuned, rows, tokenizer) == [expected[key] for key in keys]


def test_a_base_column_that_is_tuned_is_refused(finished_run: Run, starter: Path) -> None:
    base = load_model(starter, from_pairs(["quantization=none", "compute_dtype=fp32"]), choose("cpu")).eval()
    probe = [5, 6, 7, 8]
    bare = bare_logits(base, probe)
    tuned = adapter.attach_trained(base, finished_run.path / "adapter")
    for module in tuned.modules():  # the adapter goes into the base's own weights, where no column can leave it out
        if isinstance(module, LoraLayer):
            module.get_base_layer().weight.data += module.get_delta_weight("default")
    differences = compare(tuned, probe, bare)
    assert differences.base > BASE_TOLERANCE
    with pytest.raises(TunesmithError) as caught:
        require_base(differences)
    assert caught.value.code == "engine.base_is_not_base"
