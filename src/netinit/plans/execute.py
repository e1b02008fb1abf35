"""Carrying out a plan: the one place that fills what a plan says, whole, in parts, in ranges.

A sink owns memory (a net's arrays, a file's chunks, the shards of a distributed tensor) and asks
here for its contents.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from netinit.arrays.dtypes import STORAGE
from netinit.arrays.slice import Slice
from netinit.base.spelling import listing
from netinit.errors import UnresolvedShapeError
from netinit.initializers.base import Initializer
from netinit.initializers.elementwise import Elementwise, filling
from netinit.initializers.fillings import Fillings
from netinit.parameters.parameter import Parameter
from netinit.plans.assignment import Assignment
from netinit.streams.stream import Stream

__all__ = ["FlatRanges", "fill_all", "refuse_unresolved"]


def refuse_unresolved(assignments: Iterable[Assignment]) -> None:
    """Raise UnresolvedShapeError if a parameter's shape is not known yet; all are named."""
    unresolved = [a.name for a in assignments if a.initializer is None]
    if unresolved:
        raise UnresolvedShapeError(
            f"the shapes of {listing(unresolved)} are not known yet; give the net its input's "
            "shape (input=... of a netinit net, a dry run of a torch Lazy module, a call or "
            "build(input_shape) of a Keras model, initialize(X) of a Thinc one)"
        )


def fill_all(
    assignments: Sequence[Assignment],
    parts_of: Callable[[Parameter], Iterable[Slice]],
    threads: int | None = None,
) -> None:
    """Fill arrays, each in the memory that its sink has for it, whole or in parts.

    Parameters
    ----------
    assignments : sequence of Assignment
        Of known shapes.
    parts_of : callable
        Gives the parts of a parameter's memory: in a sequence what stays until all is filled; one
        by one what is taken back, filled, when the next is asked for.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Notes
    -----
    Whole arrays that stay, of distributions that the core draws, are left to calls of it with many
    of them, which have the small ones filled in parallel.
    """
    fillings = Fillings(threads)
    for assignment in assignments:
        initializer: Any = assignment.initializer
        stream = assignment.stream
        parts = parts_of(assignment.parameter)
        kind: Any = type(initializer)
        many = _is_elementwise(kind) and (type(parts) is tuple or isinstance(parts, Sequence))
        for out in parts:
            if many and out.whole and (out.address or out.array.flags.carray):
                memory = (out.address, out.nbytes) if out.address else out.array
                fillings.add(filling(memory, out.dtype, stream, initializer.core), out)
            else:
                initializer.fill(out, stream, threads)
    fillings.end()


@lru_cache(maxsize=256)
def _is_elementwise(kind: type[Initializer]) -> bool:
    """Return whether the core draws what a class stands for, without an abstract class's search."""
    return issubclass(kind, Elementwise)


class FlatRanges:
    """An array as a sequence of elements in C order, of which any range can be made.

    A distribution makes just the range asked for. Other initializers have no such cut: their
    array is made whole at the first range and kept until the last element is taken, so its
    ranges should come in order.

    Parameters
    ----------
    initializer, stream : Initializer, Stream
        What the array is drawn from.
    shape, dtype : tuple of int, str
        Of the whole array.
    threads : int, optional
        At most this many threads; the values do not depend on it.
    """

    def __init__(
        self,
        initializer: Initializer,
        stream: Stream,
        shape: tuple[int, ...],
        dtype: str,
        threads: int | None = None,
    ) -> None:
        self.initializer = initializer
        self._flat = initializer.flat(shape)
        self.stream, self.shape, self._threads = stream, shape, threads
        self._whole: np.ndarray | None = None
        self.dtype = dtype
        self.size = math.prod(shape)

    @property
    def ranged(self) -> bool:
        """Whether a range is made alone, and several threads may make several at a time."""
        return self._flat is not None

    def fill(self, out: np.ndarray, first: int) -> None:
        """Fill `out`, of the dtype that stores the array's type, with the elements from `first`.

        Raises
        ------
        TypeError, ValueError
            If the initializer does not fit the array.
        """
        if self._flat is not None:
            part = Slice(out, self.dtype, (self.size,), (first,))
            self._flat.fill(part, self.stream, self._threads)
            return
        if self._whole is None:
            whole = np.empty(self.shape, STORAGE[self.dtype])
            self.initializer.fill(Slice(whole, self.dtype), self.stream, self._threads)
            self._whole = whole.reshape(-1)
        end = first + len(out)
        out[:] = self._whole[first:end]
        if end == self.size:
            self._whole = None
