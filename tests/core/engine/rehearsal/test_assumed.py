from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from core.engine.rehearsal.recorder import Recorder


@pytest.mark.parametrize("padded", [True, False])
def test_a_mask_is_full_only_where_there_is_no_padding(padded: bool) -> None:
    with FakeTensorMode(), Recorder(padded=padded):
        assert bool(torch.ones(4, dtype=torch.bool).all()) is not padded


def test_numbers_read_out_of_a_tensor_are_one() -> None:
    with FakeTensorMode(), Recorder():
        assert torch.ones(()).item() == 1.0
        assert torch.ones((), dtype=torch.long).item() == 1


def test_a_mask_picks_every_row() -> None:
    with FakeTensorMode(), Recorder():
        picked = torch.ones(2, 5, 8)[torch.ones(2, 5, dtype=torch.bool)]
    assert picked.shape == (10, 8)


def test_storages_are_counted_once_and_die_when_the_last_view_goes() -> None:
    with FakeTensorMode(), Recorder() as recorder:
        made = torch.ones(100)
        view = made[10:]
        del made
        assert recorder.events == [0]
        del view
    assert recorder.events == [0, ~0]
    assert recorder.blocks[0].size_bytes == 400


def test_scratch_memory_comes_and_goes_at_once() -> None:
    recorder = Recorder()
    recorder.passing(512, "a kernel")
    assert recorder.events == [0, ~0] and recorder.blocks[0].operation == "a kernel (scratch)"
