from __future__ import annotations

import itertools

import msgspec
import pytest

from core.errors import TunesmithError
from core.quantization import METHODS
from core.settings import SETTINGS, TrainingSettings, build, from_pairs

CONTRACT = (
    "quantization double_quantization compute_dtype adapter_dtype lora_rank lora_alpha lora_dropout lora_targets "
    "max_seq_length per_device_batch_size gradient_accumulation_steps packing gradient_checkpointing attention loss "
    "optimizer learning_rate lr_scheduler warmup_steps weight_decay max_grad_norm epochs max_steps seed"
).split()


def test_every_key_of_the_contract_is_a_setting() -> None:
    assert set(CONTRACT) <= set(SETTINGS)


def test_every_setting_explains_itself_and_its_memory() -> None:
    assert len(SETTINGS) >= len(CONTRACT)
    for setting in SETTINGS.values():
        assert setting.title and setting.help.endswith("."), setting.key
        assert setting.memory.endswith("."), setting.key
        assert (setting.kind == "choice") == bool(setting.choices), setting.key


def test_the_settings_are_shown_group_by_group() -> None:
    groups = [setting.group for setting in SETTINGS.values()]
    order = [group for group, _ in itertools.groupby(groups)]
    assert order == ["model", "adapter", "batch", "memory", "optimiser", "length of the run"]


def test_every_choice_of_every_setting_is_accepted() -> None:
    for setting in SETTINGS.values():
        for choice in setting.choices:
            assert getattr(build({setting.key: choice}), setting.key) == choice
    assert SETTINGS["quantization"].choices == tuple(METHODS)


@pytest.mark.parametrize(
    ("pair", "code", "remedy"),
    [
        ("lora_rnk=8", "settings.unknown_key", "lora_rank"),
        ("lora_rank=0", "settings.bad_value", "from 1 to 1024"),
        ("lora_rank=eight", "settings.bad_value", "from 1 to 1024"),
        ("quantization=nf5", "settings.bad_value", "nf4, int8, none"),
        ("packing=perhaps", "settings.bad_value", "true or false"),
        ("learning_rate=nan", "settings.bad_value", "above 0, up to 1"),
        ("learning_rate=0", "settings.bad_value", "above 0, up to 1"),
        ("epochs=inf", "settings.bad_value", "1000"),
        ("lora_rank", "settings.not_a_pair", "KEY=VALUE"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(pair: str, code: str, remedy: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        from_pairs([pair])
    assert caught.value.code == code
    assert remedy in caught.value.remedy
    assert "`" not in caught.value.why, "It names types of the program's language."


def test_pairs_change_only_what_they_name() -> None:
    base = TrainingSettings(lora_rank=64)
    changed = from_pairs(["packing=true", " learning_rate = 1e-3"], base)
    assert (changed.lora_rank, changed.packing, changed.learning_rate) == (64, True, 1e-3)
    assert msgspec.structs.asdict(base)["packing"] is False
