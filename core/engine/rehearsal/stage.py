"""The stage of a rehearsal: tensors without numbers, hooks that tell the recorder where the step is, and the engine's
own trainer on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import QuantState, dequantize_4bit, int8_vectorwise_dequant
from tokenizers import Tokenizer, models
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast, TrainerCallback
from trl import SFTTrainer

from core.engine import adapter, trainer
from core.engine.device import Device
from core.engine.joining import LENGTHS, STARTS, joins, lengths_at_most
from core.engine.progress import RunProgress
from core.engine.rehearsal.recorder import Recorder
from core.engine.rehearsal.skeleton import Skeleton
from core.engine.rows import Row, Rows
from core.settings import TrainingSettings

PAD = "<pad>"
STEPS = 1  # the second is as the first, but that the optimiser's states are there: `peaks` repeats it
BATCHES = 2  # a step; gradients are there from the second batch on
CUBLAS_WORKSPACES = 2  # cuBLAS keeps one for each thread that multiplies: the main one, and autograd's


def set_up(skeleton: Skeleton, settings: TrainingSettings, recorder: Recorder, folder: Path) -> RehearsedTrainer:
    """The engine's trainer with the adapter on `skeleton`; nothing holds numbers."""
    batches = min(BATCHES, settings.gradient_accumulation_steps)
    with torch.device("meta"):  # its first values are not needed
        model = adapter.attach(skeleton.model, settings.changed(lora_init="default"))
    rehearsed = trainer.build(
        folder=folder,
        model=model,
        tokenizer=tokenizer(),
        rows=Rows(train=[Row(input_ids=[0, 0], labels=[0, 0])] * 2, validation=[]),
        settings=settings.changed(
            packing=False,
            padding_free=joins(settings),
            activation_offload=False,  # streams and kernels of a real card
            liger=False,
            max_steps=STEPS,
            gradient_accumulation_steps=batches,
        ),
        device=Device(torch.device("cpu"), "cpu", "rehearsal"),
        progress=RunProgress(),
        callbacks=[Phases(recorder)],
        kind=RehearsedTrainer,
    )
    assert isinstance(rehearsed, RehearsedTrainer)
    rehearsed.put_on(settings, recorder)
    return rehearsed


class OnStage(SFTTrainer):
    """A trainer that is given batches without numbers.

    Attributes:
        recorder: hears which phase of the step it is.
        settings: those of the run.
    """

    recorder: Recorder
    settings: TrainingSettings
    _waiting: list[dict[str, Any]]

    def put_on(self, settings: TrainingSettings, recorder: Recorder) -> None:
        """Rehearse `settings`, for `recorder` to see."""
        self.accelerator.device_placement = False  # the tensors are where they are
        self.args.max_steps = STEPS
        self.args.gradient_accumulation_steps = min(BATCHES, settings.gradient_accumulation_steps)
        self.recorder, self.settings = recorder, settings

    def _move_model_to_device(self, model: Any, device: Any) -> Any:
        """A model on the meta device is nowhere, and stays there until the stage is set."""
        return model

    def get_train_dataloader(self) -> Any:
        """Full batches: every row at the limit; joined, or with a mask where several are padded to one length."""
        return _Batches(self.settings, STEPS * self.args.gradient_accumulation_steps)

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """One micro-batch, with its phases."""
        self.recorder.phase = "forward"
        try:
            return super().training_step(model, inputs, *others, **named)
        finally:
            self.recorder.mark("batch done")
            self.recorder.phase, self.recorder.layer = "clip", None

    def train(self, *args: Any, **named: Any) -> Any:
        """The rehearsed step; afterwards no batch is held."""
        result = super().train(*args, **named)
        self._waiting = []
        return result

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> Any:
        """The batches of a step, which are all on the card before the first is learnt from."""
        self.recorder.mark("step")
        found = super().get_batch_samples(epoch_iterator, num_batches, device)
        more = self.settings.gradient_accumulation_steps - self.args.gradient_accumulation_steps
        self._waiting = [_batch(self.settings) for _ in range(more)]
        return found


class RehearsedTrainer(OnStage, trainer.Trainer):
    """The engine's trainer, rehearsed."""


class _Batches:
    """What the trainer takes for its data loader."""

    def __init__(self, settings: TrainingSettings, count: int) -> None:
        self._settings = settings
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _ in range(self._count):
            yield _batch(self._settings)


def _batch(settings: TrainingSettings) -> dict[str, Any]:
    if joins(settings):
        lengths = lengths_at_most(settings)
        shape = (1, sum(lengths))
        numbers = {name: torch.ones(shape, dtype=torch.long) for name in ("input_ids", "labels", "position_ids")}
        return {**numbers, STARTS: torch.zeros(len(lengths) + 1, dtype=torch.int32), LENGTHS: lengths}
    shape = (settings.per_device_batch_size, settings.max_seq_length)
    return {name: torch.ones(shape, dtype=torch.long) for name in ("input_ids", "labels", "attention_mask")}


class Phases(TrainerCallback):
    """Tells the recorder when the optimiser works."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Gradients are clipped, and all there."""
        self._recorder.phase = "optimizer"
        for parameter in model.parameters():
            if parameter.grad is not None:
                number = self._recorder.number_of(parameter.grad)
                if number is not None:
                    self._recorder.gradients.add(number)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The batches are there."""
        self._recorder.mark("begun")
        self._recorder.phase, self._recorder.layer = "forward", None

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The next step's batches are asked for."""
        self._recorder.mark("step done")
        self._recorder.phase, self._recorder.layer = "forward", None


def watch(model: nn.Module, layers: nn.ModuleList, recorder: Recorder) -> None:
    """Let the recorder know when the step enters a layer, forwards and backwards, and when it leaves the last."""
    for number, layer in enumerate(layers):
        layer.register_forward_pre_hook(_enter(recorder, number))
        layer.register_forward_hook(_leave(recorder, number))
    parent = next(module for module in model.modules() if any(child is layers for child in module.children()))
    for module in parent.children():
        if module is not layers:
            module.register_forward_pre_hook(_beyond(recorder, len(layers) - 1))
    parent.register_forward_hook(_beyond(recorder, len(layers) - 1))


def _in_backward() -> bool:
    return int(torch._C._current_graph_task_id()) >= 0


def _enter(recorder: Recorder, number: int) -> Any:
    def hook(*_: Any) -> None:
        recorder.layer = number
        if not _in_backward():
            recorder.phase = "forward"

    return hook


def _leave(recorder: Recorder, number: int) -> Any:
    def back(gradient: Tensor) -> None:
        recorder.hand(gradient)
        recorder.phase, recorder.layer = "backward", number

    def hook(module: Any, inputs: Any, output: Any) -> None:
        states = output[0] if isinstance(output, tuple) else output
        recorder.hand(states)
        if not _in_backward() and states.requires_grad:
            states.register_hook(back)

    return hook


def _beyond(recorder: Recorder, last: int) -> Any:
    def hook(*_: Any) -> None:
        if recorder.layer == last and not _in_backward():
            recorder.phase, recorder.layer = "head", None

    return hook


def put_on_stage(model: nn.Module, layers: nn.ModuleList, recorder: Recorder) -> None:
    """Replace every parameter and buffer by a tensor of FakeTensorMode, which must be on, in the order in which they
    are loaded; the recorder sees their births."""
    layer_of = {id(module): number for number, layer in enumerate(layers) for module in layer.modules()}
    twins: dict[int, Any] = {}
    for module in model.modules():
        recorder.layer = layer_of.get(id(module))
        for name, parameter in list(module._parameters.items()):
            if parameter is not None:
                if id(parameter) not in twins:
                    recorder.phase = "adapter" if parameter.requires_grad else "load"
                    twins[id(parameter)] = _loaded(parameter, module, recorder)
                module._parameters[name] = twins[id(parameter)]
        _share_state(module)
        recorder.phase = "load"
        for name, buffer in list(module._buffers.items()):
            if buffer is not None:
                module._buffers[name] = _fake(buffer)
    recorder.layer = None


def _loaded(parameter: nn.Parameter, module: nn.Module, recorder: Recorder) -> nn.Parameter:
    """A weight that is quantised is on the card as it is stored, in 16 bits, until that is done."""
    if not hasattr(parameter, "quant_state") and getattr(parameter, "SCB", None) is None:
        return _twin(parameter)
    stored = 2 * int(module.in_features) * int(module.out_features)  # type: ignore[arg-type]
    number = recorder.take(stored, "a weight before it is quantised")
    twin = _twin(parameter)
    recorder.give_back(number)
    return twin


def unpacked(module: nn.Module) -> Tensor:
    """The weight of `module` as numbers, as peft's `dequantize_module_weight` gives it. Quantised weights have a class
    by which that one knows them, and have lost it on stage."""
    weight: Any = module.weight
    numbers: Tensor = weight
    if getattr(weight, "quant_state", None) is not None:
        numbers = dequantize_4bit(weight.data, weight.quant_state)
    elif getattr(weight, "SCB", None) is not None:
        numbers = int8_vectorwise_dequant(weight.data, weight.SCB)
    return numbers


def take_workspaces(recorder: Recorder, workspace_bytes: int) -> None:
    """What cuBLAS keeps from the first matrix product on."""
    recorder.phase = "workspace"
    for _ in range(CUBLAS_WORKSPACES):
        recorder.take(workspace_bytes, "cuBLAS workspace")


def _twin(parameter: nn.Parameter) -> nn.Parameter:
    twin = nn.Parameter(_fake(parameter), requires_grad=parameter.requires_grad)
    state = getattr(parameter, "quant_state", None)
    if state is not None:
        _fake_state(state)
        twin.quant_state, twin.bnb_quantized, twin.quant_type = state, True, "nf4"  # type: ignore[attr-defined]
    if getattr(parameter, "SCB", None) is not None:
        twin.CB, twin.SCB = twin.data, _fake(parameter.SCB)  # type: ignore[attr-defined]
        twin.has_fp16_weights = False  # type: ignore[attr-defined]
    return twin


def _fake_state(state: QuantState) -> None:
    state.absmax, state.code = _fake(state.absmax), _fake(state.code)
    if state.nested:
        state.offset = _fake(state.offset)
        _fake_state(state.state2)


def _share_state(module: nn.Module) -> None:
    weight = module._parameters.get("weight")
    if hasattr(module, "quant_state") and weight is not None:
        module.quant_state = weight.quant_state  # type: ignore[attr-defined]


def _fake(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype)


def tokenizer() -> PreTrainedTokenizerFast:
    """The smallest tokenizer there is; the batches are made without it."""
    words = Tokenizer(models.WordLevel({PAD: 0}, unk_token=PAD))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token=PAD, eos_token=PAD)
