"""Variance scaling: one rule from fans to a distribution, and the named rows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from netinit import _core
from netinit.base.checks import number
from netinit.base.spelling import choose
from netinit.initializers.base import Distribution
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform

__all__ = ["MODES", "SCALINGS", "SPREADS", "Scaling", "fan_of", "spread"]


#: Every name of a mode.
MODES: dict[str, str] = {name: name for name in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")}

#: Every name of a distribution that `spread` knows, and the core's name of it.
SPREADS: dict[str, str] = {
    "normal": "normal",
    "uniform": "uniform",
    "truncated_normal": "truncated_normal",
    "uncorrected_truncated_normal": "uncorrected_truncated_normal",
    "untruncated_normal": "normal",
}

#: What the core's kind of distribution is here.
_DISTRIBUTIONS: dict[str, Callable[[float, float, float, float], Distribution]] = {
    "normal": lambda mean, std, low, high: Normal(mean, std),
    "uniform": lambda mean, std, low, high: Uniform(low, high),
    "truncated_normal": TruncatedNormal,
}


def fan_of(mode: str, fan_in: float, fan_out: float) -> float:
    """Return the number that a variance is divided by: a fan, or a mean of both.

    Parameters
    ----------
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        The last two are the arithmetic and the geometric mean.
    fan_in, fan_out : float
        At least 0.

    Raises
    ------
    ValueError
        If the mode is none of these; the nearest one is named.

    Examples
    --------
    >>> from netinit.initializers.variance_scaling import fan_of
    >>> fan_of("fan_avg", 50, 200), fan_of("fan_geo_avg", 50, 200)
    (125.0, 100.0)
    """
    return _core.fan(choose("mode", mode, MODES), fan_in, fan_out)


def spread(distribution: str, std: float) -> Distribution:
    """Return a distribution of mean 0 by its name and its standard deviation.

    Parameters
    ----------
    distribution : str
        "normal" (or "untruncated_normal"); "uniform"; "truncated_normal", whose standard
        deviation is `std` *after* truncation at two of the parent's; or
        "uncorrected_truncated_normal", whose parent has the standard deviation `std`.
    std : float
        At least 0.

    Raises
    ------
    ValueError
        If the name is none of these (the nearest one is named), or `std` is negative, NaN or
        infinite.

    Notes
    -----
    Uniform on +-sqrt(3) std. Truncated: the parent's std is std / 0.87962566103423978, where
    the divisor is that of N(0, 1) on [-2, 2], sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).

    Examples
    --------
    >>> from netinit.initializers.variance_scaling import spread
    >>> round(spread("truncated_normal", 0.02).std, 12)
    0.02
    >>> round(spread("uncorrected_truncated_normal", 0.02).std, 6)
    0.017593
    """
    # A sum, since zeros of both signs are one key.
    return _spread(choose("distribution", distribution, SPREADS), number("std", std, least=0) + 0.0)


@lru_cache(maxsize=1024)
def _spread(name: str, std: float) -> Distribution:
    """Return a spread that layers share: a large net has few, and each takes a while to make."""
    kind, mean, std, low, high = _core.spread(name, std)
    return _DISTRIBUTIONS[kind](mean, std, low, high)


def spread_or_zeros(distribution: str, std: float) -> Distribution:
    """Return `spread`, or zeros where std is 0: of an empty array, whose values do not matter."""
    return spread(distribution, std) if std else Constant(0.0)


@dataclass(frozen=True, slots=True)
class Scaling:
    """The general rule: values of mean 0 and variance scale / fan.

    Parameters
    ----------
    scale : float, default 1
        At least 0.
    mode : str, default "fan_in"
        See `fan_of`.
    distribution : str, default "truncated_normal"
        See `spread`.

    Raises
    ------
    ValueError
        If an option is none of these.

    Notes
    -----
    LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998 (scale 1, fan_in); Glorot, Bengio,
    AISTATS 2010 (1, fan_avg); He, Zhang, Ren, Sun, ICCV 2015 (2, fan_in).

    Examples
    --------
    >>> from netinit.initializers.variance_scaling import Scaling
    >>> Scaling(2, "fan_in", "normal").of_fans(50, 200)
    Normal(mean=0.0, std=0.2)
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", number("scale", self.scale, least=0))
        object.__setattr__(self, "mode", choose("mode", self.mode, MODES))
        name = choose("distribution", self.distribution, SPREADS)
        object.__setattr__(self, "distribution", name)

    def std(self, fan_in: float, fan_out: float) -> float:
        """Return sqrt(scale / fan), or 0 where the fan is 0: an empty array."""
        return _core.scaled_std(self.scale, self.mode, fan_in, fan_out)

    def of_fans(self, fan_in: float, fan_out: float, gain: float = 1.0) -> Distribution:
        """Return the distribution for a weight of these fans, its values times a gain."""
        return spread_or_zeros(self.distribution, gain * self.std(fan_in, fan_out))


_NAMED = {"lecun": (1.0, "fan_in"), "glorot": (1.0, "fan_avg"), "he": (2.0, "fan_in")}

_ALIASES = {"xavier": "glorot", "kaiming": "he"}

#: The named rows: lecun, glorot = xavier and he = kaiming, each normal, uniform and truncated.
SCALINGS: dict[str, Scaling] = {
    f"{name}_{distribution}": Scaling(*_NAMED[_ALIASES.get(name, name)], distribution)
    for name in (*_NAMED, *_ALIASES)
    for distribution in ("normal", "uniform", "truncated_normal")
}
