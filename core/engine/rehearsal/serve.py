"""The rehearsing worker: warm once, it rehearses and counts models until it is told to quit."""

from __future__ import annotations

import logging

import torch

from core.engine.emit import Emit
from core.engine.failures import failed
from core.engine.inbox import Inbox
from core.engine.rehearsal.rehearse import rehearse
from core.engine.rehearsal.skeleton import model_of, tensors_of
from core.events import ModelCounted, RehearsalFailed, RehearsalReady, Rehearsed
from core.fit.rehearsal import RehearsedCard
from core.requests import CountModel, Quit, Rehearse
from core.settings import TrainingSettings

# The smallest model that makes the libraries load and set up all that the next rehearsal uses
SMALLEST = {
    "model_type": "llama",
    "vocab_size": 64,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
}


def run(emit: Emit, inbox: Inbox) -> None:
    """Answer `Rehearse` and `CountModel` commands, one after the other."""
    logging.getLogger("transformers").setLevel(logging.ERROR)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    torch.set_num_threads(1)  # nothing is computed
    if inbox.is_empty():
        rehearse(SMALLEST, TrainingSettings(max_seq_length=64), RehearsedCard())
    emit(RehearsalReady())
    while not isinstance(command := inbox.wait(), Quit):
        if isinstance(command, (Rehearse, CountModel)):
            _answer(command, emit)


def _answer(command: Rehearse | CountModel, emit: Emit) -> None:
    try:
        if isinstance(command, CountModel):
            model = model_of(command.config, torch.bfloat16)
            emit(ModelCounted(request=command.request, tensors=list(tensors_of(model))))
            return
        card = RehearsedCard(compute_capability=command.compute_capability) if command.on_card else None
        emit(Rehearsed(request=command.request, rehearsal=rehearse(command.config, command.settings, card)))
    except Exception as error:  # noqa: BLE001 (one model that cannot be rehearsed must not end the warm worker)
        said = failed(error)
        emit(
            RehearsalFailed(
                request=command.request,
                code=said.code,
                what=said.what,
                why=said.why,
                remedy=said.remedy,
                where=said.where,
            )
        )
