from __future__ import annotations

import pytest

from core.errors import TunesmithError
from core.models.find import find


def test_a_model_is_found_by_every_kind_of_name(save_model):
    folder, _ = save_model()
    assert find("starter").source == "starter"
    assert find("llama-3.1-8b-instruct").parameters == 8_030_261_248
    assert find("Qwen/Qwen2.5-0.5B-Instruct").parameters == 494_032_768
    assert find(str(folder)).name == folder.name


def test_a_misspelt_name_gets_a_suggestion():
    with pytest.raises(TunesmithError) as caught:
        find("lama-3.1-8b")
    assert caught.value.code == "model.unknown"
    assert "llama-3.1-8b-instruct" in caught.value.remedy
