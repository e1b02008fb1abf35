"""The two forms of an initializer of Thinc's: of a shape (Thinc 9) and of an array."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.initializers.base import Distribution
from netinit.initializers.distributions import Normal, Uniform
from netinit.streams.seeds import numpy_global_seed
from netinit.streams.stream import Stream

__all__ = ["drawn_array", "drawn_shape", "in_place", "or_array"]

F = TypeVar("F", bound=Callable[..., Any])


def or_array(of_array: Callable[..., Any]) -> Callable[[F], F]:
    """Return a decorator that adds the array form to a function of ``(ops, shape)``.

    The form is told by the first argument: an array has a shape and a dtype.
    """

    def decorator(of_shape: F) -> F:
        @wraps(of_shape)
        def initializer(*args: Any, **kwargs: Any) -> Any:
            first = args[0] if args else kwargs.get("data")
            is_array = hasattr(first, "shape") and hasattr(first, "dtype")
            return (of_array if is_array else of_shape)(*args, **kwargs)

        return initializer  # type: ignore[return-value]

    return decorator


def drawn_shape(ops: Any, shape: Any, kind: str, first: Any, second: Any) -> Any:
    """Return an array of `shape` of an Ops object, float32, drawn by numpy's global seed.

    Parameters
    ----------
    ops : thinc.api.Ops
    shape : sequence of int, or int
    kind : {"normal", "uniform"}
    first, second : float
        Mean and standard deviation, or the bounds in either order.

    Notes
    -----
    Numbers that netinit refuses are given to numpy's own function, which is what Thinc calls:
    it raises what Thinc raises.
    """
    try:
        distribution = _distribution(kind, first, second)
    except (TypeError, ValueError):
        return ops.asarray_f(getattr(np.random, kind)(first, second, shape))
    values = np.empty(shape, np.float32)
    _fill(values, distribution)
    return ops.asarray_f(values)


def drawn_array(data: Any, inplace: bool, kind: str, first: Any, second: Any) -> Any:
    """Return `data` filled, or a new array like it; see `drawn_shape`.

    Raises
    ------
    TypeError, ValueError
        If `data` is no numpy array that netinit fills, or a number is refused.
    """
    distribution = _distribution(kind, first, second)
    out = in_place(data, inplace)
    _fill(out, distribution)
    return out


def in_place(data: Any, inplace: bool) -> np.ndarray:
    """Return `data` itself, or a new array like it."""
    if not isinstance(data, np.ndarray):
        raise TypeError(f"data must be a numpy array, not {type(data).__name__}")
    return data if inplace else np.empty_like(data)


def _distribution(kind: str, first: Any, second: Any) -> Distribution:
    if kind == "normal":
        return Normal(first, second)
    if second < first:  # numpy takes the bounds in either order
        first, second = second, first
    return Uniform(first, second)


def _fill(out: np.ndarray, distribution: Distribution) -> None:
    array, dtype = as_array(out)
    distribution.fill(Slice(array, dtype), Stream(numpy_global_seed()))
