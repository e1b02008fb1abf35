"""The Parameter row, which every adapter yields, and the protocol of an adapter.

An adapter walks a net and says what each parameter is: name, shape, dtype, role, how its
axes form a linear map, whether it has a value already. It draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from netinit.initializers import Initializer

__all__ = ["DTYPES", "Adapter", "Layout", "Parameter"]

#: The floating-point types that the core draws, with their size in bytes.
DTYPES = {
    "float32": 4,
    "float64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
}


@dataclass(frozen=True, slots=True)
class Layout:
    r"""Which axes of a weight array are outputs and inputs of its linear map.

    Axes that are neither are the kernel (receptive field) of a convolution. `stack` maps of
    equal size may be packed along `stack_axis`: the gates of a recurrent layer, the query,
    key and value projections of attention, the groups of a convolution.

    Examples
    --------
    A dense weight (out, in): ``Layout((0,), (1,))``. A PyTorch convolution with g groups
    (out, in/g, \*kernel): ``Layout((0,), (1,), stack=g, stack_axis=0)``; transposed
    (in, out/g, \*kernel): ``Layout((1,), (0,), stack=g, stack_axis=0)``. An LSTM's
    (4 hidden, in): ``Layout((0,), (1,), stack=4)``.
    """

    out_axes: tuple[int, ...]
    in_axes: tuple[int, ...]
    stack: int = 1
    stack_axis: int = 0


#: The layout of a dense weight (out, in), and of (out, in, *kernel).
DENSE = Layout((0,), (1,))


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


class Adapter(Protocol):
    """What a framework's folder provides so that `initialize` and `plan` can serve its nets."""

    #: The framework's name, for messages.
    framework: str

    def parameters(self) -> Sequence[Parameter]:
        """Return every parameter and buffer in the net's own order, each storage once.

        A row whose shape is unknown has ``shape=None``: `plan` shows it, `initialize` raises.
        """
        ...

    def unfinished(self) -> Sequence[str]:
        """Return the names of arrays without a row that have no value yet.

        `open` and `close` complete them, also where no parameter is selected.
        """
        ...

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for all of `parameters` before any is written.

        Raise, and change nothing, where that fails or where the net could not be completed.
        """
        ...

    def array(self, parameter: Parameter) -> np.ndarray:
        """Return a writable view of the parameter's memory, of its shape.

        Types that numpy lacks are viewed as unsigned integers (`netinit.arrays.STORAGE`); the
        row's dtype says what they hold.
        """
        ...

    def close(self, parameters: Sequence[Parameter]) -> None:
        """Mark `parameters`, all of them written now, as initialized; finish buffers."""
        ...

    def global_seed(self) -> int:
        """Draw a seed from the framework's global generator (``seed=netinit.Inherited``)."""
        ...
