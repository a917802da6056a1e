"""Every kind of computer gets the build of PyTorch that runs on it, from the first place that has it."""

import pytest

from installer import nvidia
from installer.distributions import build_by_requirements
from installer.torch_choice import Nvidia, Source, choose, is_large, must_replace, sources
from installer.torch_step import first_source

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@pytest.mark.parametrize(
    ("system", "found", "build"),
    [
        ("Linux", None, "cpu"),
        ("Windows", None, "cpu"),
        ("Darwin", None, "default"),
        ("Linux", Nvidia((580, 65, 6), None, ((8, 6),)), "cu130"),
        ("Linux", Nvidia((580, 65, 6), None, ((6, 1),)), "cu126"),
        ("Linux", Nvidia((550, 54, 14), None, ((8, 9),)), "cu126"),
        ("Linux", Nvidia((470, 82, 1), None, ((8, 6),)), "cpu"),
        ("Linux", Nvidia((570, 86), None, ((12, 0),)), "cpu"),
        ("Linux", Nvidia((590, 1), None, ((13, 0),)), "cu130"),
        ("Linux", Nvidia((590, 1), None, ((6, 1), (12, 0))), "cu130"),
        ("Linux", Nvidia((590, 1), None, ((6, 1), (8, 6))), "cu126"),
        ("Windows", Nvidia((581, 29), None, ((8, 9),)), "cu130"),
        ("Windows", Nvidia((528, 33), None, ((8, 6),)), "cu126"),
        ("Windows", Nvidia((528, 2), None, ((8, 6),)), "cpu"),
        ("Windows", Nvidia(None, (13, 0)), "cu130"),
        ("Windows", Nvidia(None, (12, 4)), "cu126"),
        ("Windows", Nvidia(None, (11, 8)), "cpu"),
        ("Linux", Nvidia(), "cu130"),
    ],
)
def test_the_build_suits_driver_and_card(system: str, found: Nvidia | None, build: str) -> None:
    assert choose(system, found).build == build


def test_a_driver_too_old_is_said_with_what_to_do() -> None:
    note = choose("Linux", Nvidia((470, 82), None, ((8, 6),))).note
    assert "470.82" in note
    assert "update the driver to 580" in note


def looked_at(
    answers: dict[str | None, str | None], places: tuple[Source, ...]
) -> tuple[str | None, bool, list[str | None]]:
    asked: list[str | None] = []

    def look(index: str | None) -> str | None:
        asked.append(index)
        return answers.get(index)

    found = first_source(places, look)
    assert found is not None
    return found[0].index, bool(found[0].warning), asked


def test_without_a_card_a_cpu_build_near_at_hand_is_taken_and_nobody_else_is_asked() -> None:
    places = sources("Linux", choose("Linux", None))
    assert looked_at({None: "cpu"}, places) == (None, False, [None])


def test_without_a_card_the_cpu_index_saves_the_cuda_download() -> None:
    places = sources("Linux", choose("Linux", None))
    assert looked_at({None: "cu13", CPU_INDEX: "cpu"}, places) == (CPU_INDEX, False, [None, CPU_INDEX])
    assert looked_at({None: "unknown", CPU_INDEX: "cpu"}, places) == (CPU_INDEX, False, [None, CPU_INDEX])


def test_without_a_card_and_without_the_cpu_index_the_cuda_build_is_taken_with_a_warning() -> None:
    places = sources("Linux", choose("Linux", None))
    assert looked_at({None: "cu13"}, places) == (None, True, [None, CPU_INDEX])


def test_with_no_network_nothing_is_found() -> None:
    assert first_source(sources("Linux", choose("Linux", None)), lambda index: None) is None


def test_with_a_card_a_cpu_wheel_at_hand_is_passed_over() -> None:
    cuda_index = "https://download.pytorch.org/whl/cu130"
    places = sources("Linux", choose("Linux", Nvidia((580, 65), None, ((8, 6),))))
    assert looked_at({None: "cu13"}, places)[:2] == (None, False)
    assert looked_at({None: "cpu", cuda_index: "cu130"}, places)[:2] == (cuda_index, False)


def test_windows_without_a_card_takes_the_package_indexs_build_which_is_small() -> None:
    assert looked_at({None: "unknown"}, sources("Windows", choose("Windows", None))) == (None, False, [None])
    assert not is_large("Windows", "unknown")
    assert is_large("Linux", "unknown")
    assert is_large("Windows", "cu126")


def test_windows_with_a_card_asks_pytorchs_own_index_first() -> None:
    places = sources("Windows", choose("Windows", Nvidia((581, 29), None, ((8, 9),))))
    assert places[0].index == "https://download.pytorch.org/whl/cu130"


def test_a_cpu_build_is_replaced_when_a_driver_has_come_and_a_cuda_build_stays_when_it_has_gone() -> None:
    with_card = choose("Linux", Nvidia((580, 65), None, ((8, 6),)))
    assert must_replace("cpu", with_card)
    assert must_replace("cu126", with_card)
    assert not must_replace("cu13", with_card)
    assert not must_replace("cu13", choose("Linux", None))


def test_a_build_is_recognised_by_the_packages_it_requires() -> None:
    assert build_by_requirements(["sympy", 'nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"']) == "cu13"
    assert build_by_requirements(["sympy>=1.13.3", "jinja2"]) == "cpu"


def test_what_nvidia_smi_and_the_kernel_say_is_read() -> None:
    two = "550.54.14, 8.6\n550.54.14, 6.1\n"
    assert nvidia.parse_smi(two) == Nvidia((550, 54, 14), None, ((8, 6), (6, 1)))
    assert nvidia.parse_smi("470.82.01, [N/A]\n") == Nvidia((470, 82, 1), None, ())
    assert nvidia.parse_smi("NVIDIA-SMI has failed because it couldn't communicate with the driver") is None
    kernel = (
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\nGCC version:  gcc 12.3.0\n"
    )
    assert nvidia.parse_kernel_file(kernel) == Nvidia((580, 65, 6))
