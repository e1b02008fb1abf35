"""One draw of an initializer, as an array of MLX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream

__all__ = ["draw", "next_key"]


def draw(
    rule: Callable[[tuple[int, ...]], Initializer],
    like: Any,
    dtype: Any,
    theirs: Callable[[], Any],
    *,
    transposed: bool = False,
) -> Any:
    """Return a new array of `like`'s shape, filled by netinit, or what MLX makes of it.

    Parameters
    ----------
    rule : callable
        Takes the shape, returns what fills it; raises where netinit or MLX refuses.
    like : object with a shape
    dtype : mlx.core.Dtype
    theirs : callable
        Calls MLX's own initializer: where netinit does not draw (integers, complex numbers, odd
        arguments, the random state of a function that is being compiled).
    transposed : bool, default False
        Fill the array's transpose, which `rule` is then asked for.
    """
    name = str(dtype).rpartition(".")[2]
    if name not in DRAWN:
        return theirs()
    try:
        shape = tuple(like.shape)
        initializer = rule(shape[::-1] if transposed else shape)
        initializer.check_dtype(name)
        key = next_key()
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return theirs()
    made = mx.zeros(shape, dtype)
    memory, _ = as_array(made)
    initializer.fill(Slice(memory.T if transposed else memory, name), Stream.from_key(key))
    return made


def next_key() -> int:
    """Return the 64 bits of the key that MLX's next draw would use, and count it as drawn.

    Raises
    ------
    ValueError
        If the state is one of a function that MLX is compiling, which has no value.
    """
    state: Any = mx.random.state
    key = np.array(mx.random.split(state[0])[1])
    mx.random.uniform()
    return int(key[0]) << 32 | int(key[1])
