"""A parameter: one array of a net, as its adapter describes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netinit.arrays.dtypes import DTYPES
from netinit.shapes.layout import Layout

if TYPE_CHECKING:
    from netinit.initializers.base import Initializer


__all__ = ["Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One array of a net: what it is, and whether it needs a value.

    Attributes
    ----------
    name : str
        The canonical dotted path; it names the stream.
    shape : tuple of int, or None
        The whole logical array's shape; None where the net has not resolved it.
    dtype : str
        One of ``DTYPES``.
    role : str
        "weight", "bias", or what a fixed value is ("scale", "shift", "statistic", ...); shown
        in the plan and seen by predicates.
    layout : Layout or None
        For a weight: how its axes form a linear map. None where it has no fans.
    fixed : Initializer or None
        What the parameter is filled with whatever the method: a `Constant`, mostly.
    initialized : bool
        Whether it has a value that `initialize` must keep.
    kind : str
        "parameter" (learnable) or "buffer".
    layer : str
        The type of the layer that owns it, as its framework names it.
    aliases : tuple of str
        Other names of the same storage (tied weights).
    zero_row : int or None
        A row (index along axis 0) set to zero after the fill: an embedding's padding row.
    note : str
        A remark for the plan.
    target : object
        The adapter's own handle; nobody else looks into it.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str = "float32"
    role: str = "weight"
    layout: Layout | None = None
    fixed: Initializer | None = None
    initialized: bool = False
    kind: str = "parameter"
    layer: str = ""
    aliases: tuple[str, ...] = ()
    zero_row: int | None = None
    note: str = ""
    target: Any = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """The number of elements; 0 while the shape is not resolved."""
        return math.prod(self.shape) if self.shape is not None else 0

    @property
    def nbytes(self) -> int:
        """The number of bytes of the array in its dtype."""
        return self.size * DTYPES[self.dtype]
