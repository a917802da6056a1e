"""What a worker is doing, read from its stack."""

from __future__ import annotations

import pytest

from core.runs.whereabouts import Frame, dumped_frames, words_of

SITE = "/home/a/venv/lib/python3.11/site-packages/"
MAIN = Frame("/opt/tunesmith/core/engine/__main__.py", 50, "main")
STEP = Frame("/opt/tunesmith/core/engine/trainer.py", 60, "training_step")


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (
            [
                Frame(f"{SITE}torch/nn/modules/linear.py", 130, "forward"),
                Frame(f"{SITE}transformers/models/llama/modeling_llama.py", 300, "forward", "layer 12"),
                STEP,
            ],
            "in the forward pass of layer 12",
        ),
        ([Frame(f"{SITE}torch/autograd/graph.py", 800, "_engine_run_backward"), STEP], "in the backward pass"),
        ([Frame(f"{SITE}torch/_inductor/codecache.py", 9, "compile"), STEP], "compiling a kernel for this card"),
        (
            [Frame("C:\\Tunesmith\\core\\engine\\checkpoints.py", 70, "_sync"), STEP],
            "waiting for the disk to keep a checkpoint",
        ),
        (
            [Frame("modeling_llama.py", 3, "forward"), Frame("core/engine/trainer.py", 70, "prediction_step")],
            "in the forward pass, validating",
        ),
        (
            [Frame("modeling_llama.py", 3, "forward"), Frame("core/engine/samples.py", 150, "_answers")],
            "in the forward pass, asking the sample prompts",
        ),
        ([Frame("/elsewhere/own/thing.py", 7, "wait")], "at own/thing.py:7 in wait"),
    ],
)
def test_the_innermost_place_that_means_something_is_named(frames: list[Frame], words: str) -> None:
    assert words_of([*frames, MAIN])[0] == words


def test_a_dumped_stack_is_read_and_only_the_workers_own_thread_counts() -> None:
    text = (
        "Timeout (0:01:00)!\nThread 0x00007f (most recent call first):\n"
        '  File "/usr/lib/python3.11/threading.py", line 324 in wait\n\n'
        "Thread 0x00007e (most recent call first):\n"
        '  File "/x/torch/autograd/graph.py", line 829 in _engine_run_backward\n'
        '  File "/y/core/engine/__main__.py", line 60 in main\n'
    )
    frames = dumped_frames(text)
    assert [frame.function for frame in frames] == ["_engine_run_backward", "main"]
    assert words_of(frames) == ("in the backward pass", "autograd/graph.py:829 in _engine_run_backward")
    assert dumped_frames("Timeout (0:01:00)!\n") == []
