from __future__ import annotations

from typing import Any

import pytest

from core.errors import TunesmithError
from core.settings import TrainingSettings
from core.sweeps.values import Value, combinations

SETTINGS = TrainingSettings(lora_rank=16, lora_alpha=32)


def test_every_combination_is_a_run_and_alpha_follows_the_rank() -> None:
    found = combinations(SETTINGS, {"lora_rank": [8, 32], "learning_rate": [1e-4, 2e-4]})
    assert len(found) == 4
    assert found[0] == {"lora_rank": 8, "learning_rate": 1e-4, "lora_alpha": 16}
    assert found[-1] == {"lora_rank": 32, "learning_rate": 2e-4, "lora_alpha": 64}


def test_alpha_stays_where_it_is_varied_itself() -> None:
    found = combinations(SETTINGS, {"lora_rank": [8, 16], "lora_alpha": [16, 32]})
    assert [one["lora_alpha"] for one in found] == [16, 32, 16, 32]


@pytest.mark.parametrize(
    ("vary", "code"),
    [
        ({"lora_rnk": [8, 16]}, "settings.unknown_key"),
        ({"seed": [1, 2]}, "sweep.not_comparable"),
        ({"max_seq_length": [128, 256]}, "sweep.not_comparable"),
        ({"lora_rank": [8]}, "sweep.wrong_count"),
        ({"lora_rank": [8, 8]}, "sweep.repeated_value"),
        ({"lora_rank": [8, 16, 32], "epochs": [1.0, 2.0, 3.0]}, "sweep.wrong_count"),
        ({"lora_rank": [8, 0]}, "settings.bad_value"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_can(vary: dict[str, list[Value]], code: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        combinations(SETTINGS, vary)
    assert caught.value.code == code
    assert caught.value.remedy


def test_without_rows_held_back_there_is_nothing_to_compare_by() -> None:
    settings: Any = SETTINGS.changed(validation_share=0.0)
    with pytest.raises(TunesmithError) as caught:
        combinations(settings, {"lora_rank": [8, 16]})
    assert caught.value.code == "sweep.no_validation"
