"""Whether a rehearsed card takes the memory of PyTorch's own CUDA paths: every birth of a forward, compared.

`python -m tests.benchmarks.card_paths` needs a PyTorch built for CUDA, and no card: in such a build, and only there,
fake tensors can be CUDA's, so that autocast, dropout and the libraries' own questions about the device are the real
ones. The same forward is recorded on fake CUDA tensors and as the rehearsal does it, on fake tensors of the processor
treated as a card's. The backward pass is left out: autograd asks CUDA for a context. Kernels that need Triton or a
card's properties (trl's loss, attention's choice) are replaced on both sides alike. Writes results/card_paths.json.
"""

from __future__ import annotations

import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import difflib
import json
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import masking_utils
from trl.trainer.utils import add_fused_lm_head

from core.engine import adapter
from core.engine.rehearsal import card, skeleton, stage
from core.engine.rehearsal.attention import CARD_SDPA
from core.engine.rehearsal.kernels import Kernels
from core.engine.rehearsal.recorder import Recorder
from core.engine.rehearsal.replaced import replaced
from core.models import catalogue
from core.settings import TrainingSettings, from_pairs

RESULT = Path(__file__).parent / "results" / "card_paths.json"
AMPERE = (8, 6)
SHORT = ("max_seq_length=1024", "gradient_checkpointing=false")
MODELS = (
    "llama-3.1-8b-instruct",
    "qwen2.5-7b-instruct",
    "qwen3-30b-a3b",
    "gemma-2-9b-it",
    "gemma-3-4b-it",
    "gemma-4-12b-it",
    "falcon-7b-instruct",
    "gpt-oss-20b",
    "phi-2",
    "phi-4",
    "mixtral-8x7b-instruct",
    "llama-4-scout-instruct",
    "starcoder2-3b",
    "command-r7b-12-2024",
    "olmo-2-7b-instruct",
    "smollm3-3b",
    "granite-3.3-2b-instruct",
)
VARIANTS = ((), ("quantization=int8",), ("quantization=none", "lora_dropout=0.1"), ("adapter_dtype=bf16",))
STEP_BYTES = 512


def main() -> int:
    """Compare every model and variant; 0 where all peaks are equal."""
    if torch.version.cuda is None:
        sys.stderr.write("This needs a PyTorch that is built for CUDA; the one at hand is not.\n")
        return 2
    torch._C._ensureCUDADeviceGuardSet()
    warnings.simplefilter("ignore")
    rows = [_compared(name, VARIANTS[0]) for name in MODELS]
    rows += [_compared(MODELS[0], variant) for variant in VARIANTS[1:]]
    equal = sum(row["peak_equal"] for row in rows)
    document = {"torch": torch.__version__, "forwards": len(rows), "peaks_equal": equal, "rows": rows}
    RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{equal} of {len(rows)} peaks are equal to the byte\n")
    return 0 if equal == len(rows) else 1


def _compared(name: str, variant: tuple[str, ...]) -> dict[str, Any]:
    settings = from_pairs([*SHORT, *variant])
    ours, native = (_recorded(name, settings, native=native) for native in (False, True))
    births, theirs = _births(ours), _births(native)
    changes = [line for line in difflib.unified_diff(births, theirs, lineterm="", n=0) if line[0] in "+-"][2:]
    row = {
        "model": name,
        "variant": " ".join(variant),
        "births": len(births),
        "births_differ": changes,
        "peak_bytes": _peak_bytes(ours),
        "cuda_peak_bytes": _peak_bytes(native),
    }
    row["peak_equal"] = row["peak_bytes"] == row["cuda_peak_bytes"]
    sys.stdout.write(f"{name:26} {row['variant']:36} {len(births):5} births, {len(changes)} differ\n")
    return row


def _recorded(name: str, settings: TrainingSettings, *, native: bool) -> Recorder:
    """One forward, recorded."""
    built = skeleton.build(catalogue.spec_of(name).config, settings, CARD_SDPA)
    model = adapter.attach(built.model, settings)
    add_fused_lm_head(model.base_model.model)
    model.enable_input_require_grads()
    model.train()
    recorder = Recorder(Kernels())
    device = "cuda" if native else "cpu"
    with ExitStack() as stack:
        _take_paths(stack, native)
        stack.enter_context(replaced(masking_utils, "is_tracing", lambda tensor=None: False))
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        stack.enter_context(recorder)
        stack.enter_context(torch.device(device))
        stage.put_on_stage(model, built.layers, recorder)
        recorder.phase = "forward"
        ids = torch.ones((1, settings.max_seq_length), dtype=torch.long)
        with torch.autocast(device, dtype=torch.bfloat16):
            output = model(
                input_ids=ids, labels=ids, attention_mask=torch.ones_like(ids), use_cache=False, fused_lm_head=True
            )
        recorder.stop()
        del output
    return recorder


def _take_paths(stack: ExitStack, native: bool) -> None:
    if not native:
        stack.enter_context(card.as_card(AMPERE, triton=True))
        return
    for target, name, value in card.replacements(AMPERE, triton=True):
        if name not in ("is_autocast_enabled", "dropout"):
            stack.enter_context(replaced(target, name, value))
    stack.enter_context(replaced(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False))
    stack.enter_context(replaced(torch.cuda, "is_bf16_supported", lambda *_: True))
    stack.enter_context(replaced(torch.cuda, "is_current_stream_capturing", lambda: False))


def _births(recorder: Recorder) -> list[str]:
    return [f"{block.operation} {block.size_bytes}" for block in recorder.blocks if block.phase == "forward"]


def _peak_bytes(recorder: Recorder) -> int:
    now = peak = 0
    for event in recorder.events:
        size = recorder.blocks[event if event >= 0 else ~event].size_bytes
        now += -(-size // STEP_BYTES) * STEP_BYTES * (1 if event >= 0 else -1)
        peak = max(peak, now)
    return peak


if __name__ == "__main__":
    sys.exit(main())
