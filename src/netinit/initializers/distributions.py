"""The distributions that the core draws: normal, uniform, truncated normal, constant.

Each validates its numbers when made and tells the core its kind and its four numbers (`core`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netinit.base.checks import number
from netinit.base.spelling import choose, unknown
from netinit.initializers.elementwise import Core, Elementwise
from netinit.initializers.moments import truncated_moments

__all__ = ["Constant", "Normal", "TruncatedNormal", "Uniform", "distribution_from_json"]


def _interval(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"low must not exceed high, but low = {low!r} and high = {high!r}")


def _set(instance: object, **values: object) -> None:
    """Set attributes of a frozen dataclass while it is being made."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def _constant_core(value: float) -> Core:
    return ("constant", value, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Normal(Elementwise):
    """The normal distribution with a mean and a standard deviation.

    Parameters
    ----------
    mean : float, default 0
        Any finite number.
    std : float, default 1
        A finite number, at least 0; with 0 every element is `mean`.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, or `std` is negative.

    Notes
    -----
    Box-Muller on pairs of 32-bit words (64-bit ones for float64), so |x - mean| reaches
    6.7 std (9.4 for float64); see docs/stream.md.

    Examples
    --------
    >>> from netinit import Normal
    >>> Normal(0, 0.02)
    Normal(mean=0.0, std=0.02)
    """

    mean: float = 0.0
    std: float = 1.0
    core: Core = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mean, std = number("mean", self.mean), number("std", self.std, least=0)
        core = ("normal", mean, std, 0.0, 0.0) if std else _constant_core(mean)
        _set(self, mean=mean, std=std, core=core)

    @property
    def constant(self) -> bool:
        """Whether `std` is 0."""
        return self.std == 0

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe."""
        return {"distribution": "normal", "mean": self.mean, "std": self.std}

    def __str__(self) -> str:
        return f"Normal({self.mean:.3g}, {self.std:.3g})"


@dataclass(frozen=True, slots=True)
class Uniform(Elementwise):
    """The uniform distribution on [low, high): `low` may be drawn, `high` never is.

    Parameters
    ----------
    low, high : float, default 0 and 1
        Finite, low <= high; where they are equal every element is `low`.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, or low > high.

    Notes
    -----
    Values stay within the interval in the array's own type, half precision included.

    Examples
    --------
    >>> from netinit import Uniform
    >>> round(Uniform(-1, 1).std, 6)
    0.57735
    """

    low: float = 0.0
    high: float = 1.0
    core: Core = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low, high = number("low", self.low), number("high", self.high)
        _interval(low, high)
        core = ("uniform", 0.0, 0.0, low, high) if low < high else _constant_core(low)
        _set(self, low=low, high=high, core=core)

    @property
    def mean(self) -> float:
        """The middle of the interval."""
        return self.low / 2 + self.high / 2  # halved first: the sum might overflow

    @property
    def std(self) -> float:
        """(high - low) / sqrt(12)."""
        return (self.high / 2 - self.low / 2) / math.sqrt(3)

    @property
    def constant(self) -> bool:
        """Whether `low` equals `high`."""
        return self.low == self.high

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe."""
        return {"distribution": "uniform", "low": self.low, "high": self.high}

    def __str__(self) -> str:
        return f"Uniform({self.low:.3g}, {self.high:.3g})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class TruncatedNormal(Elementwise):
    """A normal distribution kept within bounds, which are never crossed.

    Parameters
    ----------
    mean, std : float, default 0 and 1
        Those of the normal *before* truncation; `std` at least 0.
    low, high : float or None
        The bounds themselves (not in units of `std`); None means mean - 2 std and
        mean + 2 std. Either may be infinite.

    Attributes
    ----------
    parent : Normal
        The normal distribution before truncation.
    low, high : float
        The bounds.
    mean, std : float
        The mean and standard deviation *after* truncation, which is what an array shows.

    Raises
    ------
    ValueError
        If a number is NaN, mean or std infinite, std negative, low > high, both bounds are
        the same infinity, or std is 0 and mean outside the bounds.

    Notes
    -----
    By inversion, one word an element, exact for any bounds however far in a tail.

    Examples
    --------
    >>> from netinit import TruncatedNormal
    >>> TruncatedNormal(0, 0.02)
    TruncatedNormal(mean=0.0, std=0.02, low=-0.04, high=0.04)
    >>> round(TruncatedNormal(0, 1).std, 6)
    0.879626
    """

    parent: Normal
    low: float
    high: float
    core: Core = field(repr=False, compare=False)

    def __init__(
        self,
        mean: float = 0.0,
        std: float = 1.0,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        parent = Normal(mean, std)
        low = parent.mean - 2 * parent.std if low is None else number("low", low, finite=False)
        high = parent.mean + 2 * parent.std if high is None else number("high", high, finite=False)
        _interval(low, high)
        if low == high and math.isinf(low):
            raise ValueError(f"low and high must not both be {low!r}")
        if parent.std == 0 and not low <= parent.mean <= high:
            raise ValueError(
                f"with std = 0 mean must be within low and high, but mean = {parent.mean!r}, "
                f"low = {low!r} and high = {high!r}"
            )
        core: Core = ("truncated_normal", parent.mean, parent.std, low, high)
        if parent.std == 0 or low == high:
            core = _constant_core(parent.mean if parent.std == 0 else low)
        _set(self, parent=parent, low=low, high=high, core=core)

    @property
    def mean(self) -> float:
        """The mean after truncation."""
        return self._moments()[0]

    @property
    def std(self) -> float:
        """The standard deviation after truncation."""
        return self._moments()[1]

    def _moments(self) -> tuple[float, float]:
        if self.constant:
            return self.core[1], 0.0
        return truncated_moments(self.parent.mean, self.parent.std, self.low, self.high)

    @property
    def constant(self) -> bool:
        """Whether the parent's std is 0 or the bounds are equal."""
        return self.core[0] == "constant"

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe; infinite bounds as text."""
        low, high = (str(b) if math.isinf(b) else b for b in (self.low, self.high))
        numbers = {"mean": self.parent.mean, "std": self.parent.std, "low": low, "high": high}
        return {"distribution": "truncated_normal", **numbers}

    def __repr__(self) -> str:
        mean, std = self.parent.mean, self.parent.std
        return f"TruncatedNormal({mean=!r}, {std=!r}, low={self.low!r}, high={self.high!r})"

    def __str__(self) -> str:
        mean, std = self.parent.mean, self.parent.std
        return f"TruncatedNormal({mean:.3g}, {std:.3g}, {self.low:.3g}, {self.high:.3g})"


@dataclass(frozen=True, slots=True)
class Constant(Elementwise):
    """The same finite value for every element.

    Raises
    ------
    ValueError
        If `value` is NaN or infinite.

    Examples
    --------
    >>> from netinit import Constant
    >>> Constant(1)
    Constant(value=1.0)
    """

    value: float
    core: Core = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        value = number("value", self.value)
        _set(self, value=value, core=_constant_core(value))

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def std(self) -> float:
        """Zero."""
        return 0.0

    @property
    def constant(self) -> bool:
        """True."""
        return True

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe."""
        return {"distribution": "constant", "value": self.value}

    def __str__(self) -> str:
        return f"Constant({self.value:.3g})"


#: A recipe's name of each distribution: its class and the names of its numbers.
_KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "constant": (Constant, ("value",)),
    "normal": (Normal, ("mean", "std")),
    "truncated_normal": (TruncatedNormal, ("mean", "std", "low", "high")),
    "uniform": (Uniform, ("low", "high")),
}


def distribution_from_json(recipe: Mapping[str, Any]) -> Elementwise:
    """Return the distribution that `to_json` wrote.

    Raises
    ------
    ValueError
        If the mapping does not name a distribution, or has a number too few or too many.

    Examples
    --------
    >>> from netinit.initializers.distributions import distribution_from_json
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
