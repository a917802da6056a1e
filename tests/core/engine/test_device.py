from __future__ import annotations

import pytest
import torch

from core.engine.device import choose
from core.errors import TunesmithError


def test_auto_without_a_card_is_the_processor() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    device = choose("auto")
    assert (device.torch.type, device.label) == ("cpu", "cpu")
    assert device.name


@pytest.mark.parametrize("wanted", ["cuda:9", "cuda:63", "tpu", "cuda:", "cpu:0"])
def test_a_device_that_is_not_there_is_named(wanted: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        choose(wanted)
    assert caught.value.code == "engine.no_device"
    assert wanted in caught.value.what
