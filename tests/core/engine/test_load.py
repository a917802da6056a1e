from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, FalconConfig, Gemma4TextConfig, MambaConfig

from core.engine import adapter
from core.engine.device import Device, choose
from core.engine.load import load_model
from core.engine.refusals import check_joining, check_settings
from core.engine.tokenizer import load_tokenizer
from core.errors import TunesmithError
from core.settings import from_pairs

PLAIN = from_pairs(["quantization=none", "compute_dtype=fp32"])


@pytest.fixture
def folder(starter: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(starter, tmp_path / "model"))


def remove_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def only_pickles(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_weights(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])


def other_sizes(folder: Path) -> None:
    change_config(folder, intermediate_size=1024)


def more_layers(folder: Path) -> None:
    change_config(folder, num_hidden_layers=6)


def unknown_architecture(folder: Path) -> None:
    change_config(folder, model_type="holographic", architectures=["HolographicForCausalLM"])


def own_code(folder: Path) -> None:
    change_config(folder, model_type="holographic", auto_map={"AutoConfig": "configuration.HolographicConfig"})
    (folder / "configuration.py").write_text("raise SystemExit('ran')")


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (remove_config, "model.no_config"),
        (only_pickles, "model.pickle_only"),
        (no_weights, "model.no_weights"),
        (cut_weights, "model.broken_weights"),
        (other_sizes, "model.broken_weights"),
        (more_layers, "model.broken_weights"),
        (unknown_architecture, "model.unsupported"),
        (own_code, "model.needs_remote_code"),
    ],
)
def test_a_broken_model_folder_is_named_with_its_reason(spoil: Callable[[Path], None], code: str, folder: Path) -> None:
    spoil(folder)
    with pytest.raises(TunesmithError) as caught:
        load_model(folder, PLAIN, choose("cpu"))
    assert caught.value.code == code
    assert str(folder) in caught.value.where
    assert caught.value.why and caught.value.remedy


def test_a_missing_tokenizer_is_named(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(TunesmithError) as caught:
        load_tokenizer(folder)
    assert caught.value.code == "model.no_tokenizer"


def test_layers_that_do_not_exist_are_named_with_those_that_do(starter: Path) -> None:
    model = load_model(starter, PLAIN, choose("cpu"))
    with pytest.raises(TunesmithError) as caught:
        adapter.attach(model, PLAIN.changed(lora_targets="q_proj,c_attn"))
    assert caught.value.code == "adapter.no_such_target"
    assert "c_attn" in caught.value.what
    assert "down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj" in caught.value.why


def test_only_the_chosen_layers_get_an_adapter(starter: Path) -> None:
    model = adapter.attach(load_model(starter, PLAIN, choose("cpu")), PLAIN.changed(lora_targets="q_proj, v_proj"))
    adapted = {name.split(".lora_")[0].rpartition(".")[2] for name, p in model.named_parameters() if p.requires_grad}
    assert adapted == {"q_proj", "v_proj"}


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ("compute_dtype=fp16", "engine.fp16_on_processor"),
        ("attention=flash", "engine.flash_unusable"),
        ("activation_offload=true", "engine.no_offload"),
        ("liger=true", "engine.no_liger"),
        ("quantization=nf4 lora_init=pissa", "engine.adapter_start"),
        ("quantization=none lora_init=pissa use_dora=true", "engine.adapter_start"),
        ("quantization=int8 lora_init=loftq", "engine.adapter_start"),
    ],
)
def test_what_cannot_be_is_refused_before_loading(pairs: str, code: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        check_settings(from_pairs(pairs.split()), choose("cpu"))
    assert caught.value.code == code
    key = str(caught.value.where).removeprefix("settings.")
    assert key in pairs, "it names a setting that was chosen"


@pytest.mark.parametrize(
    ("card", "capability", "settings", "code", "needed"),
    [
        ("NVIDIA GeForce RTX 2060", (7, 5), "compute_dtype=bf16", "engine.no_bf16", "bf16 came with 8.0"),
        ("NVIDIA GeForce GTX 1080", (6, 1), "attention=flash compute_dtype=fp16", "engine.flash_unusable", "needs 8.0"),
    ],
)
def test_what_an_older_card_cannot_do_is_refused_by_its_name(
    card: str, capability: tuple[int, int], settings: str, code: str, needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    older = Device(torch.device("cuda", 0), "cuda:0", card)
    with pytest.raises(TunesmithError) as caught:
        check_settings(from_pairs(settings.split()), older)
    assert caught.value.code == code
    number = ".".join(str(part) for part in capability)
    assert caught.value.why.startswith(f"{card} has compute capability {number}") and needed in caught.value.why
    check_settings(from_pairs(["compute_dtype=fp16"]), older)


def test_rows_are_not_joined_in_a_model_that_would_mix_them(starter: Path, tmp_path: Path) -> None:
    joined = PLAIN.changed(padding_free=True)
    check_joining(AutoConfig.from_pretrained(starter), joined)
    sharing = Gemma4TextConfig(num_kv_shared_layers=20)
    for recurrent in (MambaConfig(), FalconConfig(), sharing):
        with pytest.raises(TunesmithError) as caught:
            check_joining(recurrent, joined)
        assert caught.value.code == "engine.rows_not_joinable"
        check_joining(recurrent, PLAIN)
