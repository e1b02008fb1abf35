"""New numpy arrays filled by anything that says what to fill with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np

from netinit.arrays.dtypes import COMPLEX, array_dtype, dtype_named
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.base.checks import check_threads, extents
from netinit.base.spelling import unknown
from netinit.catalogue.entries import ENTRIES
from netinit.initializers.unnamed import SMALL, note_unnamed
from netinit.methods.vocabulary import initializer_for
from netinit.parameters.parameter import Parameter
from netinit.shapes.fans import fans_of_axes
from netinit.shapes.layout import Layout
from netinit.streams.seeds import numpy_global_seed, resolve_seed
from netinit.streams.stream import shared_stream

__all__ = ["Axes", "Keywords", "create", "created"]


class Keywords(TypedDict, total=False):
    """The keywords of every function here; see `create`."""

    seed: Any
    name: str
    draw: int
    dtype: Any
    threads: int | None


class Axes(Keywords, total=False):
    """Those of functions that ask for fans: which axes of the array are inputs and outputs.

    `in_axis` is 1 and `out_axis` 0 where not given, as in (out, in, *kernel); axes of neither
    are the receptive field, but for `batch_axis`, along which independent maps are packed.
    """

    in_axis: int | Sequence[int]
    out_axis: int | Sequence[int]
    batch_axis: int | Sequence[int]


def create(
    shape: int | Sequence[int],
    what: Any,
    *,
    seed: Any = 1234,
    name: str = "",
    draw: int = 0,
    dtype: Any = "float32",
    threads: int | None = None,
) -> np.ndarray:
    """Return a new array, filled by an initializer.

    Parameters
    ----------
    shape : int or sequence of int
        Each extent at least 0.
    what : number, initializer, array, object with ``ppf``, name or method
        As in `netinit.fill`: such as ``netinit.Uniform(-1, 1)``, "orthogonal",
        ``("kaiming_normal", {"mode": "fan_out"})``, an array that is broadcast, or a number s
        for ``Normal(0, s)``.
    seed, name, draw, threads : optional
        As in `netinit.fill`: two arrays without names, of the same seed and draw, are equal.
    dtype : str or dtype, default "float32"
        "float32", "float64" or "float16"; "bfloat16", "float8_e4m3fn" or "float8_e5m2" (which
        need ``ml_dtypes``); "complex64" or "complex128" (see Notes).

    Returns
    -------
    numpy.ndarray
        At an address divisible by 64, on huge pages where it is large.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of these, or the initializer does not fit the shape.

    Notes
    -----
    Of complex elements N(0, std**2) has independent real and imaginary parts of variance
    std**2 / 2 each, as in PyTorch and JAX. Constants and ``netinit.initializers.Eye()`` have
    imaginary parts of 0; other initializers, and means that are not 0, are errors.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 2), "eye", dtype="float64")
    array([[1., 0.],
           [0., 1.]])
    >>> netinit.create(3, 0.02, name="fc.weight").round(4)
    array([-0.041 , -0.0062, -0.0097], dtype=float32)
    """
    kind, sizes = dtype_named(dtype, also=COMPLEX), extents(shape)
    initializer = initializer_for(what, name, sizes, kind)
    plain = type(seed) is int or type(seed) is str  # nearly always: it saves a call
    words = seed if plain else resolve_seed(seed, numpy_global_seed)
    stream = shared_stream(words, name, draw)
    check_threads(threads)
    native = np.dtype(kind) if kind in COMPLEX else array_dtype(kind)
    out = aligned_empty(sizes, kind)
    made = out if out.dtype is native else out.view(native)
    if not name and made.size > SMALL:
        note_unnamed(initializer, words, draw, made)
    initializer.fill(Slice(out, kind), stream, threads)
    return made


def created(
    function: str, shape: int | Sequence[int], keywords: Axes | Keywords, **options: Any
) -> np.ndarray:
    """Return what the function of an entry of the catalogue returns.

    Raises
    ------
    TypeError
        If a keyword is not one of `Axes`; the nearest one is named.
    """
    place: dict[str, Any] = dict(keywords)
    for keyword in place:
        if keyword not in Axes.__annotations__:
            allowed = [*options, *Axes.__annotations__]
            raise TypeError(unknown(f"{function}'s keyword", keyword, allowed))
    axes = [place.pop(key, default) for key, default in _AXES.items()]
    parameter = _parameter(extents(shape), *axes)
    return create(shape, ENTRIES[function].make(parameter, **options), **place)


_AXES: dict[str, Any] = {"in_axis": 1, "out_axis": 0, "batch_axis": ()}


def _parameter(shape: tuple[int, ...], in_axis: Any, out_axis: Any, batch_axis: Any) -> Parameter:
    """Return a parameter of this shape whose linear map has these axes."""
    axes = (in_axis, out_axis, batch_axis)
    if all(type(a) is type(b) and a == b for a, b in zip(axes, _AXES.values(), strict=True)):
        return Parameter("", shape)
    fans = fans_of_axes(shape, in_axis, out_axis, batch_axis)
    outputs, inputs = (
        tuple(axis % len(shape) for axis in ((given,) if isinstance(given, int) else given))
        for given in (out_axis, in_axis)
    )
    return Parameter("", shape, layout=Layout(outputs, inputs), fans=fans)
