"""Keras's backends that can run here, the lightest first."""

from __future__ import annotations

import importlib.util

#: Each backend and the package that it needs; the numpy one stands on JAX.
_NEEDS = {"numpy": "jax", "torch": "torch", "jax": "jax", "tensorflow": "tensorflow"}
BACKENDS = [name for name, package in _NEEDS.items() if importlib.util.find_spec(package)]
