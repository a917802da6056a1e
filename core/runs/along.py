"""Along: what curves are drawn along."""

from __future__ import annotations

from typing import Literal

Along = Literal["step", "tokens", "time"]
"""Optimiser steps, tokens trained on, or seconds of training."""
