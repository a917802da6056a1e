"""How the base model is held and computed with."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import msgspec

from core.quantization import METHODS
from core.settings.about import about

_about = partial(about, group="model")


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “model”."""

    quantization: Annotated[
        str,
        _about(
            "Quantisation",
            "In how many bits the frozen base model is held: " + " ".join(m.help for m in METHODS.values()),
            "The largest lever: about 0.5, 1 or 2 bytes a parameter.",
            more=False,
            extra_json_schema={"enum": list(METHODS)},
        ),
    ] = "nf4"
    double_quantization: Annotated[
        bool,
        _about(
            "Double quantisation",
            "Quantises the scales of NF4's blocks once more. Practically free in quality.",
            "Saves about 0.37 bits a parameter, 0.30 GiB on an 8B model.",
        ),
    ] = True
    compute_dtype: Annotated[
        Literal["bf16", "fp16", "fp32"],
        _about(
            "Compute precision",
            "The number format of the calculations. bf16 on Ampere and newer cards, fp16 on older ones, fp32 on the "
            "processor.",
            "fp32 doubles the activations and any unquantised weights.",
        ),
    ] = "bf16"
    tf32: Annotated[
        bool,
        _about(
            "TF32",
            "Lets what is computed in 32 bits on a card take its tensor cores, with the mantissa cut to 10 bits: much "
            "faster, and exact enough. Cards before Ampere and the processor do not have it.",
            "None.",
        ),
    ] = True
