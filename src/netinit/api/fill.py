"""`netinit.fill`: one array, whole or a slice of a larger one, from one stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import COMPLEX, NATIVE, STORED
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array, note_write
from netinit.base.checks import check_threads
from netinit.initializers.base import Initializer
from netinit.initializers.convert import OWN, as_distribution
from netinit.initializers.elementwise import Elementwise
from netinit.initializers.unnamed import NOTED, SMALL, note_unnamed
from netinit.methods.vocabulary import as_method, initializer_for, is_entry
from netinit.streams.seeds import numpy_global_seed, resolve_seed
from netinit.streams.stream import shared_stream

__all__ = ["fill"]

T = TypeVar("T")

#: The distributions that texts mean, by (text, name, shape, dtype's name).
_known: dict[tuple[str, str, tuple[int, ...], str], Initializer] = {}
_MOST_KNOWN = 1024


@_core.quick_fill(
    np.ndarray,
    NATIVE,
    (kind for kind in OWN if issubclass(kind, Elementwise)),
    _known,
    NOTED,
    SMALL,
)
def fill(
    out: T,
    what: Any,
    *,
    seed: Any = 1234,
    name: str = "",
    draw: int = 0,
    shape: Sequence[int] | None = None,
    start: Sequence[int] | None = None,
    threads: int | None = None,
) -> T:
    """Fill an array in place and return it; its values depend on nothing but the arguments.

    Parameters
    ----------
    out : numpy.ndarray, torch.Tensor, or an object with a buffer or ``__dlpack__``
        Writable memory of float32, float64, float16, or of bfloat16, float8_e4m3fn or
        float8_e5m2 (``ml_dtypes``), in the machine's byte order; any strides whose elements do
        not overlap. A tensor must be on the CPU. An array may be complex, as in `netinit.create`;
        of integers and further float8 types, for method "Dummy" and initializers of raw bits.
        Others' memory (a memoryview, ``array.array``, an MLX array) is filled where it lies, too.
    what : number, initializer, array, object with ``ppf``, name or method
        A number s >= 0 means ``Normal(0, s)``; a name is an initializer's ("xavier_uniform",
        "orthogonal") or a method's, alone or as ``(name, {option: value})``. A method and a
        mapping of rules fill the array as if it were a net of this parameter alone, whose part
        goes by its name and shape.
    seed : int, str, or what `netinit.initialize` accepts, default 1234
    name : str, default ""
        Each (seed, name) has a stream of its own. Two arrays without names (or of one name), of
        the same seed and draw, hold the same numbers.
    draw : int, default 0
        Which of the 2**32 independent draws for the same name.
    shape : sequence of int, optional
        The whole logical array's shape, where `out` is a slice of it.
    start : sequence of int, optional
        The multi-index in the whole array of `out`'s first element; zeros where not given.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Returns
    -------
    array
        `out` itself.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these types, or another argument is of a wrong type;
        if `what` is a scheme that treats a net's weights by their places in it.
    ValueError
        If `out` is read-only, byte-swapped, on a device or overlaps itself, the slice does not
        lie within `shape`, or a number is out of its range. Nothing has been written then.

    Warns
    -----
    SameStreamWarning
        Once in a process, if two whole arrays of more than 64 elements are filled at random from
        one stream without a name. The same array may be filled again.

    Examples
    --------
    A name for each array; without names they would be equal:

    >>> import numpy as np
    >>> import netinit
    >>> net = {"fc1": np.empty((20, 10)), "fc2": np.empty((20, 10))}
    >>> for name, array in net.items():
    ...     _ = netinit.fill(array, 0.02, name=name)
    >>> bool((net["fc1"] == net["fc2"]).any())
    False

    A slice of an array holds what the whole one has there:

    >>> whole = netinit.fill(np.empty((4, 6), "f4"), netinit.Normal(0, 0.02), name="w")
    >>> rows = netinit.fill(np.empty((2, 6), "f4"), 0.02, name="w", shape=(4, 6), start=(1, 0))
    >>> bool((rows == whole[1:3]).all())
    True
    """
    # As a rule it is memory that the core writes as it is: known without a call.
    given: Any = out
    native = NATIVE.get(given.dtype) if type(given) is np.ndarray else None
    array, dtype = (given, native) if native is not None else _memory(given, what)
    part = Slice(array, dtype, shape, start)
    kind = type(what)
    initializer: Initializer
    if kind in OWN and (native or dtype not in COMPLEX):
        initializer = what
    elif (kind is float or kind is int) and (native or dtype not in COMPLEX):
        initializer = as_distribution(what)
    else:
        initializer = initializer_for(what, name, part.shape, dtype)
        if kind is str and native and part.whole and is_entry(what):
            _know(what, name, part.shape, native, initializer)
    if type(seed) is not int and type(seed) is not str:
        seed = resolve_seed(seed, numpy_global_seed)
    stream = shared_stream(seed, name, draw)
    if threads is not None:
        check_threads(threads)
    known = name or array.size <= SMALL or NOTED.get(id(out)) is seed
    if not known and shape is None and start is None:
        note_unnamed(initializer, seed, draw, out)
    initializer.fill(part, stream, threads)
    if array is not out:
        note_write(out)
    return out


def _know(
    text: str, name: str, shape: tuple[int, ...], dtype: str, initializer: Initializer
) -> None:
    """Keep what a text means for arrays of a name, shape and dtype: the front looks it up."""
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[text, name, shape, dtype] = initializer


def _memory(out: Any, what: Any) -> tuple[np.ndarray, str]:
    """Return an array's memory and its dtype: one that is not drawn, if `what` fills that."""
    try:
        return as_array(out, also=COMPLEX)
    except TypeError:
        if not _fills_all(what):
            raise
    return as_array(out, also=STORED)


def _fills_all(what: Any) -> bool:
    """Return whether something to fill with has values for types that are not drawn."""
    if isinstance(what, Initializer):
        return what.raw
    try:
        return as_method(what, alone=True).stores
    except (TypeError, ValueError):
        return False
