"""What the driver of a real card says, and whether the table of cards agrees. Skips itself where there is none."""

from __future__ import annotations

import pytest

from core.fit.card_words import card_facts
from core.fit.cards import card_named
from core.hardware.probe import probe
from core.hardware.sampler import Sampler

MACHINE = probe()

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not MACHINE.gpus, reason="there is no NVIDIA card here"),
]


def test_the_card_tells_its_memory_its_capability_and_its_link() -> None:
    for card in MACHINE.gpus:
        assert 0 < card.memory_free_bytes <= card.memory_total_bytes
        assert card.abilities is not None
        assert card.pcie_generation_max is None or 1 <= card.pcie_generation_max <= 7
        assert {"Memory", "Can compute", "Driver"} <= {fact.name for fact in card_facts(card)}


def test_the_table_knows_the_card_as_the_driver_tells_it() -> None:
    for card in MACHINE.gpus:
        known = card_named(card.name, card.memory_total_bytes)
        if known is None:
            pytest.skip(f"the table has no {card.name}")
        assert known.memory_bytes == pytest.approx(card.memory_total_bytes, rel=0.05)
        assert known.compute_capability == card.compute_capability


def test_the_card_can_be_sampled() -> None:
    sampler = Sampler()
    sample = sampler.sample()
    sampler.close()
    assert sample.gpu_used_bytes is not None
    assert not sample.gpu_lost
