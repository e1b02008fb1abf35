"""Arrays of parts along an axis, each with a distribution, or a matrix, of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.arrays.slice import Slice
from netinit.base.checks import integer
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.streams.stream import Stream

__all__ = ["Maps", "Parts"]

#: Runs of a part shorter than this, on average, are filled faster as a whole array's.
_SHORT = 1024

#: Arrays of more axes than this are not seen with one more.
_MOST_AXES = 16


def _moments(
    parts: Sequence[Initializer], sizes: Sequence[int]
) -> tuple[float | None, float | None]:
    """Return the mean and standard deviation over all parts; None where one is not known."""
    weights = np.array(sizes or [1] * len(parts), np.float64)
    weights /= weights.sum()
    means = [part.mean for part in parts if part.mean is not None]
    stds = [part.std for part in parts if part.std is not None]
    if len(means) < len(parts):
        return None, None
    mean = float(weights @ np.array(means))
    if len(stds) < len(parts):
        return mean, None
    variance = weights @ (np.square(stds) + np.square(np.array(means) - mean))
    return mean, float(np.sqrt(variance))


def _in_rounds(out: Slice, axis: int, period: int) -> Slice:
    """Return a slice of whole rounds with an axis of its rounds, and one within each.

    So what has one place in each round is filled at once, however many rounds there are.
    """

    def split(extents: tuple[int, ...], within: int) -> tuple[int, ...]:
        return (*extents[:axis], extents[axis] // period, within, *extents[axis + 1 :])

    array = out.array.reshape(split(out.array.shape, period))
    return Slice.within(array, out.dtype, split(out.shape, period), split(out.start, 0))


def _listed(what: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{what} must be a list, not {values!r}")
    return tuple(values)


def _checked(sizes: object, parts: Sequence[object]) -> tuple[int, ...]:
    sizes = tuple(integer("a part's size", size, least=1) for size in _listed("sizes", sizes))
    if sizes and len(sizes) != len(parts):
        raise ValueError(f"sizes must have {len(parts)} entries, one a part, not {sizes}")
    return sizes


def _check_axis(
    what: str, axis: int, sizes: Sequence[int], parts: int, shape: tuple[int, ...]
) -> None:
    """Raise ValueError unless an axis of an array can be cut into the parts."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"{what}' axis {axis} is not an axis of the shape {shape}")
    period = sum(sizes) or parts
    if shape[axis] % period:
        which = f"of the sizes {sizes}" if sizes else "of equal size"
        gates = "" if sizes else " (gates, where it is a recurrent layer's)"
        raise ValueError(
            f"the array is {parts} parts {which} along axis {axis}{gates}, so {shape[axis]} of "
            f"the shape {shape} must be divisible by {period}"
        )


@dataclass(frozen=True, slots=True)
class Parts(Initializer):
    """An array cut into parts along an axis, each drawn from its own distribution.

    Parameters
    ----------
    distributions : sequence
        One for each part, in order; a number s means ``Normal(0, s)``.
    axis : int, default 0
        Negative numbers count from the end.
    sizes : sequence of int, optional
        The parts' extents along the axis, which they fill once, or again and again in the same
        order; equal parts where not given.

    Raises
    ------
    ValueError
        If there is no distribution, or not one for each size; when filling, if the array has no
        such axis or its extent is not divisible by their number, or by the sum of the sizes.

    Notes
    -----
    Each element has the part of the stream that its place in the *whole* array gives it. The
    gates of a recurrent layer and packed query, key and value projections are such arrays.

    Examples
    --------
    >>> import netinit
    >>> gates = [netinit.Constant(c) for c in (0, 1, 0, 0)]
    >>> netinit.create(8, netinit.initializers.Parts(gates))
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    >>> netinit.create(6, netinit.initializers.Parts(gates[:2], sizes=(2, 1)))
    array([0., 0., 1., 0., 0., 1.], dtype=float32)
    """

    distributions: Any
    axis: int = 0
    sizes: Any = ()

    def __post_init__(self) -> None:
        given = _listed("distributions", self.distributions)
        parts = tuple(as_distribution(part, "a part's distribution") for part in given)
        if not parts:
            raise ValueError("distributions must have at least one entry")
        object.__setattr__(self, "axis", integer("axis", self.axis))
        object.__setattr__(self, "distributions", parts)
        object.__setattr__(self, "sizes", _checked(self.sizes, parts))

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The parts' distributions."""
        parts: tuple[Initializer, ...] = self.distributions
        return parts

    @property
    def constant(self) -> bool:
        """Whether every element of the array gets the same value."""
        return all(part.constant and part == self.inner[0] for part in self.inner)

    @property
    def mean(self) -> float | None:
        """The mean over all parts; None where one is not known."""
        return _moments(self.inner, self.sizes)[0]

    @property
    def std(self) -> float | None:
        """The standard deviation over all parts; None where one is not known."""
        return _moments(self.inner, self.sizes)[1]

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless the axis can be cut into the parts."""
        _check_axis("Parts", self.axis, self.sizes, len(self.distributions), shape)

    def flat(self, shape: tuple[int, ...]) -> Initializer | None:
        """Return the parts of the array seen as one axis; None where that cuts it very small."""
        axis, parts = self.axis % len(shape), len(self.distributions)
        inner = math.prod(shape[axis + 1 :])
        runs = [n * inner for n in self.sizes or (shape[axis] // parts,) * parts]
        if sum(runs) < parts * _SHORT:
            return None
        return Parts(self.distributions, 0, runs)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        axis = self.axis % len(out.shape)
        first, n, period = out.start[axis], out.array.shape[axis], sum(self.sizes)
        if period and not first % period and not n % period and out.array.ndim < _MOST_AXES:
            out, axis = _in_rounds(out, axis, period), axis + 1
            first, n = 0, period
        for number, low, high in self._runs(out.shape[axis], first, first + n):
            met = out.between(axis, low, high)
            if met is not None:
                self.distributions[number].fill(met, stream, threads)

    def _runs(self, extent: int, first: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield the number of each part, its first index and its end, from `first` to `stop`."""
        parts = len(self.distributions)
        sizes = self.sizes or (extent // parts,) * parts
        low = first - first % max(1, sum(sizes))
        while low < stop:
            for number, size in enumerate(sizes):
                yield number, low, low + size
                low += size

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipes = [distribution.to_json() for distribution in self.distributions]
        recipe = {"pattern": "parts", "of": recipes, "axis": self.axis}
        return recipe | {"sizes": list(self.sizes)} if self.sizes else recipe

    def __str__(self) -> str:
        return f"Parts({', '.join(map(str, self.distributions))})"


@dataclass(frozen=True, slots=True)
class Maps(Initializer):
    """An array of several maps along an axis, each filled as an array of its own.

    Parameters
    ----------
    of : sequence of Initializer
        One for each map, in order: `Orthogonal`, `Identity`, `Hadamard` or others.
    sizes : sequence of int
        The maps' extents along the axis. Where they fill it several times, in the same order,
        what has one place in each round is one map.
    axis : int, default 0
        At least 0.

    Raises
    ------
    ValueError
        If there is not one initializer for each size, or a size is less than 1; when filling,
        if the array has no such axis or its extent is not divisible by the sum of the sizes.
    TypeError
        If one of the maps' is no initializer, or the maps or the sizes are no list.

    Notes
    -----
    Map m is drawn from the stream's draw number plus m; each map of a stack counts as one. The
    query, key and value projections of grouped heads are such an array.

    Examples
    --------
    >>> import netinit
    >>> from netinit.initializers import Maps, Orthogonal
    >>> qkv = netinit.create((8, 4), Maps([Orthogonal()] * 3, (4, 2, 2)), dtype="float64")
    >>> (qkv[4:6] @ qkv[4:6].T).round(12) + 0
    array([[1., 0.],
           [0., 1.]])
    """

    of: Any
    sizes: Any
    axis: int = 0

    def __post_init__(self) -> None:
        maps = _listed("of", self.of)
        for one in maps:
            if not isinstance(one, Initializer):
                raise TypeError(f"a map must be filled by an Initializer, not {one!r}")
        if not maps or not _listed("sizes", self.sizes):
            raise ValueError("Maps must have at least one map, and a size for each")
        object.__setattr__(self, "axis", integer("Maps' axis", self.axis, least=0))
        object.__setattr__(self, "of", maps)
        object.__setattr__(self, "sizes", _checked(self.sizes, maps))

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The maps' initializers."""
        maps: tuple[Initializer, ...] = self.of
        return maps

    @property
    def mean(self) -> float | None:
        """The mean over all maps; None where one is not known."""
        return _moments(self.inner, self.sizes)[0]

    @property
    def std(self) -> float | None:
        """The standard deviation over all maps; None where one is not known."""
        return _moments(self.inner, self.sizes)[1]

    def _shape(self, shape: tuple[int, ...], size: int) -> tuple[int, ...]:
        """Return the shape of a map that has `size` of each round."""
        rounds = shape[self.axis] // sum(self.sizes)
        return (*shape[: self.axis], rounds * size, *shape[self.axis + 1 :])

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless the axis can be cut into the maps, and each can be filled."""
        _check_axis("Maps", self.axis, self.sizes, len(self.of), shape)
        for one, size in zip(self.inner, self.sizes, strict=True):
            one.check_shape(self._shape(shape, size))

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream.

        A map that lies in several runs is made aside, as much of it as the slice has.
        """
        axis, first = self.axis, out.start[self.axis]
        rounds, places = np.divmod(first + np.arange(out.array.shape[axis]), sum(self.sizes))
        order = np.argsort(places, kind="stable")  # once, and not a search for each of many maps
        bounds = np.searchsorted(places[order], np.cumsum((0, *self.sizes)))
        draw, offset = stream.draw, 0
        for number, (one, size) in enumerate(zip(self.inner, self.sizes, strict=True)):
            met = np.sort(order[bounds[number] : bounds[number + 1]])
            if len(met):
                start = int(rounds[met[0]]) * size + int(places[met[0]]) - offset
                own = Stream.from_key(stream.key, stream.offset, draw % (1 << 32))
                self._fill_map(out, met, (one, self._shape(out.shape, size), start), own, threads)
            draw, offset = draw + _draws(one), offset + size

    def _fill_map(
        self,
        out: Slice,
        met: np.ndarray,
        what: tuple[Initializer, tuple[int, ...], int],
        stream: Stream,
        threads: int | None,
    ) -> None:
        """Fill the indices `met` of a slice, which are a range of the map from `start` on."""
        one, shape, first = what
        axis = self.axis
        start = (*out.start[:axis], first, *out.start[axis + 1 :])
        before: tuple[Any, ...] = (slice(None),) * axis
        low, high = int(met[0]), int(met[-1]) + 1
        if high - low == len(met):
            there = out.array[(*before, slice(low, high))]
            one.fill(Slice.within(there, out.dtype, shape, start), stream, threads)
            return
        extents = (*out.array.shape[:axis], len(met), *out.array.shape[axis + 1 :])
        made = np.empty(extents, out.array.dtype)
        one.fill(Slice.within(made, out.dtype, shape, start), stream, threads)
        out.array[(*before, met)] = made

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipes = [one.to_json() for one in self.of]
        return {"matrix": "maps", "of": recipes, "sizes": list(self.sizes), "axis": self.axis}

    def __str__(self) -> str:
        return f"Maps({', '.join(map(str, self.of))})"


def _draws(one: Initializer) -> int:
    """Return how many draws a map takes: one a matrix of its stack."""
    layout = getattr(one, "layout", None)
    return 1 if layout is None else int(layout.stack)
