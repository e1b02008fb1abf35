"""Patterns of ones: the identity matrix, Dirac kernels, delta-orthogonal kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.arrays.slice import Slice
from netinit.base.checks import integer, number
from netinit.initializers.base import Initializer
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.placing import check_axes, set_where
from netinit.shapes.layout import DENSE, Layout
from netinit.streams.stream import Stream

__all__ = ["DeltaOrthogonal", "Dirac", "Eye"]


@dataclass(frozen=True, slots=True)
class Eye(Initializer):
    """The identity matrix times a gain: `gain` on the main diagonal, exact zeros elsewhere.

    Parameters
    ----------
    gain : float, default 1
        Any finite number.

    Raises
    ------
    ValueError
        If the gain is not finite; when filling, if the array does not have two axes.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 3), netinit.initializers.Eye())
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", number("gain", self.gain))

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has two axes."""
        if len(shape) != 2:
            raise ValueError(f"Eye needs an array of 2 axes, not of shape {shape}")

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the gain would be infinite in `dtype`."""
        Orthogonal(self.gain).check_dtype(dtype)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        out.array[...] = 0
        stops = [first + n for first, n in zip(out.start, out.array.shape, strict=True)]
        ones = np.arange(max(out.start), min(stops))
        set_where(out, self.gain, (ones, ones))

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "eye", "gain": self.gain}

    def __str__(self) -> str:
        return f"Eye({self.gain:.3g})"


@dataclass(frozen=True, slots=True)
class Dirac(Initializer):
    """Convolution kernels (out, in, *kernel) that hand their inputs on unchanged.

    Parameters
    ----------
    groups : int, default 1
        At least 1; the output channels are divided into as many equal parts, each of which
        hands on the same inputs.

    Raises
    ------
    ValueError
        If `groups` is less than 1; when filling, if the array has fewer than three axes or
        its first is not divisible by `groups`.

    Notes
    -----
    w[g out/groups + d, d, n // 2, ...] = 1 for d < min(out/groups, in), zeros elsewhere: what
    ``torch.nn.init.dirac_`` does. Zagoruyko, Komodakis: DiracNets, 2017.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 2, 3), netinit.initializers.Dirac())[:, :, 1]
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    groups: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", integer("groups", self.groups, least=1))

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` is that of a kernel, divisible by `groups`."""
        if len(shape) < 3:
            raise ValueError(f"Dirac needs an array (out, in, *kernel), not of shape {shape}")
        check_axes("Dirac", shape)
        if shape[0] % self.groups:
            raise ValueError(
                f"Dirac: the first extent of {shape} must be divisible by groups = {self.groups}"
            )

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        whole = out.shape
        out.array[...] = 0
        each = whole[0] // self.groups
        ones = np.arange(min(each, whole[1]))
        rows = (np.arange(self.groups)[:, None] * each + ones).ravel()
        columns = np.tile(ones, self.groups)
        centre = [np.full(rows.shape, n // 2) for n in whole[2:]]
        set_where(out, 1.0, (rows, columns, *centre))

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "dirac", "groups": self.groups}

    def __str__(self) -> str:
        return "Dirac" if self.groups == 1 else f"Dirac({self.groups} groups)"


@dataclass(frozen=True, slots=True)
class DeltaOrthogonal(Initializer):
    r"""Convolution kernels that are zero but for an orthogonal matrix in the centre.

    Parameters
    ----------
    gain : float, default 1
        Any finite number.
    kernel_first : bool, default True
        Whether the axes are (\*kernel, in, out), as in JAX, or (out, in, \*kernel).

    Raises
    ------
    ValueError
        If the gain is not finite; when filling, if the array has fewer than three axes.

    Notes
    -----
    The centre is (n - 1) // 2 along each axis of the kernel. The matrix is Haar-distributed;
    with in <= out the convolution keeps the norm of its input. Xiao, Bahri, Sohl-Dickstein,
    Schoenholz, Pennington: Dynamical isometry and a mean field theory of CNNs, ICML 2018.

    Examples
    --------
    >>> import netinit
    >>> kernel = netinit.create((3, 8, 16), netinit.initializers.DeltaOrthogonal())
    >>> float(abs(kernel[1] @ kernel[1].T).trace().round(4))
    8.0
    """

    gain: float = 1.0
    kernel_first: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", number("gain", self.gain))

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has a kernel."""
        if len(shape) < 3:
            raise ValueError(f"DeltaOrthogonal needs an array with a kernel, not of shape {shape}")

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the matrix times the gain may be infinite in `dtype`."""
        Orthogonal(self.gain).check_dtype(dtype)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        whole, origin = out.shape, out.start
        out.array[...] = 0
        kernel = slice(0, -2) if self.kernel_first else slice(2, None)
        matrix = slice(-2, None) if self.kernel_first else slice(0, 2)
        centre = [
            (n - 1) // 2 - first for n, first in zip(whole[kernel], origin[kernel], strict=True)
        ]
        extents = out.array.shape[kernel]
        if not all(0 <= c < n for c, n in zip(centre, extents, strict=True)):
            return
        last = out.array if self.kernel_first else np.moveaxis(out.array, (0, 1), (-2, -1))
        layout = Layout((1,), (0,)) if self.kernel_first else DENSE
        target = Slice.within(last[tuple(centre)], out.dtype, whole[matrix], origin[matrix])
        Orthogonal(self.gain, layout).fill(target, stream, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe = {"pattern": "delta_orthogonal", "gain": self.gain}
        return recipe | {"kernel_first": self.kernel_first}

    def __str__(self) -> str:
        return f"DeltaOrthogonal({self.gain:.3g})"
