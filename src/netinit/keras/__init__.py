"""Keras 3: its initializers, drawn by netinit, on every backend.

Importing this package registers them with Keras, so that layers and saved models find them by
name: ``keras.layers.Dense(10, kernel_initializer="netinit>GlorotUniform")``.
"""

from __future__ import annotations

__all__ = ["initializers"]
