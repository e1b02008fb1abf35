"""New numpy arrays: `create`, and a function for each name of the catalogue."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from netinit.api.fill import check_numbers, fill_array
from netinit.arrays.dtypes import COMPLEX, _dtype_name, _numpy_dtype
from netinit.arrays.memory import aligned_empty
from netinit.base.checks import _extents
from netinit.catalogue.entries import ALIASES, ROWS, Entry, Where, check_options
from netinit.initializers.complex import complex_parts, fill_complex
from netinit.initializers.convert import as_initializer
from netinit.shapes.fans import fans, fans_of_axes
from netinit.shapes.layout import Layout
from netinit.streams.seeds import numpy_global_seed, resolve_seed
from netinit.streams.stream import Stream

__all__ = ["CREATORS", "Creator", "create"]


def create(
    shape: int | Sequence[int],
    initializer: Any,
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
    initializer : Initializer, array_like, or what `netinit.fill` accepts as a distribution
        Such as ``netinit.Uniform(-1, 1)``, ``netinit.Eye()``, an array that is broadcast, or a
        number s for ``Normal(0, s)``.
    seed, name, draw, threads : optional
        As in `netinit.fill`.
    dtype : str or dtype, default "float32"
        "float32", "float64" or "float16"; "bfloat16", "float8_e4m3fn" or "float8_e5m2" (which
        need ``ml_dtypes``); "complex64" or "complex128" (see Notes).

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of these, or the initializer does not fit the shape.

    Notes
    -----
    Of complex elements N(0, std**2) has independent real and imaginary parts of variance
    std**2 / 2 each, as in PyTorch and JAX. Constants and ``netinit.Eye()`` have imaginary
    parts of 0; other initializers, and means that are not 0, are errors.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 2), netinit.Eye(), dtype="float64")
    array([[1., 0.],
           [0., 1.]])
    """
    kind, extents = _dtype_name(dtype), _extents(shape)
    rule = as_initializer(initializer)
    rules = complex_parts(rule) if kind in COMPLEX else (rule,)
    for part in rules:
        check_numbers(part, COMPLEX.get(kind, kind))
    stream = Stream(resolve_seed(seed, numpy_global_seed), name, draw)
    if kind in COMPLEX:
        pairs = aligned_empty((*extents, 2), COMPLEX[kind])
        numbers: np.ndarray = pairs.view(kind).reshape(extents)
        fill_complex(numbers, rules[0], stream, imaginary=rules[-1], threads=threads)
        return numbers
    native = _numpy_dtype(kind)
    out = aligned_empty(extents, kind)
    fill_array(out, kind, rule, stream, threads=threads)
    return out.view(native)


class Creator:
    r"""A function of the catalogue: ``netinit.xavier_uniform(shape, ...)`` and its like.

    It takes the shape, the options of its row, and as keywords `seed`, `name`, `draw`,
    `dtype` and `threads` of `netinit.create`, and `in_axis`, `out_axis` and `batch_axis` of
    `netinit.shapes.fans.fans_of_axes`, by default those of (out, in, \*kernel).
    """

    def __init__(self, name: str, entry: Entry) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = _documentation(entry)
        self.__signature__ = _signature(entry)
        self._entry = entry

    def __call__(
        self,
        shape: int | Sequence[int],
        *options: Any,
        seed: Any = 1234,
        name: str = "",
        draw: int = 0,
        dtype: Any = "float32",
        threads: int | None = None,
        in_axis: int | Sequence[int] = 1,
        out_axis: int | Sequence[int] = 0,
        batch_axis: int | Sequence[int] = (),
        **named: Any,
    ) -> np.ndarray:
        """Return a new array; see the class."""
        where = _where(_extents(shape), in_axis, out_axis, batch_axis)
        check_options(self.__name__, self._entry, options, named)
        initializer = self._entry.make(where, *options, **named)
        return create(
            shape, initializer, seed=seed, name=name, draw=draw, dtype=dtype, threads=threads
        )

    def __repr__(self) -> str:
        return f"<function netinit.{self.__name__}{self.__signature__}>"


def _where(
    shape: tuple[int, ...],
    in_axis: int | Sequence[int],
    out_axis: int | Sequence[int],
    batch_axis: int | Sequence[int],
) -> Where:
    if (in_axis, out_axis, batch_axis) == (1, 0, ()):
        return Where(shape, *fans(shape))
    fan_in, fan_out = fans_of_axes(shape, in_axis, out_axis, batch_axis)
    outputs, inputs = (
        tuple(axis % len(shape) for axis in ((given,) if isinstance(given, int) else given))
        for given in (out_axis, in_axis)
    )
    return Where(shape, fan_in, fan_out, Layout(outputs, inputs))


def _signature(entry: Entry) -> inspect.Signature:
    """Return the signature of a creator: shape, its row's options, the common keywords."""
    mine = inspect.signature(Creator.__call__).parameters.values()
    common = [_plain(p) for p in mine if p.kind is p.KEYWORD_ONLY]
    shape = inspect.Parameter("shape", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([shape, *map(_plain, entry.options.values()), *common])


def _plain(option: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter without its annotation, which is a text and not for reading."""
    return option.replace(annotation=option.empty)


def _documentation(entry: Entry) -> str:
    options = ", ".join(str(_plain(option)) for option in entry.options.values()) or "none"
    source = f" {entry.source}." if entry.source else ""
    return (
        f"Return a new array: {entry.summary[0].lower()}{entry.summary[1:]}.\n\n"
        f"{entry.formula}.{source} Options: {options}. See `netinit.create` for the keywords "
        "and for complex dtypes."
    )


#: The function of each name of the catalogue.
CREATORS: dict[str, Creator] = {
    name: Creator(name, ROWS[ALIASES.get(name, name)]) for name in (*ROWS, *ALIASES)
}
