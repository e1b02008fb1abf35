"""What is taken for a distribution, and for an initializer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netinit.base.checks import number
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.distributions import (
    Constant,
    Normal,
    TruncatedNormal,
    Uniform,
    distribution_from_json,
)
from netinit.initializers.given import Given
from netinit.initializers.quantile import Quantile

__all__ = ["OWN", "as_distribution", "as_initializer"]

#: The distributions of netinit's own: a look-up takes a fifth of an isinstance.
OWN = {Normal, Uniform, TruncatedNormal, Constant, Quantile}


def as_distribution(value: object, what: str = "distribution") -> Distribution:
    """Return `value` as a distribution.

    Parameters
    ----------
    value : number, Distribution, object with ``ppf``, or a recipe's mapping
        A number s >= 0 means ``Normal(0, s)``.
    what : str
        What the value is, for the messages.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If a number is negative, NaN or infinite.

    Examples
    --------
    >>> from netinit.initializers.convert import as_distribution
    >>> as_distribution(0.02)
    Normal(mean=0.0, std=0.02)
    """
    kind = type(value)
    if kind in OWN or isinstance(value, Distribution):
        return value  # type: ignore[return-value]
    if kind is not float and kind is not int:
        if isinstance(value, Mapping):
            return distribution_from_json(value)
        if callable(getattr(value, "ppf", None)) and not isinstance(value, type):
            return Quantile(value)  # type: ignore[arg-type]
    try:
        std = number(what, value)
    except TypeError:
        raise TypeError(
            f"{what} must be a number, a netinit distribution or an object with a method ppf, "
            f"not {value!r}"
        ) from None
    if std < 0:
        raise ValueError(f"{what}: a number is a standard deviation, at least 0, not {std!r}")
    return Normal(0.0, std)


def as_initializer(value: Any, what: str = "initializer") -> Initializer:
    """Return `value` as an initializer.

    Parameters
    ----------
    value : Initializer, array, or what `as_distribution` accepts
        Numpy arrays, and arrays of others that numpy reads, are given values; a number s means
        ``Normal(0, s)``.
    what : str
        What the value is, for the messages.

    Raises
    ------
    TypeError, ValueError
        If it is none of these.

    Examples
    --------
    >>> from netinit.initializers.convert import as_initializer
    >>> print(as_initializer(0.02))
    Normal(0, 0.02)
    """
    if isinstance(value, Initializer):
        return value
    if isinstance(value, np.generic):  # numpy's scalars have the methods of arrays
        return as_distribution(value.item(), what)
    if hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0:
        return Given(np.asarray(value))
    return as_distribution(value, what)
