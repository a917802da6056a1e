"""Every storage's birth and death during a training step, and every operation's work."""

from __future__ import annotations

import weakref
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from core.engine.rehearsal.assumed import assumed_result
from core.engine.rehearsal.kernels import Kernels
from core.engine.rehearsal.work import work_of
from core.fit.rehearsal import Work

AFTER_BACKWARD = ("clip", "optimizer")  # phases in which a tensor belongs to the layer of what it was made from

Mark = Literal["step", "begun", "batch done", "step done"]  # asked for batches, has them, one is learnt, all are


class Block(NamedTuple):
    """One storage: its bytes, where it was born, and at which operation. `layer` is None outside the layers."""

    size_bytes: int
    phase: str
    layer: int | None
    operation: str


class Recorder(TorchDispatchMode):
    """Sees every operation below autograd; knows of each new storage where it was born and when it dies.

    Attributes:
        blocks: every storage so far, by number.
        events: births (the block's number) and deaths (its number's complement) in their order.
        tags: for each event the layer it belongs to, None outside the layers.
        phase, layer: where the step is; set by whoever drives it.
        handed: the blocks that a layer hands to the next, upwards states and downwards their gradients.
        gradients: the blocks that hold the adapter's gradients.
        work: how often each operation was done, by phase and layer.
        marks: how many events there were at each named moment of the step.

    Args:
        padded: whether a batch has padding.
        assumes: whether what depends on numbers is assumed, as it must be for tensors that hold none.
    """

    def __init__(self, kernels: Kernels | None = None, *, padded: bool = False, assumes: bool = True) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self.events: list[int] = []
        self.tags: list[int | None] = []
        self.phase = "load"
        self.layer: int | None = None
        self.handed: set[int] = set()
        self.gradients: set[int] = set()
        self.work: Counter[tuple[str, int | None, Work]] = Counter()
        self.marks: dict[Mark, list[int]] = defaultdict(list)
        self._kernels = kernels
        self._padded = padded
        self._assumes = assumes
        self._living: dict[int, tuple[int, weakref.ref[Any]]] = {}
        self._ownerless: list[int] = []  # events of the optimiser's that belong to the parameter which comes next

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do the operation, and note what it made."""
        if func is torch.ops.prim.device.default:
            return args[0].fake_device if hasattr(args[0], "fake_device") else func(*args)
        known, result = assumed_result(func, args, padded=self._padded) if self._assumes else (False, None)
        if not known:
            result = func(*args, **(kwargs or {}))
        name = func.__name__
        if self._kernels is not None:
            for size_bytes in self._kernels.scratch(func, args, result):
                self.passing(size_bytes, name)
        made = self._note(result, args, name)
        if made or name.endswith("_") or ".out" in name:
            work = work_of(func, args, kwargs or {}, result)
            if work is not None:
                self.work[(self.phase, self.layer, work)] += 1
        return result

    def _note(self, result: Any, args: Any, name: str) -> bool:
        """Whether a storage is new."""
        if isinstance(result, Tensor):
            return self.born(result, name, _owner(args, None))
        made = False
        if isinstance(result, (tuple, list)):
            for number, item in enumerate(result):
                if isinstance(item, Tensor):
                    made |= self.born(item, name, _owner(args, number if isinstance(result, list) else None))
                elif isinstance(item, (tuple, list)):
                    made |= self._note(item, args, name)
        return made

    def born(self, tensor: Tensor, operation: str, owner: Tensor | None = None) -> bool:
        """Note the storage of `tensor`, if it is new and holds anything."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._living:
            return False
        size_bytes = storage.nbytes()
        if not size_bytes:
            return False
        number = self._birth(size_bytes, self._layer_by(owner), operation)
        self._living[key] = (number, weakref.ref(storage, partial(self._died, key)))
        return True

    def _layer_by(self, owner: Tensor | None) -> int | None:
        """The layer where the step is, or in the optimiser that of the parameter at work."""
        if self.layer is not None or self.phase not in AFTER_BACKWARD:
            return self.layer
        if owner is None:
            self._ownerless.append(len(self.events))
            return None
        layer = self.layer_of(owner)
        for event in self._ownerless:
            self.tags[event] = layer
            block = self.events[event]
            self.blocks[block] = self.blocks[block]._replace(layer=layer)
        self._ownerless.clear()
        return layer

    def passing(self, size_bytes: int, operation: str) -> None:
        """Note scratch memory that an operation takes for itself and gives back before its results are there."""
        if size_bytes:
            self.give_back(self.take(size_bytes, f"{operation} (scratch)"))

    def take(self, size_bytes: int, operation: str) -> int:
        """Note memory that no tensor shows; the block's number, to give it back by."""
        return self._birth(size_bytes, self.layer, operation)

    def give_back(self, number: int) -> None:
        """The end of what was taken."""
        self._death(number)

    def mark(self, moment: Mark) -> None:
        """Note that the step has come to `moment`."""
        self.marks[moment].append(len(self.events))

    def stop(self) -> None:
        """Hear of no more deaths: what is alive now stays."""
        self._living.clear()

    def number_of(self, tensor: Tensor) -> int | None:
        """The block that holds `tensor`, None if it was never seen."""
        found = self._living.get(tensor.untyped_storage()._cdata)
        return None if found is None else found[0]

    def hand(self, tensor: Tensor) -> None:
        """Note that a layer hands `tensor` to the next."""
        number = self.number_of(tensor)
        if number is not None:
            self.handed.add(number)

    def layer_of(self, tensor: Tensor) -> int | None:
        """The layer that the storage of `tensor` belongs to."""
        number = self.number_of(tensor)
        return None if number is None else self.blocks[number].layer

    def _birth(self, size_bytes: int, layer: int | None, operation: str) -> int:
        number = len(self.blocks)
        self.blocks.append(Block(size_bytes, self.phase, layer, operation))
        self.events.append(number)
        self.tags.append(layer)
        return number

    def _died(self, key: int, _: Any) -> None:
        found = self._living.pop(key, None)
        if found is not None:
            self._death(found[0])

    def _death(self, number: int) -> None:
        torn_down = self.phase == "backward" and torch._C._current_graph_task_id() < 0  # the graph, all at once
        at_home = self.layer is None or torn_down
        self.events.append(~number)
        self.tags.append(self.blocks[number].layer if at_home else self.layer)


def _owner(args: Iterable[Any], number: int | None) -> Tensor | None:
    """The tensor that a result was made from: the first one given, or the one at the same place of a list."""
    for found in _tensors(args, number):
        return found
    return None


def _tensors(args: Iterable[Any], number: int | None) -> Iterator[Tensor]:
    for arg in args:
        if isinstance(arg, Tensor):
            yield arg
        elif isinstance(arg, (list, tuple)) and arg and isinstance(arg[0], Tensor):
            yield arg[number if number is not None and number < len(arg) else 0]
