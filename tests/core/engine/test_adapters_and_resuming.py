"""Every way to start an adapter and to batch rows learns, resumes bit for bit, and ends in an adapter for the base."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, TrainerCallback

from core.engine import adapter, trainer
from core.engine.device import choose
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rehearsal import stage
from core.engine.rows import Rows
from core.errors import TunesmithError
from core.settings import from_pairs
from tests.core.engine.conftest import SMALL
from tests.core.engine.test_joined_rows import TINY, rows

STEPS, BROKEN_AT = 4, 2
HIDDEN = {"hidden_size": 64, "intermediate_size": 64, "head_dim": 16}  # NF4 packs 64 numbers together


class Keep(TrainerCallback):
    """Logs every step, writes a checkpoint after one, and ends after another."""

    def __init__(self, end: int) -> None:
        self.losses: list[float] = []
        self._end = end

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_log, control.should_save = True, state.global_step == BROKEN_AT
        control.should_training_stop = state.global_step >= self._end

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        if "loss" in logs:
            self.losses.append(logs["loss"])


@pytest.fixture
def base(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(LlamaConfig(**TINY | HIDDEN)).save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def trained(base: Path, tmp_path: Path) -> Callable[..., tuple[trainer.Trainer, list[float]]]:
    def train(*settings: str, folder: str = "run", end: int = STEPS) -> tuple[trainer.Trainer, list[float]]:
        chosen = from_pairs([*SMALL, "max_seq_length=16", "per_device_batch_size=1", "epochs=9", *settings])
        chosen = chosen.changed(max_steps=STEPS, gradient_accumulation_steps=2)
        keep = Keep(end)
        made = trainer.build(
            folder=tmp_path / folder,
            model=adapter.attach(load_model(base, chosen, choose("cpu")), chosen),
            tokenizer=stage.tokenizer(),
            rows=Rows(train=rows(), validation=[]),
            settings=chosen,
            device=choose("cpu"),
            progress=RunProgress(),
            callbacks=[keep],
        )
        checkpoint = tmp_path / folder / "checkpoints" / f"step-{BROKEN_AT:08d}"
        made.train(resume_from_checkpoint=str(checkpoint) if checkpoint.exists() else None)
        return made, keep.losses

    return train


def weights(made: trainer.Trainer) -> torch.Tensor:
    return torch.cat([p.flatten() for p in made.model.parameters() if p.requires_grad]).detach()


@pytest.mark.parametrize(
    "settings",
    [
        "padding_free=true per_device_batch_size=2 lora_dropout=0.1",
        "packing=true",
        "group_by_length=true loraplus_lr_ratio=16 weight_decay=0.1",
        "lora_init=pissa use_rslora=true lora_rank=2",
        "lora_init=loftq quantization=nf4 lora_rank=2",
        "use_dora=true",
    ],
)
def test_a_broken_run_goes_on_bit_for_bit(trained: Callable[..., Any], settings: str) -> None:
    whole, losses = trained(*settings.split(), folder="whole")
    _, before = trained(*settings.split(), folder="broken", end=BROKEN_AT)
    resumed, after = trained(*settings.split(), folder="broken")
    assert len(losses) == STEPS and [*before, *after] == losses
    assert weights(resumed).equal(weights(whole))
    assert len(set(losses)) > 2, "it learns"


@pytest.mark.parametrize(
    "settings", ["lora_init=pissa", "lora_init=pissa use_rslora=true", "use_dora=true", "lora_rank=2"]
)
def test_the_adapter_that_is_written_says_the_same_on_the_base_as_it_was(
    trained: Callable[..., Any], base: Path, tmp_path: Path, settings: str
) -> None:
    made, _ = trained("learning_rate=0.01", *settings.split())
    adapter.save(made.model, tmp_path / "adapter")
    plain = from_pairs([*SMALL])
    written = adapter.attach_trained(load_model(base, plain, choose("cpu")), tmp_path / "adapter")
    tokens = torch.tensor([rows()[0].input_ids])
    with torch.no_grad():
        said, wanted = written(input_ids=tokens).logits, made.model.eval()(input_ids=tokens).logits
        untouched = load_model(base, plain, choose("cpu"))(input_ids=tokens).logits
    torch.testing.assert_close(said, wanted, rtol=1e-4, atol=1e-5)
    assert (said - untouched).abs().max() > 1e-3


def test_pissa_starts_as_the_base_and_loftq_nearer_to_it_than_nf4(base: Path) -> None:
    def says(*settings: str) -> torch.Tensor:
        chosen = from_pairs([*SMALL, "lora_rank=16", *settings])
        with torch.no_grad():
            found: torch.Tensor = adapter.attach(load_model(base, chosen, choose("cpu")), chosen)(
                input_ids=torch.arange(1, 40)[None]
            ).logits
        return found

    exact = says("lora_init=default")
    torch.testing.assert_close(says("lora_init=pissa"), exact, rtol=1e-4, atol=1e-5)
    rounded, mended = (says("quantization=nf4", f"lora_init={init}") for init in ("default", "loftq"))
    assert (mended - exact).norm() < 0.8 * (rounded - exact).norm()


def test_in_lora_plus_the_second_matrices_learn_faster(trained: Callable[..., Any]) -> None:
    made, _ = trained("loraplus_lr_ratio=8", "weight_decay=0.1")
    rates = {}
    names = {id(p): name for name, p in made.model.named_parameters()}
    for group in made.optimizer.param_groups:
        rates |= {names[id(p)].split(".")[-3]: group["initial_lr"] for p in group["params"]}
    assert rates["lora_B"] == 8 * rates["lora_A"]
    assert all(group["weight_decay"] == 0.1 for group in made.optimizer.param_groups if group["params"])


def test_a_folder_whose_weights_have_other_names_cannot_start_loftq(base: Path) -> None:
    (base / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {}}))
    chosen = from_pairs([*SMALL, "quantization=nf4"])
    model = load_model(base, chosen, choose("cpu"))
    (base / "model.safetensors").write_bytes(b"")
    with pytest.raises(TunesmithError) as caught:
        adapter.attach(model, chosen.changed(lora_init="loftq"))
    assert caught.value.code == "adapter.no_exact_weights"
