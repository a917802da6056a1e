"""Which rows meet in one step."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from core.settings.about import about
from core.settings.groups.adapter import AdapterSettings

_about = partial(about, group="batch")


class BatchSettings(AdapterSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “batch”, after those of the groups before it."""

    max_seq_length: Annotated[
        int,
        _about(
            "Longest sequence",
            "Conversations longer than this are cut off. Long enough for your rows is enough.",
            "Activations grow in proportion.",
            unit="tokens",
            more=False,
            ge=16,
            le=1_048_576,
        ),
    ] = 2048
    per_device_batch_size: Annotated[
        int,
        _about(
            "Batch size",
            "How many conversations are computed at once.",
            "Activations grow in proportion.",
            unit="rows",
            more=False,
            ge=1,
            le=1024,
        ),
    ] = 1
    gradient_accumulation_steps: Annotated[
        int,
        _about(
            "Accumulation",
            "How many batches are added up before the weights move: a larger batch in effect, at no memory.",
            "None.",
            unit="batches",
            ge=1,
            le=4096,
        ),
    ] = 8
    packing: Annotated[
        bool,
        _about(
            "Packing",
            "Puts several short conversations into one sequence, so that no time is spent on padding.",
            "None beyond the longest sequence, which is then always full.",
        ),
    ] = False
    padding_free: Annotated[
        bool,
        _about(
            "No padding",
            "Joins the rows of a batch into one sequence instead of padding them all to the longest; each still sees "
            "only itself, and the result is the same. Faster wherever lengths differ.",
            "Saves what the padding and its mask would take; never costs any.",
        ),
    ] = False
    group_by_length: Annotated[
        bool,
        _about(
            "Group by length",
            "Makes steps of rows of like length, so that less is padded. The order is less random for it. Has no "
            "effect where rows are packed.",
            "None: the longest rows still meet once.",
        ),
    ] = False
