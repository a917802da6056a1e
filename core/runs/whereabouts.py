"""What a worker is doing, in words, from where its code stands: the innermost frame that means something to people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple


class Frame(NamedTuple):
    """One place in the code. `about`: what the frame was at work on, where it is known (“layer 12”)."""

    file: str
    line: int
    function: str
    about: str = ""

    @property
    def place(self) -> str:
        """“trainer.py:52 in training_step”, with the folder above it."""
        path = PurePath(self.file)
        return f"{path.parent.name}/{path.name}:{self.line} in {self.function}"


class Rule(NamedTuple):
    """`file` and `function` are patterns that must be found; `words` follow “It is ”."""

    file: str
    function: str
    words: str


RULES = (
    Rule(r"core/engine/checkpoints\.py$", r"^_sync$", "waiting for the disk to keep a checkpoint"),
    Rule(r"core/engine/checkpoints\.py$", r"", "writing a checkpoint"),
    Rule(r"core/engine/control\.py$", r"wait_while_paused", "holding still, as it was told"),
    Rule(r"core/engine/(card_watch|memory)\.py$", r"", "asking the card's driver how it is"),
    Rule(r"/(_inductor|_dynamo|triton)/|cpp_extension\.py$", r"", "compiling a kernel for this card"),
    Rule(r"torch/cuda/.*\.py$", r"synchronize", "waiting for the card to finish"),
    Rule(r"torch/cuda/.*\.py$", r"_lazy_init", "waking the card"),
    Rule(r"bitsandbytes/(functional|backends/.*)\.py$", r"quantize", "quantising the model's weights"),
    Rule(r"bitsandbytes/optim/|torch/optim/", r"", "moving the adapter's weights (the optimiser's step)"),
    Rule(r"torch/(nn/utils/clip_grad|_foreach_utils)\.py$", r"", "measuring the gradients"),
    Rule(r"torch/autograd/(graph|__init__)\.py$", r"backward", "in the backward pass"),
    Rule(r"modeling_[a-z0-9_]+\.py$", r"^forward$", "in the forward pass"),
    Rule(r"core/engine/(rows|render)\.py$", r"", "turning the data set's text into tokens"),
    Rule(r"core/data/", r"", "reading the data set"),
    Rule(r"core/engine/order\.py$", r"", "sorting the rows"),
    Rule(r"trl/.*(pack|data_utils).*\.py$", r"", "packing the rows"),
    Rule(r"torch/utils/data/|/datasets/", r"", "fetching the next rows"),
    Rule(r"torch/nn/modules/module\.py$", r"^(_apply|to|cuda)$", "moving the model to the card"),
    Rule(r"core_model_loading\.py$|safetensors/", r"", "reading the model's weights from the disk"),
    Rule(r"core/engine/load\.py$", r"", "loading the model"),
    Rule(r"core/engine/adapter\.py$", r"", "putting the adapter on the model"),
    Rule(r"<frozen importlib|importlib/", r"", "reading Python's packages from the disk"),
    Rule(r"torch/serialization\.py$", r"save", "writing a checkpoint"),
    Rule(r"torch/serialization\.py$", r"load", "reading a checkpoint"),
    Rule(r"core/engine/trainer\.py$", r"prediction_step|evaluat", "validating"),
    Rule(r"core/engine/trainer\.py$", r"compute_loss", "computing the loss"),
)
ELSEWHERE = "at {place}"
DUMPED = re.compile(r'^\s*File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')
VALIDATING = ("prediction_step", "evaluation_loop")
SAMPLING = "_answers"  # of core/engine/samples.py
OURS = "core/engine/"


def words_of(frames: Iterable[Frame]) -> tuple[str, str]:
    """What code that stands at `frames` (the innermost first) is doing, to follow “It is ”; and the place itself."""
    frames = list(frames)
    for frame in frames:
        path = frame.file.replace("\\", "/")
        for rule in RULES:
            if re.search(rule.file, path) and re.search(rule.function, frame.function):
                return _with_more(rule.words, frames), frame.place
    if not frames:
        return "somewhere that cannot be seen", ""
    return ELSEWHERE.format(place=frames[0].place), frames[0].place


def _with_more(words: str, frames: Sequence[Frame]) -> str:
    """`words`, with the layer where one is known and whether it is for the validation or a sample."""
    about = next((one.about for one in frames if one.about), "")
    if about and words.endswith("pass"):
        words = f"{words} of {about}"
    validates = words != "validating" and any(one.function in VALIDATING for one in frames)
    if any(one.function == SAMPLING for one in frames):
        return f"{words}, asking the sample prompts"
    return f"{words}, validating" if validates else words


def dumped_frames(text: str) -> Sequence[Frame]:
    """The frames of the worker's own thread in what Python's faulthandler wrote last, the innermost first; empty if it
    is not there."""
    for thread in reversed(text.split("\n\n")):
        matches = [DUMPED.match(line) for line in thread.splitlines()]
        frames = [Frame(m["file"], int(m["line"]), m["function"]) for m in matches if m]
        if any(OURS in frame.file.replace("\\", "/") and frame.function == "main" for frame in frames):
            return frames
    return []
