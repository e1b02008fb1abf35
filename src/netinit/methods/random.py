"""The method that draws weights from any distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Constant, Normal
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.parameters.parameter import Parameter

__all__ = ["Random"]


_STANDARD = Normal(0.0, 1.0)


@register("Random")
@dataclass(frozen=True, slots=True)
class Random(Method):
    """Draw weights, and biases if wanted, from any univariate distribution.

    Parameters
    ----------
    weights : distribution
        A netinit distribution, an object with ``ppf``, or a number s for ``Normal(0, s)``.
    biases : distribution or None
        The same; None for zeros.

    Raises
    ------
    TypeError, ValueError
        If one of them is not a distribution.

    Examples
    --------
    >>> import netinit
    >>> netinit.methods.Random(weights=2, biases=netinit.Uniform(-1, 1)).weights
    Normal(mean=0.0, std=2.0)
    """

    name = "random"

    weights: Any = _STANDARD
    biases: Any = None

    def __post_init__(self) -> None:
        weights = as_distribution(self.weights, "Random's weights")
        biases = None if self.biases is None else as_distribution(self.biases, "Random's biases")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "biases", biases)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution for weights, whatever the fans."""
        weights: Distribution = self.weights
        return weights

    @property
    def bias(self) -> Distribution:
        """The distribution for biases."""
        biases: Distribution = Constant(0.0) if self.biases is None else self.biases
        return biases
