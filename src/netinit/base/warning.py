"""Warnings that name the caller's line."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

__all__ = ["warn"]


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the line that called netinit, however deep in it this is found out."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and frame.f_globals.get("__name__", "").startswith("netinit."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
