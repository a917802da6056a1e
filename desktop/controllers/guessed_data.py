"""The rows' lengths for a model that is not on this disk yet, so that time and cost can be told before the download.

They are counted with the starter's tokenizer and scaled; once the model is here, its own tokenizer counts.
"""

from __future__ import annotations

import math

from core.job import DatasetRef
from core.models.location import starter_path
from core.requests import InspectRequest
from core.tasks.inspect import inspect
from desktop.controllers.controller import Controller
from desktop.state import AppState

# The starter's 2,048 tokens hold 2.95 characters of English each, counted over the sample that ships; those of large
# vocabularies about four, which is OpenAI's rule of thumb (help.openai.com, “What are tokens and how to count them?”).
SCALE = 2.95 / 4.0
LONGEST = 1_048_576  # counted up to: nothing is cut


class GuessedDataController(Controller):
    """Owns `state.guessed_lengths`."""

    step = "data"

    def react(self, state: AppState, before: AppState) -> None:
        """Keep what the starter's tokenizer has counted anyway; count with it where a hub model is looked at."""
        ref = state.dataset_ref
        if ref != before.dataset_ref:
            self.store.update(guessed_lengths=())
        if state.model is not None and state.model.source == "starter" and state.dataset is not None:
            if state.dataset is not before.dataset:
                self._keep(ref, state.dataset.lengths)
        elif not self.store.state.guessed_lengths and _is_looked_at(state) and not _is_looked_at(before, ref):
            self._count(ref)

    def _count(self, ref: DatasetRef) -> None:
        request = InspectRequest(dataset=ref, model_path=str(starter_path()), max_seq_length=LONGEST, preview_rows=0)
        self.background(
            lambda: inspect(request).lengths,
            lambda lengths: self._keep(ref, lengths),
            key="guess",
            busy="Reading the data",
        )

    def _keep(self, ref: DatasetRef, lengths: list[int]) -> None:
        if ref == self.store.state.dataset_ref:
            self.store.update(guessed_lengths=tuple(math.ceil(SCALE * length) for length in lengths))


def _is_looked_at(state: AppState, ref: DatasetRef | None = None) -> bool:
    """Whether a hub model is looked at, with the data `ref` if given."""
    return bool(state.hub_model) and (ref is None or ref == state.dataset_ref)
