"""PaddlePaddle: `paddle.nn.initializer` and `paddle.nn.init`, drawn by netinit."""

from __future__ import annotations

__all__ = ["init", "initializer"]
