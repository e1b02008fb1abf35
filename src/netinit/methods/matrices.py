"""Methods that fill weights with matrices: Orthogonal, Identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from netinit.catalogue import formulas
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Normal
from netinit.methods.base import Method, number_option
from netinit.methods.registry import register
from netinit.parameters.parameter import Parameter

__all__ = ["Identity", "Orthogonal"]

_SMALL = Normal(0.0, 0.01)


@register("Orthogonal")
@dataclass(frozen=True, slots=True)
class Orthogonal(Method):
    """Fill weights with Haar-distributed orthogonal matrices, semi-orthogonal if not square.

    Parameters
    ----------
    gain : float or "auto"
        What the matrices are multiplied by; "auto": the gain of what follows the layer, found
        in the net (docs/nonlinearity.md).

    Notes
    -----
    A convolution's weight is the matrix out x (in, kernel); each map of a stack (a gate, a
    group) is a matrix of its own. Biases are 0. Saxe, McClelland, Ganguli: Exact solutions
    to the nonlinear dynamics of learning in deep linear neural networks, ICLR 2014.
    """

    name = "orthogonal"
    asking: ClassVar[tuple[str, ...]] = ("gain",)

    gain: float | str = 1.0

    def __post_init__(self) -> None:
        number_option(self, "gain", auto=True)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the matrix rule of the parameter's layout."""
        return formulas.orthogonal(parameter, self.gain)


@register("Identity")
@dataclass(frozen=True, slots=True)
class Identity(Method):
    """Preserve the components of arrays through affine layers, but for a little noise.

    Parameters
    ----------
    distribution : distribution
        The noise that breaks symmetry: a netinit distribution, an object with ``ppf``, or a
        number s for ``Normal(0, s)``.

    Raises
    ------
    TypeError, ValueError
        If it is not a distribution.

    Notes
    -----
    Weights are the identity matrix (rectangular where needed, centred in a convolution's
    kernel) plus the noise; an array that is no linear map gets the noise alone. Biases are 0.
    """

    name = "identity"

    distribution: Any = _SMALL

    def __post_init__(self) -> None:
        noise = as_distribution(self.distribution, "Identity's distribution")
        object.__setattr__(self, "distribution", noise)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the identity of the parameter's layout plus the noise."""
        noise: Distribution = self.distribution
        if parameter.layout is None and len(parameter.known_shape) < 2:
            return noise
        return formulas.noisy_identity(parameter, noise)
