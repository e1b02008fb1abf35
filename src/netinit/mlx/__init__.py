"""MLX: `mlx.nn.init`, drawn by netinit."""

from __future__ import annotations

__all__ = ["init"]
