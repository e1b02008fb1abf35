"""An initializer that JAX itself checks and netinit draws."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import initializers as peer
from jax.nn.initializers import Initializer

from netinit.arrays.dtypes import DRAWN
from netinit.jax.draw import draw
from netinit.jax.rules import Values, is_complex

__all__ = ["drop_in"]


def drop_in(
    name: str,
    arguments: tuple[Any, ...],
    values: Callable[[tuple[int, ...], Any], Values],
    dtype: Any,
) -> Initializer:
    """Return the initializer that accepts what JAX's of that name does, and draws `values`.

    Parameters
    ----------
    name : str
        A function of ``jax.nn.initializers`` that returns an initializer.
    arguments : tuple
        What it is called with, by position; no dtype.
    values : callable
        Returns the `Values` for a shape without zero extents and a numpy dtype.
    dtype : dtype or None
        The initializer's own default.

    Notes
    -----
    Each call is traced, not run, with JAX's function first: it raises what that raises, and the
    result has the dtype that JAX would give.

    Examples
    --------
    >>> from functools import partial
    >>> import jax
    >>> from netinit.jax.dropin import drop_in
    >>> from netinit.jax.rules import uniform_values
    >>> init = drop_in("uniform", (2.0,), partial(uniform_values, 2.0), "float16")
    >>> init(jax.random.key(42), (2, 3)).dtype
    dtype('float16')
    """
    theirs = getattr(peer, name)(*arguments)
    traced = (_traced if all(map(_is_plain, arguments)) else _traced.__wrapped__)(name, *arguments)
    default = dtype

    def init(
        key: jax.Array,
        shape: int | Sequence[int],
        dtype: Any = default,
        out_sharding: Any = None,
    ) -> jax.Array:
        if not _is_plain(shape):
            shape = jax.tree.map(_known, shape)
        promised = _promise(theirs, traced, key, shape, dtype, out_sharding)
        size = _size(promised.shape if shape is None else shape)
        if 0 in size:
            return jnp.zeros(promised.shape, promised.dtype, out_sharding=out_sharding)
        rule, drawn, finish = values(size, promised.dtype)
        core = promised.dtype.name in DRAWN or is_complex(promised.dtype)
        work = promised.dtype if core else jnp.float32
        array = draw(key, rule, drawn, work, out_sharding)
        array = array if core else array.astype(promised.dtype)
        return array if finish is None else finish(array)

    return init


@lru_cache(maxsize=256, typed=True)
def _traced(name: str, *arguments: Any) -> Any:
    """Return JAX's own initializer, as a function whose traces are remembered."""
    return jax.jit(getattr(peer, name)(*arguments), static_argnums=(1, 2, 3))


def _is_plain(argument: Any) -> bool:
    """Return whether an argument may be remembered: a number, a text, or a tuple of axes."""
    if type(argument) is tuple:
        return all(type(axis) is int for axis in argument)
    return argument is None or type(argument) in (int, float, str)


def _known(extent: Any) -> Any:
    """Return an extent, or a shape, so that it keeps its value while a function is traced."""
    known = isinstance(extent, jax.Array) and not isinstance(extent, jax.core.Tracer)
    return np.asarray(extent) if known else extent


def _size(shape: int | Sequence[int]) -> tuple[int, ...]:
    """Return a shape that JAX has accepted, as integers."""
    size = tuple(map(operator.index, shape if isinstance(shape, Iterable) else (shape,)))
    if min(size, default=0) < 0:  # which JAX may find when it compiles, not before
        raise TypeError(f"shape must have no negative extent, but is {size}")
    return size


def _promise(theirs: Any, traced: Any, key: Any, shape: Any, dtype: Any, out_sharding: Any) -> Any:
    """Return shape and dtype of what JAX's initializer would return, or raise what it raises.

    A trace is remembered where equal arguments are of equal types, and no warning is due.
    """
    usual = isinstance(key, jax.Array) and type(shape) is tuple
    if usual and all(type(n) is int for n in shape) and _unwarned(dtype):
        return traced.eval_shape(key, shape, dtype, out_sharding)
    return jax.eval_shape(lambda: theirs(key, shape, dtype, out_sharding))


def _unwarned(dtype: Any) -> bool:
    try:
        return dtype is None or jax.dtypes.canonicalize_dtype(dtype) == np.dtype(dtype)
    except TypeError:
        return False
