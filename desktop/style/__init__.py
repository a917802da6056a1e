"""One theme: a table of colours by meaning, one of spacings, one type scale."""

from desktop.style.metrics import BUTTON, PRIMARY, RADIUS, ROW, SIZE, SPACE

__all__ = ["BUTTON", "PRIMARY", "RADIUS", "ROW", "SIZE", "SPACE"]
