"""One draw of an initializer, as a tensor of the backend that Keras runs on."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np

from netinit.arrays.dtypes import STORAGE, array_dtype
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream

__all__ = ["draw", "placed"]

#: Backends whose tensors are memory that may be written.
_IN_PLACE = {"numpy", "torch"}
_WORD = 0xFFFFFFFF


def draw(
    initializer: Initializer, shape: tuple[int, ...], dtype: str, seed: Any, layout: Any = None
) -> Any:
    """Return a tensor of Keras's backend filled by `initializer`.

    Parameters
    ----------
    initializer : Initializer
    shape : tuple of int
    dtype : str
        One of `netinit.arrays.dtypes.DRAWN`.
    seed : int or keras.random.SeedGenerator
        An integer s gives the stream of (s, name "", draw 0). A generator's state (s, k) gives
        draw k of the same seed, and is advanced.
    layout : keras.distribution.TensorLayout, jax.sharding.NamedSharding or None
        Where the parts of the tensor are, for Keras on JAX: each is drawn alone.

    Notes
    -----
    The values are those of ``netinit.fill(..., seed=s, draw=k)`` on every backend.
    """
    if keras.backend.backend() in _IN_PLACE:
        tensor = keras.ops.empty(shape, dtype)
        # numpy's arrays before 2.0 have no device.
        place = str(getattr(tensor, "device", "cpu")).partition(":")[0]
        if place == "meta":  # only the shape is asked for: no seed is used up
            return tensor
        if place == "cpu":
            array, name = as_array(tensor)
            initializer.fill(Slice(array, name), _stream(_state(seed)))
            return tensor
    # JAX without 64 bits has no float64; it warns of that here.
    held = keras.backend.standardize_dtype(keras.ops.empty((0,), dtype).dtype)
    state = _state(seed)
    if layout is not None:
        return _drawn_in_parts(initializer, shape, held, state, layout)
    if _is_traced(state):
        return _drawn_later(initializer, shape, held, state)
    return keras.ops.convert_to_tensor(_host_array(initializer, shape, held, state), held)


def _state(seed: Any) -> Any:
    """Return the two words of a seed: the seed itself and the number of the draw."""
    return (int(seed), 0) if isinstance(seed, int) else seed.next()


def _stream(state: Any) -> Stream:
    """Return the stream of a seed's two words."""
    if isinstance(state, tuple):
        seed, draw = state
    else:  # some backends keep the words as signed integers
        seed, draw = (int(state[i]) & _WORD for i in range(2))
    return Stream(seed, draw=draw)


def _host_array(
    initializer: Initializer,
    part: tuple[int, ...],
    dtype: str,
    state: Any,
    shape: tuple[int, ...] | None = None,
    start: tuple[int, ...] | None = None,
) -> np.ndarray:
    """Return a filled array in the host's memory, in a dtype that says what it holds.

    It is the whole array, or the part of one of `shape` that begins at `start`.
    """
    array = np.empty(part, STORAGE[dtype])
    initializer.fill(Slice(array, dtype, shape, start), _stream(state))
    return array.view(array_dtype(dtype))


def _drawn_in_parts(
    initializer: Initializer, shape: tuple[int, ...], dtype: str, state: Any, layout: Any
) -> Any:
    """Return a distributed array of JAX; no more than a part is in the host's memory at once."""

    def part(index: tuple[slice, ...]) -> np.ndarray:
        spans = [cut.indices(size)[:2] for cut, size in zip(index, shape, strict=True)]
        start = tuple(first for first, _ in spans)
        extents = tuple(stop - first for first, stop in spans)
        return _host_array(initializer, extents, dtype, state, shape, start)

    return sys.modules["jax"].make_array_from_callback(shape, _sharding(layout), part)


def placed(tensor: Any, layout: Any) -> Any:
    """Return a tensor distributed by a layout, or as it is where there is none."""
    return tensor if layout is None else sys.modules["jax"].device_put(tensor, _sharding(layout))


def _sharding(layout: Any) -> Any:
    """Return the sharding over devices that a layout of Keras's or of JAX's means."""
    jax = sys.modules["jax"]
    layout = getattr(layout, "backend_layout", layout)
    if isinstance(layout.mesh, jax.sharding.AbstractMesh):  # Keras has set the mesh itself
        return jax.sharding.NamedSharding(jax.sharding.get_mesh(), layout.spec)
    return layout


def _is_traced(state: Any) -> bool:
    """Return whether a seed's words are known only when a compiled JAX function runs."""
    jax = sys.modules.get("jax")  # loaded where Keras runs on it
    return jax is not None and isinstance(state, jax.core.Tracer)


def _drawn_later(initializer: Initializer, shape: tuple[int, ...], dtype: str, state: Any) -> Any:
    """Return a tensor that the compiled function calls back for."""
    jax = sys.modules["jax"]

    def called_back(words: Any) -> np.ndarray:
        seed, draw = map(int, np.asarray(words))
        return _host_array(initializer, shape, dtype, (seed, draw))

    return jax.pure_callback(called_back, jax.ShapeDtypeStruct(shape, dtype), state)
