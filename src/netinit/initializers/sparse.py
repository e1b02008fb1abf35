"""Sparse matrices: each column has the same number of zeros, in random places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netinit import _core
from netinit.arrays.slice import Slice
from netinit.base.checks import number
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.complex import Cartesian, ComplexInitializer, part_of
from netinit.initializers.convert import as_distribution
from netinit.initializers.elementwise import Core, Elementwise
from netinit.streams.stream import Stream

__all__ = ["Sparse"]


@dataclass(frozen=True, slots=True)
class Sparse(Initializer):
    """A matrix with exactly ceil(sparsity rows) zeros in each column, the rest drawn.

    Parameters
    ----------
    sparsity : float
        The fraction of each column that is zero, 0 to 1.
    distribution : Distribution or number, default 0.01
        What the other elements are drawn from; a number s means ``Normal(0, s)``.

    Raises
    ------
    ValueError
        If `sparsity` is not in 0 to 1; when filling, if the array does not have two axes.

    Notes
    -----
    The zeros' places are drawn from the same stream at other draw numbers: a random subset of
    each column's rows, all of that size equally likely; docs/stream.md, section 8, defines it.
    Where there are more zeros than other elements, the places of these are drawn. They do not
    depend on the array's dtype or values. Martens: Deep learning via Hessian-free
    optimization, ICML 2010.

    Examples
    --------
    >>> import netinit
    >>> matrix = netinit.create((4, 3), netinit.initializers.Sparse(0.5, 1.0))
    >>> (matrix == 0).sum(axis=0).tolist()
    [2, 2, 2]
    """

    sparsity: float
    distribution: Any = 0.01

    def __post_init__(self) -> None:
        sparsity = number("sparsity", self.sparsity)
        if not 0 <= sparsity <= 1:
            raise ValueError(f"sparsity must be in 0 to 1, not {sparsity!r}")
        object.__setattr__(self, "sparsity", sparsity)
        object.__setattr__(self, "distribution", as_distribution(self.distribution))

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The distribution."""
        return (self.distribution,)

    @property
    def mean(self) -> float | None:
        """The mean that the elements show, but for the rounding up of the zeros' number."""
        mean: float | None = self.distribution.mean
        return None if mean is None else (1 - self.sparsity) * mean

    @property
    def std(self) -> float | None:
        """The standard deviation that the elements show, but for that rounding."""
        mean, std = self.distribution.mean, self.distribution.std
        if mean is None or std is None:
            return None
        kept = 1 - self.sparsity
        return math.sqrt(kept * (std**2 + self.sparsity * mean**2))

    @property
    def constant(self) -> bool:
        """Whether every element is zero."""
        return self.sparsity == 1

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        drawn: Distribution = self.distribution
        if isinstance(drawn, Elementwise):
            self._draw(out, stream, threads, drawn.core)
        else:  # from code, not by the core
            drawn.fill(out, stream, threads)
            self._draw(out, stream, threads, None)

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` is that of a matrix."""
        if len(shape) != 2:
            raise ValueError(f"Sparse needs an array of 2 axes, not of shape {shape}")

    def clear(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Set the zeros in a slice, and leave the rest as it is."""
        self._draw(out, stream, threads, None)

    def _draw(self, out: Slice, stream: Stream, threads: int | None, core: Core | None) -> None:
        """Set the zeros in `out`, and draw the rest by `core` if given."""
        zeros = math.ceil(self.sparsity * out.shape[0])
        where = (stream.key, stream.offset, stream.draw)
        _core.sparse(out.array, out.dtype, *where, zeros, out.shape, out.start, threads, core)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe = self.distribution.to_json()
        return {"pattern": "sparse", "sparsity": self.sparsity, "of": recipe}

    def __str__(self) -> str:
        return f"Sparse({self.sparsity:.3g}) of {self.distribution}"


@dataclass(frozen=True, slots=True)
class SparseComplex(ComplexInitializer):
    """A sparse matrix of complex numbers: both parts drawn, and zero in the same places.

    Parameters
    ----------
    matrix : Sparse
        For elements of variance v, the parts have v / 2 each.
    """

    matrix: Sparse

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` is that of a matrix."""
        self.matrix.check_shape(shape)

    def check_parts(self, dtype: str) -> None:
        """Raise ValueError if the numbers cannot be drawn in `dtype`."""
        self.matrix.check_dtype(dtype)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of a complex matrix from a stream."""
        drawn: Initializer = self.matrix.distribution
        Cartesian(drawn, drawn).fill(out, stream, threads)
        for part in ("real", "imag"):
            self.matrix.clear(part_of(out, part), stream, threads)
