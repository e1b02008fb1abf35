"""Distributions: what the elements of an array are drawn from.

A distribution is an initializer whose element i depends on the i-th part of the stream only.
It knows its mean and standard deviation and writes itself into a recipe (`to_json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from netinit.base.spelling import choose, unknown
from netinit.distribution import Core, Distribution, number
from netinit.families import Constant, Normal, TruncatedNormal, Uniform

__all__ = [
    "Constant",
    "Core",
    "Distribution",
    "Normal",
    "Quantile",
    "TruncatedNormal",
    "Uniform",
    "as_distribution",
    "distribution_from_json",
    "number",
]


@runtime_checkable
class HasQuantile(Protocol):
    """Anything with a quantile function, such as a frozen scipy.stats distribution."""

    def ppf(self, q: Any) -> Any:
        """Return the value below which the fraction `q` lies."""
        ...


@dataclass(frozen=True, slots=True)
class Quantile(Distribution):
    """Any univariate distribution with a quantile function, drawn by inversion.

    Parameters
    ----------
    distribution : object
        Its ``ppf(q)`` takes a float64 array of numbers strictly between 0 and 1 and returns
        an array of the same shape: a frozen ``scipy.stats`` distribution, for one.

    Raises
    ------
    TypeError
        If `distribution` has no ``ppf``.

    Notes
    -----
    q = (w + 1/2) / 2**32 of the element's word w, or of 53 bits for float64; ``ppf`` in
    float64; one rounding to the array's type. The values are as reproducible as the ``ppf``
    is, so it cannot be kept in a recipe.

    Examples
    --------
    >>> import scipy.stats
    >>> from netinit import Quantile
    >>> Quantile(scipy.stats.laplace(scale=2)).std == 8**0.5
    True
    """

    distribution: HasQuantile

    def __post_init__(self) -> None:
        if not callable(getattr(self.distribution, "ppf", None)):
            raise TypeError(f"distribution must have a method ppf, not {self.distribution!r}")

    @property
    def mean(self) -> float | None:
        """What the distribution's own ``mean`` says, None where it has none."""
        return _own_moment(self.distribution, "mean")

    @property
    def std(self) -> float | None:
        """What the distribution's own ``std`` says, None where it has none."""
        return _own_moment(self.distribution, "std")

    @property
    def constant(self) -> bool:
        """Whether its standard deviation is known to be 0."""
        return self.std == 0

    def to_json(self) -> dict[str, Any]:
        """Raise TypeError: a recipe holds numbers, not code."""
        raise TypeError(f"{self} cannot be kept in a recipe: its values come from code (ppf)")

    def __str__(self) -> str:
        # A frozen scipy distribution hides its name in the attribute dist.
        named = getattr(self.distribution, "dist", self.distribution)
        return f"Quantile({getattr(named, 'name', type(named).__name__)})"


def _own_moment(distribution: object, name: str) -> float | None:
    """Return what `distribution` says of itself, called or read, or None."""
    value = getattr(distribution, name, None)
    try:
        return float(value() if callable(value) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


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
    >>> from netinit.distributions import as_distribution
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
    >>> from netinit.distributions import distribution_from_json
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
