"""The main job on what ships, for real: what it teaches is counted by the stated rules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_demo_teaches_the_manner_and_keeps_the_facts() -> None:
    demo = subprocess.run(
        [sys.executable, "-P", "-m", "core.cli", "demo", "--json"], capture_output=True, text=True, check=False
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    seen = json.loads(demo.stdout)
    assert set(seen) >= {"hardware", "recommendation", "run", "examples", "seconds"}
    assert seen["loss_last"] <= seen["loss_first"] / 2
    assert seen["manner"]["prompts"] >= 40
    assert seen["manner"]["tuned_share"] >= 0.90
    assert seen["manner"]["base_share"] <= 0.05
    assert seen["right"]["tuned_share"] >= 0.75
    assert seen["right"]["base_share"] >= 0.85
    assert all(Path(plot).read_bytes().startswith(b"\x89PNG") for plot in seen["plots"])
    assert len(seen["plots"]) == 3
