"""SIREN: layers with sine as nonlinearity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from netinit.base.spelling import listing
from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.methods.base import number_option
from netinit.methods.places import named, set_counts_and_patterns
from netinit.methods.registry import register
from netinit.methods.scheme import Scheme
from netinit.parameters.parameter import Parameter

__all__ = ["Siren"]


@register("Siren")
@dataclass(frozen=True, slots=True)
class Siren(Scheme):
    """Keep the distribution of activations through layers x -> sin(omega (W x + b)).

    Parameters
    ----------
    omega : float, default 30
        Greater than 0: the frequency of all layers.
    first : sequence of str
        Name patterns of the first layer's weight.

    Raises
    ------
    ValueError
        If `omega` is not greater than 0.

    Warns
    -----
    UserWarning
        If no weight of the net is one of `first`, or each is.

    Notes
    -----
    First layer: U[-1/n, 1/n) of n inputs; others: U[-b, b) with b = sqrt(6 / n) / omega. Then
    omega W x is normal with variance 1 in the second layer and nearly so at any depth: a
    variance v becomes 1 - exp(-2 v), which tends to 0.797. Biases are 0. Sitzmann, Martel,
    Bergman, Lindell, Wetzstein: Implicit neural representations with periodic activation
    functions, NeurIPS 2020.

    Examples
    --------
    >>> import netinit
    >>> method = netinit.methods.Siren(first="net.0.*")
    >>> print(method.weight(netinit.Parameter("net.0.linear.weight", (64, 2))))
    Uniform(-0.5, 0.5)
    >>> print(method.weight(netinit.Parameter("net.1.linear.weight", (64, 54))))
    Uniform(-0.0111, 0.0111)
    """

    name = "siren"
    without: ClassVar[Mapping[str, str]] = {
        "first": "no layer is drawn as the first one, from U[-1/n, 1/n)"
    }

    omega: float = 30.0
    first: tuple[str, ...] = ("0.*", "*.0.*", "*first*", "weights.0")

    def __post_init__(self) -> None:
        set_counts_and_patterns(self, {}, ["first"])
        number_option(self, "omega")
        if self.omega <= 0:
            raise ValueError(f"Siren's omega must be greater than 0, not {self.omega!r}")

    def missing(self, names: Sequence[str]) -> list[str]:
        """Return what is not found among the names of a net's weights, and what follows."""
        if len(names) > 1 and all(named(name, self.first) for name in names):
            return [
                f"every weight has a name that fits its first ({listing(self.first)}), so all are "
                "drawn as the first layer's, from U[-1/n, 1/n): give first=[...] that fits that "
                "layer alone"
            ]
        return Scheme.missing(self, names)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the uniform distribution of the layer's place."""
        first = named(parameter.name, self.first)
        return formulas.siren(parameter, self.omega, first)
