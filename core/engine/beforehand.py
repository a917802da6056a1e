"""What is refused before data is read and a model is loaded: seconds after the start, not minutes."""

from __future__ import annotations

from pathlib import Path

from core.engine.adapter import ALL_LINEAR, targets_of
from core.engine.device import Device
from core.engine.load import check_folder, form_of
from core.engine.refusals import check_model, check_settings
from core.settings import TrainingSettings


def check_beforehand(folder: Path, settings: TrainingSettings, device: Device) -> None:
    """Refuse settings that contradict each other, the device, or the model in `folder`.

    Raises:
        TunesmithError: as `check_settings`, `check_folder`, `check_model`; `adapter.no_such_target`,
            `model.unsupported`.
    """
    check_settings(settings, device)
    config = check_folder(folder)
    check_model(config, settings)
    if settings.lora_targets.strip() != ALL_LINEAR:
        targets_of(form_of(folder, config), settings.lora_targets)
