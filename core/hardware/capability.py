"""What an NVIDIA card's compute capability means for training.

Source: the CUDA C++ Programming Guide, appendix on compute capabilities; for CUDA 13 its release notes, which take
Maxwell, Pascal and Volta away.
"""

from __future__ import annotations

from core.hardware.machine import Abilities

ARCHITECTURES = (
    ((10, 0), "Blackwell"),
    ((9, 0), "Hopper"),
    ((8, 9), "Ada Lovelace"),
    ((8, 0), "Ampere"),
    ((7, 5), "Turing"),
    ((7, 0), "Volta"),
    ((6, 0), "Pascal"),
    ((5, 0), "Maxwell"),
)
WITHOUT_TENSOR_CORES = "GTX 16"  # Turing's small chips, of capability 7.5 as the others


def abilities_of(capability: tuple[int, int], name: str = "") -> Abilities:
    """What a card of this capability can do; the name tells the Turing cards without tensor cores apart."""
    tensor_cores = capability >= (7, 0) and WITHOUT_TENSOR_CORES not in name
    architecture = next((word for first, word in ARCHITECTURES if capability >= first), "older than Maxwell")
    return Abilities(
        architecture=architecture,
        tensor_cores=tensor_cores,
        bf16=capability >= (8, 0),
        int8_tensor_cores=tensor_cores and capability >= (7, 5),
        fp8_tensor_cores=capability >= (8, 9),
        cuda_13=capability >= (7, 5),
    )


def in_words(abilities: Abilities) -> list[tuple[str, str]]:
    """Each ability, or that it is missing, with what follows from it."""
    return [
        ("Tensor cores", "16-bit products run on units of their own, several times as fast.")
        if abilities.tensor_cores
        else ("No tensor cores", "16-bit products run no faster than 32-bit ones: training is slow."),
        ("bf16", "Trains in bf16, which has the range of fp32: the loss needs no scaling.")
        if abilities.bf16
        else (
            "No bf16",
            "Trains in fp16 with loss scaling; now and then a step is left out. Cards from Ampere on have it.",
        ),
        ("int8", "Bases in int8 are multiplied as int8.")
        if abilities.int8_tensor_cores
        else ("No int8", "Bases in int8 save memory here, but no time; NF4 is the better choice."),
        ("fp8", "Has fp8 units. Tunesmith does not train in fp8 yet.")
        if abilities.fp8_tensor_cores
        else ("No fp8", "Nothing is lost: Tunesmith does not train in fp8 yet."),
        *([] if abilities.cuda_13 else [("Too old for CUDA 13", "Needs a PyTorch that is built for CUDA 12.")]),
    ]
