"""Errors and warnings that netinit raises, besides Python's own."""

from __future__ import annotations

__all__ = [
    "CheckpointError",
    "NothingToInitializeWarning",
    "SameStreamWarning",
    "SymmetryWarning",
    "UnresolvedShapeError",
]


class NothingToInitializeWarning(UserWarning):
    """`initialize` found no uninitialized parameter and changed nothing."""


class SameStreamWarning(UserWarning):
    """Two arrays without names were filled from one stream, so they hold the same numbers."""


class SymmetryWarning(UserWarning):
    """A method leaves every weight of a parameter equal, so training cannot tell them apart."""


class UnresolvedShapeError(ValueError):
    """A parameter's shape is not known yet, so its fans and its values are not defined."""


class CheckpointError(ValueError):
    """A checkpoint file or its header is not what the safetensors format allows."""
