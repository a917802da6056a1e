"""Rows that are packed, or joined without padding, are learnt from as if each were alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig, GptOssConfig, LlamaConfig, MistralConfig

from core.engine import adapter, trainer
from core.engine.attention import DOCUMENTS, DocumentMask, Documents
from core.engine.device import choose
from core.engine.load import attention_for, settle
from core.engine.progress import RunProgress
from core.engine.rehearsal import stage
from core.engine.rows import IGNORED, Row, Rows
from core.settings import TrainingSettings, from_pairs
from tests.core.engine.conftest import SMALL

TINY: dict[str, Any] = {
    "vocab_size": 80,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
MODELS = {
    "grouped queries": LlamaConfig(**TINY),
    "a window": MistralConfig(**TINY, sliding_window=4),
    "windows in some layers": Gemma3TextConfig(
        **TINY, sliding_window=4, layer_types=["sliding_attention", "full_attention"]
    ),
    "sinks": GptOssConfig(**TINY, sliding_window=4, num_local_experts=2, num_experts_per_tok=1),
}
LENGTHS = (11, 1, 5, 9, 2, 3)


def rows() -> list[Row]:
    """Of random words; the first third of each is not learnt from."""
    chance = torch.Generator().manual_seed(1)
    found = []
    for length in LENGTHS:
        ids = torch.randint(1, 80, (length,), generator=chance).tolist()
        found.append(Row(ids, [IGNORED] * (length // 3) + ids[length // 3 :]))
    return found


def make_trainer(config: Any, folder: Path, *settings: str) -> trainer.Trainer:
    chosen: TrainingSettings = from_pairs(
        [*SMALL, "max_seq_length=16", f"per_device_batch_size={len(LENGTHS)}", *settings]
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(
        config, dtype=torch.float32, attn_implementation=attention_for(config, chosen)
    )
    settle(model)
    model = adapter.attach(model, chosen)
    chance = torch.Generator().manual_seed(2)
    for parameter in model.parameters():
        if parameter.requires_grad:  # an adapter that does something, so that all of it has gradients
            parameter.data = 0.3 * torch.randn(parameter.shape, generator=chance)
    return trainer.build(
        folder=folder,
        model=model,
        tokenizer=stage.tokenizer(),
        rows=Rows(train=rows(), validation=[]),
        settings=chosen,
        device=choose("cpu"),
        progress=RunProgress(),
        callbacks=[],
    )


def learn(made: trainer.Trainer, batches: list[list[dict[str, Any]]]) -> tuple[float, torch.Tensor]:
    """Loss and gradients of a step over `batches`, with the mean over all their words."""
    made.model.zero_grad()
    collated = [made.data_collator(batch) for batch in batches]
    words = sum((batch["labels"][:, 1:] != IGNORED).sum() for batch in collated)
    loss = sum(made.training_step(made.model, batch, words).item() for batch in collated)
    return loss, torch.cat([p.grad.flatten() for p in made.model.parameters() if p.requires_grad])


@pytest.mark.parametrize("config", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("how", ["packing=true", "padding_free=true", "padding_free=true loss=full"])
def test_joined_rows_teach_what_each_teaches_alone(config: Any, how: str, tmp_path: Path) -> None:
    alone = make_trainer(config, tmp_path / "alone")
    together = make_trainer(config, tmp_path / "together", *how.split())
    assert together.model.config._attn_implementation == ("eager" if "gpt" in config.model_type else DOCUMENTS)

    one_by_one = [[dict(alone.train_dataset[place])] for place in range(len(LENGTHS)) if LENGTHS[place] > 1]
    loss, gradients = learn(alone, one_by_one)
    table = together.train_dataset
    if "packing" in how:
        assert len(table) == 2, "31 tokens are two sequences of at most 16"
    joined_loss, joined_gradients = learn(together, [[dict(row) for row in table]])

    assert joined_loss == pytest.approx(loss, rel=1e-5)
    torch.testing.assert_close(joined_gradients, gradients, rtol=1e-4, atol=1e-6)
    assert gradients.abs().max() > 1e-3
    assert together.progress.tokens == sum(LENGTHS)


def test_no_work_goes_into_padding(tmp_path: Path) -> None:
    made = make_trainer(MODELS["grouped queries"], tmp_path, "padding_free=true")
    batch = made.data_collator([dict(row) for row in made.train_dataset])
    assert batch["input_ids"].shape == (1, sum(LENGTHS))
    assert batch["document_lengths"] == LENGTHS


def test_a_row_longer_than_the_window_sees_only_the_window() -> None:
    mask = DocumentMask(Documents((6,), torch.tensor([0, 6])), window=2)
    assert mask.within(2, torch.device("cpu")) is None
    band = mask.within(3, torch.device("cpu"))
    assert band is not None
    assert band[0, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
