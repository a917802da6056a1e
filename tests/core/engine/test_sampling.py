from __future__ import annotations

import torch

from core.engine.sampling import RowSampler
from core.requests import Sampling

LOGITS = torch.tensor([1.0, 3.0, 2.9, -1.0])


def test_temperature_zero_takes_the_likeliest() -> None:
    assert RowSampler(Sampling(), []).choose(LOGITS) == 1


def test_what_was_said_before_becomes_less_likely() -> None:
    sampler = RowSampler(Sampling(repetition_penalty=1.5), [1])
    assert not sampler.takes_likeliest
    assert [sampler.choose(LOGITS) for _ in range(2)] == [2, 1]  # 3.0/1.5 < 2.9; then 2.9/1.5 < 3.0/1.5


def test_top_p_leaves_out_the_unlikely() -> None:
    sampler = RowSampler(Sampling(temperature=1.0, top_p=0.9), [])
    drawn = {sampler.choose(LOGITS) for _ in range(300)}
    assert drawn == {1, 2}  # together 0.93 of the mass
    assert {RowSampler(Sampling(temperature=9.0, top_p=0.0), []).choose(LOGITS) for _ in range(5)} == {1}


def test_draws_follow_the_probabilities() -> None:
    sampler = RowSampler(Sampling(temperature=1.0), [])
    drawn = [sampler.choose(LOGITS) for _ in range(1500)]
    share = drawn.count(1) / len(drawn)
    assert abs(share - float(torch.softmax(LOGITS, 0)[1])) < 0.05
