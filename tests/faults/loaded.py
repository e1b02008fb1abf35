"""What children of test_load_orders.py import, and fill."""

from __future__ import annotations

import hashlib
import importlib
import os

__all__ = ["values"]


def _compute(name: str) -> None:
    if name == "torch":
        import torch

        torch.ones(600, 600) @ torch.ones(600, 600)
    elif name == "jax":
        import jax.numpy as jnp

        (jnp.ones((600, 600)) @ jnp.ones((600, 600))).block_until_ready()
    elif name == "numpy":
        import numpy as np

        np.ones((600, 600)) @ np.ones((600, 600))


def values(modules: list[str]) -> str:
    """Load modules in an order, have them compute with threads, fill; return the hash."""
    for name in modules:
        importlib.import_module(name)
        if not os.environ.get("IN_CHILD"):  # the threads of others end in a fork, and they may hang
            _compute(name)
    import netinit

    parts = [
        netinit.create((700, 900), netinit.Normal(), seed=1, name="w", threads=4),
        netinit.create((300, 200), "orthogonal", seed=1, name="w", threads=4),
    ]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
