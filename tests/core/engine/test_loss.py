from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.engine import adapter
from core.engine.device import choose
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rows import IGNORED, Row, Rows
from core.engine.tokenizer import load_tokenizer
from core.engine.trainer import Trainer, build
from core.settings import from_pairs
from tests.core.engine.conftest import SMALL

ROWS = [
    Row([5, 6, 7, 8, 9, 10], [IGNORED, IGNORED, IGNORED, 8, 9, 10]),
    Row([11, 12, 13, 14], [IGNORED, IGNORED, 13, 14]),
]


def make_trainer(starter: Path, folder: Path, *settings: str) -> Trainer:
    chosen = from_pairs([*SMALL, *settings])
    device = choose("cpu")
    model = adapter.attach(load_model(starter, chosen, device), chosen)
    return build(
        folder=folder,
        model=model,
        tokenizer=load_tokenizer(starter),
        rows=Rows(train=ROWS, validation=[]),
        settings=chosen,
        device=device,
        progress=RunProgress(),
        callbacks=[],
    )


def batch_loss(trainer: Trainer, rows: list[Row]) -> torch.Tensor:
    batch = trainer.data_collator([{"input_ids": row.input_ids, "labels": row.labels} for row in rows])
    counted = (batch["labels"][:, 1:] != IGNORED).sum()
    loss: torch.Tensor = trainer.compute_loss(trainer.model.train(), dict(batch), num_items_in_batch=counted)
    return loss


def gradients(model: Any) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.requires_grad])


def test_fused_and_full_loss_agree_and_only_the_assistants_words_count(starter: Path, tmp_path: Path) -> None:
    fused = make_trainer(starter, tmp_path, "loss=fused")
    full = make_trainer(starter, tmp_path, "loss=full")
    fused_loss, full_loss = batch_loss(fused, ROWS), batch_loss(full, ROWS)
    fused_loss.backward()
    full_loss.backward()

    ids = [torch.tensor([row.input_ids]) for row in ROWS]
    with torch.no_grad():
        logits = [full.model(input_ids=i).logits[0].float() for i in ids]
    words = torch.cat(
        [
            -torch.log_softmax(logits[n], dim=-1)[
                torch.arange(first, len(row.input_ids) - 1), row.input_ids[first + 1 :]
            ]
            for n, (row, first) in enumerate(zip(ROWS, (2, 1), strict=True))
        ]
    )
    assert len(words) == 5
    assert fused_loss.item() == pytest.approx(words.mean().item(), rel=1e-5)
    assert full_loss.item() == pytest.approx(words.mean().item(), rel=1e-5)
    torch.testing.assert_close(gradients(fused.model), gradients(full.model), rtol=1e-4, atol=1e-6)


def test_packed_conversations_do_not_see_each_other(starter: Path, tmp_path: Path) -> None:
    trainer = make_trainer(starter, tmp_path, "packing=true")
    assert len(trainer.train_dataset) == 1
    batch = trainer.data_collator([trainer.train_dataset[0]])
    inputs = {key: batch[key] for key in ("input_ids", "position_ids")}
    with torch.no_grad():
        packed = trainer.model.eval()(**inputs, use_cache=False).logits[0]
        for row in ROWS:
            tokens = batch["input_ids"][0].tolist()
            start = tokens.index(row.input_ids[0])
            alone = trainer.model(input_ids=torch.tensor([row.input_ids]), use_cache=False).logits[0]
            torch.testing.assert_close(packed[start : start + len(row.input_ids)], alone, rtol=1e-4, atol=1e-4)
