"""What is taken for an initializer or a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netinit.base.checks import number
from netinit.base.spelling import choose, unknown
from netinit.initializers.base import Initializer, MatrixRule
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.elementwise import Distribution
from netinit.initializers.given import Given
from netinit.initializers.quantile import Quantile

__all__ = ["as_distribution", "as_initializer", "distribution_from_json"]


_OWN = {Normal, Uniform, TruncatedNormal, Constant, Quantile}


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
    if type(value) in _OWN or isinstance(value, Distribution):  # the first is much the faster
        return value  # type: ignore[return-value]
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


#: A recipe's name of each distribution: its class and the names of its numbers.
_KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "constant": (Constant, ("value",)),
    "normal": (Normal, ("mean", "std")),
    "truncated_normal": (TruncatedNormal, ("mean", "std", "low", "high")),
    "uniform": (Uniform, ("low", "high")),
}


def distribution_from_json(recipe: Mapping[str, Any]) -> Distribution:
    """Return the distribution that `to_json` wrote.

    Raises
    ------
    ValueError
        If the mapping does not name a distribution, or has a number too few or too many.

    Examples
    --------
    >>> from netinit.initializers.convert import distribution_from_json
    >>> distribution_from_json({"distribution": "normal", "mean": 0, "std": 0.02})
    Normal(mean=0.0, std=0.02)
    """
    if "distribution" not in recipe:
        raise ValueError(f"a distribution's recipe needs the key 'distribution': {dict(recipe)!r}")
    cls, numbers = _KINDS[choose("distribution", recipe["distribution"], list(_KINDS))]
    for key in recipe:
        if key != "distribution" and key not in numbers:
            raise ValueError(unknown(f"{cls.__name__}'s number", key, numbers))
    values = {key: recipe[key] for key in numbers if key in recipe}
    infinite = {key: float(v) for key, v in values.items() if v in ("inf", "-inf")}
    try:
        return cls(**values | infinite)  # type: ignore[no-any-return]
    except TypeError as error:
        raise ValueError(f"{dict(recipe)!r} is not a distribution's recipe: {error}") from None


def as_initializer(value: Any, what: str = "initializer") -> Initializer:
    """Return `value` as an initializer.

    Parameters
    ----------
    value : Initializer, array_like, or what `netinit.fill` accepts as a distribution
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
    rule: Initializer = value
    if isinstance(value, (Distribution, MatrixRule)):
        return rule
    if isinstance(value, np.generic):  # numpy's scalars have the methods of arrays
        return as_distribution(value.item(), what)
    if hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0:
        return Given(np.asarray(value))
    if hasattr(value, "fill") and hasattr(value, "to_json"):  # a rule of the caller's own
        return rule
    return as_distribution(value, what)
