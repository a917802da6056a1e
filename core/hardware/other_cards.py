"""Graphics cards that NVML does not speak for, named honestly, with a note on what works."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from msgspec import structs

from core.hardware.machine import OtherCard
from core.hardware.system import ROOT, cpu_name

VENDORS = {0x1002: "AMD", 0x8086: "Intel", 0x10DE: "NVIDIA"}
PCI_ID_LISTS = ("usr/share/hwdata/pci.ids", "usr/share/misc/pci.ids", "usr/share/pci.ids")
NVIDIA_ONLY = (
    "Tunesmith trains on NVIDIA cards only, for now. Here it trains on the processor, enough for the starter model and "
    "others of up to about a billion parameters; estimates for any card of the table work too."
)
NOTES = {
    "AMD": NVIDIA_ONLY,
    "Intel": NVIDIA_ONLY,
    "Apple": f"{NVIDIA_ONLY} The graphics share the computer's memory.",
    "NVIDIA": "The card is there, but its driver does not work. Install NVIDIA's driver, restart, and look again.",
    "nouveau": "The card runs on the free driver nouveau, which cannot compute. Install NVIDIA's own driver, restart, "
    "and look again.",
}
BESIDE_NVIDIA = "Not trained on. A desktop that this one draws leaves the NVIDIA card's memory free."


def other_cards(nvidia_works: bool, root: Path = ROOT) -> list[OtherCard]:
    """Cards other than those NVML reports; an NVIDIA card is among them only where `nvidia_works` is false."""
    if sys.platform == "darwin":
        cards = _apple()
    elif sys.platform == "win32":
        cards = _windows()
    else:
        cards = _linux(root)
    if not nvidia_works:
        return cards
    return [structs.replace(card, note=BESIDE_NVIDIA) for card in cards if card.vendor != "NVIDIA"]


def _card(name: str, vendor: str, memory_bytes: int | None = None, driver: str = "") -> OtherCard:
    return OtherCard(name=name, vendor=vendor, note=NOTES.get(driver) or NOTES[vendor], memory_bytes=memory_bytes)


def _apple() -> list[OtherCard]:
    if platform.machine() != "arm64":
        return []
    return [_card(f"{cpu_name()} graphics", "Apple")]


def _linux(root: Path) -> list[OtherCard]:
    """From `/sys/class/drm/cardN/device/{vendor,device}`, which every kernel graphics driver fills (PCI ids)."""
    cards: list[OtherCard] = []
    cards_there = [folder for folder in (root / "sys/class/drm").glob("card*") if folder.name[4:].isdigit()]
    for device in (folder / "device" for folder in sorted(cards_there, key=lambda folder: int(folder.name[4:]))):
        vendor_id, device_id = _hex(device / "vendor"), _hex(device / "device")
        if vendor_id in VENDORS and device_id is not None:
            vendor = VENDORS[vendor_id]
            name = _listed_name(vendor_id, device_id, root) or f"graphics {vendor_id:04x}:{device_id:04x}"
            driver = (device / "driver").resolve().name  # a link to the driver's own folder
            cards.append(_card(f"{vendor} {name}", vendor, _bytes(device / "mem_info_vram_total"), driver))
    return cards


def _bytes(path: Path) -> int | None:
    """What the amdgpu driver tells of a card's memory."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _hex(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").strip(), 16)
    except (OSError, ValueError):
        return None


def _listed_name(vendor_id: int, device_id: int, root: Path) -> str:
    """The device's name in the system's own list of PCI ids (vendors at the margin, devices after one tab)."""
    for listed in PCI_ID_LISTS:
        if not (root / listed).is_file():
            continue
        inside = False
        with (root / listed).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line[:1] not in ("\t", "#", "\n"):
                    if inside:
                        break
                    inside = line.startswith(f"{vendor_id:04x} ")
                elif inside and line.startswith(f"\t{device_id:04x} "):
                    return line.split(maxsplit=1)[1].strip()
    return ""


def _windows() -> list[OtherCard]:
    """From the registry's display class, where each driver writes its card's name."""
    cards: list[OtherCard] = []
    if sys.platform == "win32":
        import winreg

        key = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
        for number in range(8):
            try:
                with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{key}\{number:04d}") as entry:
                    name = str(winreg.QueryValueEx(entry, "DriverDesc")[0])
            except OSError:
                continue
            vendor = next((v for v in VENDORS.values() if v.lower() in name.lower()), None)
            if name.startswith("Radeon"):
                vendor = "AMD"
            if vendor:
                cards.append(_card(name, vendor))
    return cards
