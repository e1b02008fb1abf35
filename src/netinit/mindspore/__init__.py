"""MindSpore: `mindspore.common.initializer`, drawn by netinit."""

from __future__ import annotations

__all__ = ["initializer"]
