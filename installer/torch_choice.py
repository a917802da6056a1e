"""Which build of PyTorch suits this computer, and where to look for it, in order. Pure functions over one table."""

from dataclasses import dataclass

PYTORCH_INDEX = "https://download.pytorch.org/whl"

Version = tuple[int, ...]


@dataclass(frozen=True)
class Nvidia:
    """What is known of the NVIDIA driver; each part may be missing alone."""

    driver: Version | None = None
    cuda: Version | None = None
    capabilities: tuple[Version, ...] = ()


@dataclass(frozen=True)
class CudaBuild:
    """One CUDA build of PyTorch and what it runs on; `capabilities` are the lowest and the highest, None for no end."""

    name: str
    cuda: Version
    minimum_driver: dict[str, Version]
    capabilities: tuple[Version, Version | None]


# Builds of PyTorch 2.13, newest first (github.com/pytorch/pytorch, issues 178665 and 190355: 12.6 is kept for older
# cards, 13.0 is what the package index carries for Linux). Least drivers under minor version compatibility:
# docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html, and for Windows and CUDA 12 the
# CUDA Toolkit 12.6 release notes. Change this table with the torch requirement in pyproject.toml.
CUDA_BUILDS = (
    CudaBuild("cu130", (13, 0), {"Linux": (580,), "Windows": (580,)}, ((7, 5), None)),
    CudaBuild("cu126", (12, 6), {"Linux": (525, 60), "Windows": (528, 33)}, ((5, 0), (9, 0))),
)


@dataclass(frozen=True)
class TorchChoice:
    """The wanted build ("cpu", "cu130", "cu126" or "default") and why; `note` is for the person, if there is one."""

    build: str
    reason: str
    note: str = ""

    @property
    def is_cuda(self) -> bool:
        return self.build.startswith("cu")

    @property
    def title(self) -> str:
        if self.is_cuda:
            return f"CUDA {self.build[2:-1]}.{self.build[-1]} build"
        return "CPU build" if self.build == "cpu" else "build for this system"


@dataclass(frozen=True)
class Source:
    """A place to look: an index (None: pip's own settings), and whether only a "cpu" or "cuda" build there will do."""

    index: str | None
    accept: str
    warning: str = ""


def _driver_suits(build: CudaBuild, system: str, nvidia: Nvidia) -> bool:
    if nvidia.driver is not None:
        return nvidia.driver >= build.minimum_driver[system]
    # A driver runs every minor version of its CUDA's major version.
    return nvidia.cuda is None or nvidia.cuda[0] >= build.cuda[0]


def _suits(build: CudaBuild, system: str, nvidia: Nvidia, capabilities: tuple[Version, ...]) -> bool:
    lowest, highest = build.capabilities
    return _driver_suits(build, system, nvidia) and all(
        lowest <= capability and (highest is None or capability <= highest) for capability in capabilities
    )


def choose(system: str, nvidia: Nvidia | None) -> TorchChoice:
    """Choose by `platform.system()` and the driver that was found."""
    if system not in ("Linux", "Windows"):
        return TorchChoice("default", f"{system} has one build")
    if nvidia is None:
        return TorchChoice("cpu", "no NVIDIA driver found")
    found = f"NVIDIA driver {'.'.join(map(str, nvidia.driver))}" if nvidia.driver else "an NVIDIA driver"
    # All cards if one build serves them all, else the best card.
    for capabilities in (nvidia.capabilities, tuple(sorted(nvidia.capabilities)[-1:])):
        for build in CUDA_BUILDS:
            if _suits(build, system, nvidia, capabilities):
                return TorchChoice(build.name, found)
    cards = ", ".join(f"{major}.{minor}" for major, minor in nvidia.capabilities) or "unknown"
    newest = ".".join(map(str, CUDA_BUILDS[0].minimum_driver[system]))
    return TorchChoice(
        "cpu", f"{found} suits no CUDA build",
        f"{found} with compute capability {cards} suits no CUDA build of this PyTorch, so the card will not be used. "
        f"For a card of compute capability 7.5 or newer, update the driver to {newest} and run this again.",
    )  # fmt: skip


def sources(system: str, choice: TorchChoice) -> tuple[Source, ...]:
    """Where to look for the chosen build, best first; the last one takes what there is, with its warning."""
    if choice.build == "default":
        return (Source(None, "any"),)
    index = Source(f"{PYTORCH_INDEX}/{choice.build}", "any")
    if choice.is_cuda:
        plain = Source(
            None, "any", "PyTorch's own index was not reached: taking the build that pip's index has, "
            "which may not use your card. Run this again later to change it.",
        )  # fmt: skip
        if system == "Linux" and choice.build == CUDA_BUILDS[0].name:
            return Source(None, "cuda"), index, plain
        return index, plain
    if system == "Windows":
        return (Source(None, "any"),)  # the package index has the CPU build for Windows
    plain = Source(
        None, "any", "no CPU build of PyTorch was reached: taking the CUDA build, which works without a card "
        "but downloads about 3 GB.",
    )  # fmt: skip
    return Source(None, "cpu"), index, plain


def is_large(system: str, build: str) -> bool:
    """Whether a build brings CUDA's libraries; "unknown" is the package index's own, which on Linux does."""
    return build.startswith("cu") or (build == "unknown" and system == "Linux")


def must_replace(installed: str, choice: TorchChoice) -> bool:
    """Whether an installed build ("cpu", "cu13", "cu126", ...) has to go. A CUDA build also serves without a card."""
    return choice.is_cuda and installed[:4] != choice.build[:4]
