"""Methods that fill weights with matrices: Orthogonal, Identity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Normal
from netinit.initializers.elementwise import Distribution
from netinit.initializers.identity import IdentityMatrix
from netinit.initializers.orthogonal import OrthogonalMatrix
from netinit.methods.base import Method, number_option
from netinit.parameters.parameter import Parameter
from netinit.shapes.layout import Layout, block_shape, layout_of

__all__ = ["Identity", "Orthogonal"]


_SMALL = Normal(0.0, 0.01)


@dataclass(frozen=True, slots=True)
class Orthogonal(Method):
    """Fill weights with Haar-distributed orthogonal matrices, semi-orthogonal if not square.

    Parameters
    ----------
    gain : float
        What the matrices are multiplied by.

    Notes
    -----
    A convolution's weight is the matrix out x (in, kernel); each map of a stack (a gate, a
    group) is a matrix of its own. Biases are 0. Saxe, McClelland, Ganguli: Exact solutions
    to the nonlinear dynamics of learning in deep linear neural networks, ICLR 2014.
    """

    name = "orthogonal"

    gain: float = 1.0

    def __post_init__(self) -> None:
        number_option(self, "gain")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the matrix rule of the parameter's layout."""
        assert parameter.shape is not None
        layout = layout_of(parameter.shape, parameter.layout)
        block = block_shape(parameter.shape, layout)
        rows = math.prod(block[axis] for axis in layout.out_axes)
        longer = max(rows, math.prod(block) // rows if rows else 0)
        std = abs(self.gain) / math.sqrt(longer) if longer else 0.0
        return OrthogonalMatrix(self.gain, layout, std)


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
        shape = parameter.shape
        assert shape is not None
        if parameter.layout is None and len(shape) < 2:
            return noise
        layout = layout_of(shape, parameter.layout)
        mean, std = _identity_moments(block_shape(shape, layout), layout, noise)
        return IdentityMatrix(noise, layout, mean, std)


def _identity_moments(
    block: tuple[int, ...], layout: Layout, noise: Distribution
) -> tuple[float | None, float | None]:
    """Return the mean and std that identity plus noise shows over one map of an array."""
    size = math.prod(block)
    if not size or noise.mean is None or noise.std is None:
        return None, None
    out, into = (math.prod(block[i] for i in axes) for axes in (layout.out_axes, layout.in_axes))
    ones = min(out, into) / size
    return ones + noise.mean, math.sqrt(ones * (1 - ones) + noise.std**2)
