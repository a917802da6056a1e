"""What the bar offers when it is over the card."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.fit import rules
from core.fit.estimate import estimate
from core.fit.fixes import ORDER, fixes, levers
from core.fit.rows import Rows
from core.fit.values import FitMachine
from core.models import catalogue
from core.settings import TrainingSettings

GIB = 2**30
SPEC = catalogue.spec_of("llama-3.1-8b-instruct")
SETTINGS = TrainingSettings(max_seq_length=4096, lora_rank=64, lora_alpha=128)


def short_of(machine: FitMachine, settings: TrainingSettings, missing_bytes: int) -> FitMachine:
    """The same card with so little memory that so much is missing."""
    total = estimate(SPEC, settings, machine).total_bytes
    return replace(machine, memory_usable_bytes=total - missing_bytes)


def test_each_fix_says_its_name_and_size_and_gains_what_it_says(rtx_3090: FitMachine) -> None:
    machine = short_of(rtx_3090, SETTINGS, GIB // 2)
    found = fixes(SPEC, SETTINGS, machine)
    now = estimate(SPEC, SETTINGS, machine).total_bytes
    for fix in found:
        after = estimate(SPEC, SETTINGS.changed(**fix.changes), machine).total_bytes
        assert fix.saves_bytes == now - after > 0
        assert " −" in fix.text
    words = [fix.text.rpartition(" −")[0] for fix in found]
    assert "Adapters on attention only" in words
    assert any(text.startswith("4,096 → ") and text.endswith(" tokens") for text in words)


def test_what_suffices_alone_comes_first_and_then_what_hurts_least(rtx_3090: FitMachine) -> None:
    found = fixes(SPEC, SETTINGS, short_of(rtx_3090, SETTINGS, GIB))
    verdicts = [ORDER[fix.verdict] for fix in found if fix.verdict]
    assert verdicts == sorted(verdicts)
    assert verdicts[0] < ORDER["does_not_fit"]
    assert all(len(fix.changes) <= 2 for fix in found)  # nothing needs to be combined


def test_dora_can_be_left(rtx_3090: FitMachine) -> None:
    settings = SETTINGS.changed(use_dora=True)
    (fix,) = (one for one in fixes(SPEC, settings, short_of(rtx_3090, settings, 1)) if "use_dora" in one.changes)
    assert fix.text.startswith("LoRA without DoRA −") and fix.verdict != "does_not_fit"


@pytest.mark.parametrize("lengths", [[3000] * 4, [3000, *[100] * 9], [400] * 9])
def test_a_limit_that_is_offered_is_shorter_than_the_longest_row(rtx_3090: FitMachine, lengths: list[int]) -> None:
    settings, rows = SETTINGS.changed(padding_free=True, per_device_batch_size=4), Rows(lengths)
    total = estimate(SPEC, settings, rtx_3090, rows).total_bytes
    found = fixes(SPEC, settings, replace(rtx_3090, memory_usable_bytes=total - 1), rows)
    offered = [one for one in found if "max_seq_length" in one.changes]
    assert offered
    for one in offered:
        assert one.changes["max_seq_length"] < max(lengths)
        assert one.saves_bytes == total - estimate(SPEC, settings.changed(**one.changes), rtx_3090, rows).total_bytes


@pytest.mark.parametrize("missing_bytes", [1, GIB // 4, GIB])
def test_of_the_lengths_the_longest_that_fits_with_room_to_spare_is_offered(
    rtx_3090: FitMachine, missing_bytes: int
) -> None:
    machine = short_of(rtx_3090, SETTINGS, missing_bytes)
    (fix,) = (one for one in fixes(SPEC, SETTINGS, machine) if "max_seq_length" in one.changes)
    taken = fix.changes["max_seq_length"]
    for length in rules.shorter_lengths(4096):
        total = estimate(SPEC, SETTINGS.changed(max_seq_length=length), machine).total_bytes
        if length >= taken:
            assert (rules.verdict(total, machine) == "fits") == (length == taken)


def test_where_none_suffices_alone_a_combination_that_does_comes_first(rtx_3090: FitMachine) -> None:
    settings = SETTINGS.changed(quantization="none", loss="full", per_device_batch_size=4, lora_rank=16, lora_alpha=32)
    machine = replace(rtx_3090, memory_usable_bytes=8 * GIB)
    first, *others = fixes(SPEC, settings, machine)
    assert first.verdict == "fits"
    assert " + " in first.text
    assert all(fix.verdict == "does_not_fit" for fix in others)
    assert [fix.saves_bytes for fix in others] == sorted((fix.saves_bytes for fix in others), reverse=True)
    for key in first.changes:
        rest = {name: value for name, value in first.changes.items() if name != key}
        if key == "quantization":
            total = estimate(SPEC, settings.changed(**rest), machine).total_bytes
            assert total > machine.memory_usable_bytes  # it was needed


def test_where_all_together_do_not_suffice_the_last_says_so(rtx_3090: FitMachine) -> None:
    found = fixes(SPEC, SETTINGS, replace(rtx_3090, memory_usable_bytes=2 * GIB))
    assert all(fix.verdict == "does_not_fit" for fix in found)
    assert found[-1].saves_bytes == max(fix.saves_bytes for fix in found)


def test_fewer_rows_at_once_leave_a_step_as_it_was(rtx_3090: FitMachine) -> None:
    settings = SETTINGS.changed(per_device_batch_size=4, gradient_accumulation_steps=4)
    steps = [step for lever in levers(SPEC, settings, rtx_3090) for step in lever if "rows" in step.words]
    assert [step.changes["per_device_batch_size"] for step in steps] == [2, 1]
    assert all(
        step.changes["per_device_batch_size"] * step.changes["gradient_accumulation_steps"] == 16 for step in steps
    )


def test_without_a_card_there_are_no_8_bit_fixes(no_card: FitMachine) -> None:
    settings = SETTINGS.changed(quantization="none", compute_dtype="fp32")
    changes = [step.changes for lever in levers(SPEC, settings, no_card) for step in lever]
    assert {"quantization": "nf4", "double_quantization": True} in changes
    assert not any("optimizer" in change or change.get("quantization") == "int8" for change in changes)


def test_the_leanest_settings_have_nothing_left_but_their_length(rtx_3090: FitMachine) -> None:
    lean = TrainingSettings(
        lora_rank=8, lora_targets="q_proj,k_proj,v_proj,o_proj", optimizer="paged_adamw_8bit", adapter_dtype="bf16"
    )
    assert [list(lever[0].changes) for lever in levers(SPEC, lean, rtx_3090)] == [["max_seq_length"]]
