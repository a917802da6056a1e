from __future__ import annotations

import time

from core.hardware import sampler as sampler_module
from core.hardware.machine import GIB
from core.hardware.sampler import Sampler


def test_a_sample_without_a_card_has_ram_and_no_invented_zeros(fake_nvml):
    fake_nvml.init_error = "LibraryNotFound"
    sample = Sampler().sample()
    assert 0 < sample.ram_used_bytes < sample.ram_total_bytes
    assert sample.gpu_used_bytes is None
    assert sample.gpu_utilization is None


def test_a_sample_with_a_card_is_in_bytes_shares_degrees_and_watts(fake_nvml):
    fake_nvml.unsupported = {"nvmlDeviceGetPowerUsage"}
    sample = Sampler().sample()
    assert (sample.gpu_used_bytes, sample.gpu_total_bytes) == (4 * GIB, 24 * GIB)
    assert (sample.gpu_utilization, sample.gpu_temperature_c, sample.gpu_power_w) == (0.5, 61.0, None)


def test_a_card_lost_while_running_leaves_ram_and_comes_back(fake_nvml, monkeypatch):
    monkeypatch.setattr(sampler_module, "RETRY_S", 0.0)
    sampler = Sampler()
    fake_nvml.lost = {0}
    assert sampler.sample().gpu_used_bytes is None
    assert sampler.sample().ram_used_bytes > 0
    fake_nvml.lost = set()
    assert sampler.sample().gpu_used_bytes == 4 * GIB
    sampler.close()
    assert fake_nvml.open == 0
    assert sampler.sample().gpu_used_bytes is None


def test_sampling_once_a_second_costs_under_a_hundredth_of_a_core(fake_nvml):
    sampler = Sampler()
    started = time.process_time()
    for _ in range(50):
        sampler.sample()
    assert (time.process_time() - started) / 50 < 0.01
