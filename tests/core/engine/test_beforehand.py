"""What is refused before the data is read and the model is loaded."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from transformers import FalconConfig, LlamaConfig, Qwen3_5Config

from core.engine.beforehand import check_beforehand
from core.engine.device import Device, choose
from core.engine.load import form_of
from core.engine.refusals import check_model, check_settings
from core.engine.tokenizer import load_tokenizer
from core.engine.train import work
from core.errors import TunesmithError
from core.events import Failed, Progress, Warned
from core.settings import TrainingSettings, from_pairs
from tests.core.engine.conftest import new_run, of_type

PLAIN = from_pairs(["quantization=none", "compute_dtype=fp32"])
LIGER = PLAIN.changed(liger=True)
KERNELS = "MODEL_TYPE_TO_APPLY_LIGER_FN = {'llama': None, 'qwen3_5_text': None}"


def of_liger() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "liger_kernel"]


@pytest.fixture
def put_liger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a stand-in for the package liger-kernel, which is for cards alone, with this table of its kernels."""

    def put(content: str) -> None:
        place = tmp_path / "liger_kernel" / "transformers"
        place.mkdir(parents=True)
        for part in (place.parent / "__init__.py", place / "__init__.py"):
            part.touch()
        (place / "monkey_patch.py").write_text(content)
        monkeypatch.syspath_prepend(tmp_path)

    yield put
    for name in of_liger():
        del sys.modules[name]


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("lora_targets=q_proj,c_attn", "adapter.no_such_target"),
        ("attention=flash", "engine.flash_unusable"),
        ("liger=true", "engine.no_liger"),
    ],
)
def test_a_run_that_cannot_be_says_so_before_it_reads_the_data(setting: str, code: str, runs_root: Path) -> None:
    run = new_run(runs_root, setting)
    assert work(run.path) == 1
    (failure,) = of_type(run.events(), Failed)
    assert (failure.code, failure.where) == (code, f"settings.{setting.partition('=')[0]}")
    assert failure.why and failure.remedy
    assert [event.text for event in of_type(run.events(), Progress)] == ["Starting the training engine"]


def test_without_a_chat_template_and_a_padding_token_a_plain_template_is_offered_and_said(
    starter: Path, tmp_path: Path, runs_root: Path
) -> None:
    model = Path(shutil.copytree(starter, tmp_path / "base"))
    (model / "chat_template.jinja").unlink()
    config = json.loads((model / "tokenizer_config.json").read_text())
    del config["pad_token"]
    (model / "tokenizer_config.json").write_text(json.dumps(config))
    run = new_run(runs_root, "max_steps=1", "validation_share=0", model=model)
    assert work(run.path) == 0
    assert next(warned.code for warned in of_type(run.events(), Warned)) == "model.no_chat_template"
    tokenizer = load_tokenizer(model)
    assert tokenizer.pad_token == tokenizer.eos_token


def test_layers_that_exist_pass_though_nothing_was_loaded(starter: Path) -> None:
    check_beforehand(starter, PLAIN.changed(lora_targets="q_proj, v_proj"), choose("cpu"))


def test_a_model_that_cannot_be_built_is_not_said_to_have_damaged_weights() -> None:
    impossible = LlamaConfig(vocab_size=-5, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    with pytest.raises(TunesmithError) as caught:
        form_of(Path("base"), impossible)
    assert caught.value.code == "model.unsupported" and "negative dimension" in caught.value.why


@pytest.fixture
def ampere(monkeypatch: pytest.MonkeyPatch) -> Device:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 6))
    return Device(torch.device("cuda", 0), "cuda:0", "NVIDIA GeForce RTX 3090")


@pytest.mark.parametrize(
    ("settings", "package"),
    [(LIGER, "liger-kernel"), (PLAIN.changed(attention="flash", compute_dtype="bf16"), "flash-attn")],
)
def test_a_package_that_is_not_installed_is_named(
    settings: TrainingSettings, package: str, ampere: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TunesmithError) as caught:
        check_settings(settings, ampere)
    assert caught.value.why == f"The package {package} is not installed."


def test_liger_kernels_are_refused_on_the_processor_and_for_kinds_that_they_do_not_know(
    put_liger: Callable[[str], None], ampere: Device
) -> None:
    put_liger(KERNELS)
    with pytest.raises(TunesmithError) as caught:
        check_settings(LIGER, choose("cpu"))
    assert (caught.value.code, caught.value.why) == ("engine.no_liger", "They run on cards only.")
    check_settings(LIGER, ampere)
    for known in (LlamaConfig(), Qwen3_5Config()):  # of the second, the text model is loaded
        check_model(known, LIGER)
    with pytest.raises(TunesmithError) as caught:
        check_model(FalconConfig(), LIGER)
    assert (caught.value.code, caught.value.where) == ("engine.no_liger", "settings.liger")
    assert "models of the kind “falcon”" in caught.value.why
    check_model(FalconConfig(), PLAIN)


def test_a_liger_package_that_cannot_be_imported_is_refused_with_its_reason(put_liger: Callable[[str], None]) -> None:
    put_liger("raise ImportError('No module named triton')")
    with pytest.raises(TunesmithError) as caught:
        check_model(LlamaConfig(), LIGER)
    assert caught.value.code == "engine.no_liger" and "No module named triton" in caught.value.why
