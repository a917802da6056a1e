from __future__ import annotations

from core.hardware import sampler as sampler_module
from core.hardware.machine import GIB
from core.hardware.sampler import Sampler
from tests.core.effort import yardsticks


def test_a_sample_without_a_card_has_ram_and_no_invented_zeros(fake_nvml):
    fake_nvml.init_error = "LibraryNotFound"
    sample = Sampler().sample()
    assert 0 < sample.ram_used_bytes < sample.ram_total_bytes
    assert sample.gpu_used_bytes is None
    assert sample.gpu_utilization is None


def test_a_sample_with_a_card_is_in_bytes_shares_degrees_and_watts(fake_nvml):
    fake_nvml.failing = {"nvmlDeviceGetPowerUsage": "NotSupported"}
    sample = Sampler().sample()
    assert (sample.gpu_used_bytes, sample.gpu_total_bytes) == (4 * GIB, 24 * GIB)
    assert (sample.gpu_utilization, sample.gpu_temperature_c, sample.gpu_power_w) == (0.5, 61.0, None)


def test_a_card_lost_while_running_leaves_ram_and_comes_back(fake_nvml, monkeypatch):
    monkeypatch.setattr(sampler_module, "RETRY_S", 0.0)
    sampler = Sampler()
    fake_nvml.lost = {0}
    lost = sampler.sample()
    assert (lost.gpu_used_bytes, lost.gpu_lost) == (None, True)
    assert sampler.sample().ram_used_bytes > 0
    fake_nvml.lost = set()
    back = sampler.sample()
    assert (back.gpu_used_bytes, back.gpu_lost) == (4 * GIB, False)
    sampler.close()
    assert fake_nvml.open == 0
    assert sampler.sample().gpu_used_bytes is None


def test_a_driver_that_stops_answering_is_a_lost_card_and_comes_back(fake_nvml, monkeypatch):
    monkeypatch.setattr(sampler_module, "RETRY_S", 0.0)
    sampler = Sampler(gpu_index=1)
    fake_nvml.fails_after = 0
    assert sampler.sample().gpu_lost
    fake_nvml.init_error = "Unknown"
    assert sampler.sample().gpu_lost
    fake_nvml.init_error, fake_nvml.fails_after = None, None
    assert not sampler.sample().gpu_lost


def test_a_computer_that_never_had_a_card_has_lost_none(fake_nvml):
    fake_nvml.init_error = "LibraryNotFound"
    assert not Sampler().sample().gpu_lost
    fake_nvml.init_error = None
    assert not Sampler(gpu_index=7).sample().gpu_lost


def test_sampling_once_a_second_costs_under_a_hundredth_of_a_core(fake_nvml):
    assert yardsticks(Sampler().sample, times=10) < 8


def test_a_card_is_found_by_its_own_name_and_no_other_is_read_in_its_place(fake_nvml):
    first, second = (fake_nvml.nvmlDeviceGetUUID(handle) for handle in (0, 1))
    assert first != second
    fake_nvml.lost = {0}
    assert Sampler(uuid=second).sample().gpu_used_bytes == 4 * GIB
    assert Sampler(uuid=first).sample().gpu_used_bytes is None
    assert Sampler(uuid="GPU-none").sample().gpu_used_bytes is None
