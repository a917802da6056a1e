"""What the model says while it trains is told, and changes nothing in what it learns."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from core.data.report import Turn
from core.engine import samples
from core.engine.rows import prepare
from core.engine.samples import LONGEST_PROMPT, prompts_of
from core.engine.tokenizer import load_tokenizer
from core.engine.train import work
from core.events import Finished, Sample, Warned
from core.job import save_job
from core.runs.run import JOB_FILE, Run
from tests.core.engine.conftest import new_run, of_type, steps_of

SHORT = (
    "max_steps=6",
    "learning_rate=0.02",
    "lora_dropout=0.1",
    "gradient_checkpointing=true",
    "checkpoint_steps=100",
)


def with_prompts(run: Run, *prompts: str) -> Run:
    save_job(msgspec.structs.replace(run.job(), sample_prompts=prompts), run.path / JOB_FILE)
    return run


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = new_run(tmp_path_factory.mktemp("runs"), *SHORT, "sample_steps=-1")
    assert work(run.path) == 0
    return run


def test_a_run_with_samples_learns_the_same_bit_for_bit(silent: Run, runs_root: Path) -> None:
    run = new_run(runs_root, *SHORT, "sample_steps=2")
    assert work(with_prompts(run, "What is the capital of France?", "Tell me of the sea.").path) == 0
    said = of_type(run.events(), Sample)
    assert [event.step for event in said] == [0, 0, 2, 2, 4, 4, 6, 6]
    assert {event.prompt for event in said} == {"What is the capital of France?", "Tell me of the sea."}
    assert all(event.text for event in said) and [e.text for e in said[:2]] != [e.text for e in said[-2:]]
    assert not of_type(silent.events(), Sample)
    assert [step.loss for step in steps_of(run)] == [step.loss for step in steps_of(silent)]
    one, other = (load_file(r.path / "adapter" / "adapter_model.safetensors") for r in (run, silent))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.parametrize("share", [0.02, 0.0])
def test_without_prompts_the_first_ones_held_back_are_asked(runs_root: Path, starter: Path, share: float) -> None:
    job, tokenizer = new_run(runs_root).job(), load_tokenizer(starter)
    rows = prepare(job.dataset, tokenizer, job.settings.changed(validation_share=share), lambda event: None)
    prompts = prompts_of(job, rows.examples, tokenizer)
    assert len({prompt.text for prompt in prompts}) == 3
    first = (rows.validation or rows.train)[0]
    assert first.input_ids[: len(prompts[0].ids)] == prompts[0].ids


def test_a_sample_that_fails_costs_the_samples_and_not_the_run(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no room for the cache")

    monkeypatch.setattr(samples, "answer", fail)
    run = new_run(runs_root, "max_steps=2", "sample_steps=1")
    assert work(run.path) == 0
    warnings = [event.text for event in of_type(run.events(), Warned) if event.code == "engine.samples_failed"]
    assert len(warnings) == 1 and "no room for the cache" in warnings[0]
    last = run.events()[-1]
    assert isinstance(last, Finished) and last.steps == 2 and not of_type(run.events(), Sample)


def test_long_prompts_are_passed_over_unless_there_are_no_others(starter: Path, runs_root: Path) -> None:
    tokenizer, job = load_tokenizer(starter), new_run(runs_root).job()
    long = [Turn("user", "word " * 2 * LONGEST_PROMPT), Turn("assistant", "Yes.")]
    short = [Turn("system", "Be brief."), Turn("user", "Why?"), Turn("assistant", "So."), Turn("user", "And?")]
    unasked = [Turn("assistant", "Hello.")]
    assert [prompt.text for prompt in prompts_of(job, [long, unasked, short], tokenizer)] == ["Why?"]
    assert [prompt.text for prompt in prompts_of(job, [unasked, long], tokenizer)] == [long[0].content]
    assert prompts_of(job, [unasked], tokenizer) == []
    asked = msgspec.structs.replace(job, sample_prompts=("One?", "Two?"))
    assert [prompt.text for prompt in prompts_of(asked, [short], tokenizer)] == ["One?", "Two?"]
