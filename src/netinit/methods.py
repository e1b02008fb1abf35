"""Methods: the rules that turn a parameter's role and fans into an initializer.

A method is a row of `METHODS`; it computes numbers only and touches no array.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Constant, Normal
from netinit.initializers.elementwise import Distribution
from netinit.initializers.gains import NONLINEARITIES, gain
from netinit.initializers.identity import IdentityMatrix
from netinit.initializers.orthogonal import OrthogonalMatrix
from netinit.initializers.variance_scaling import MODES, SPREADS, Scaling, fan_of, spread
from netinit.method import Method, choose_option, fans_of, number_option
from netinit.parameters.parameter import Parameter
from netinit.shapes.layout import Layout, block_shape, layout_of

__all__ = [
    "METHODS",
    "Identity",
    "Kaiming",
    "Lecun",
    "Method",
    "Orthogonal",
    "Random",
    "VarianceScaling",
    "Xavier",
]

_STANDARD = Normal(0.0, 1.0)
_SMALL = Normal(0.0, 0.01)


@dataclass(frozen=True, slots=True)
class Kaiming(Method):
    """Keep the variance of arrays through layers with rectifiers.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        fan_in keeps the variance forwards, fan_out backwards; the others are their means.
    nonlinearity : str
        What follows the layer; see `netinit.initializers.gains.gain`.
    a : float
        The negative slope, where the nonlinearity is leaky_relu.

    Raises
    ------
    ValueError
        If an option's value is not one of these; the nearest one is named.

    Notes
    -----
    std = gain / sqrt(fan); uniform on +-sqrt(3) std. Biases are 0. He, Zhang, Ren, Sun:
    Delving Deep into Rectifiers, ICCV 2015.

    Examples
    --------
    >>> import netinit
    >>> netinit.Kaiming(mode="fan_out")
    Kaiming(distribution='normal', mode='fan_out', nonlinearity='relu', a=0.0)
    """

    name = "kaiming"

    distribution: str = "normal"
    mode: str = "fan_in"
    nonlinearity: str = "relu"
    a: float = 0.0

    def __post_init__(self) -> None:
        choose_option(self, "distribution", SPREADS)
        choose_option(self, "mode", MODES)
        # The name stays as it was given, an alias too: it is what the user reads in the plan.
        choose_option(self, "nonlinearity", list(NONLINEARITIES))
        number_option(self, "a")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std gain / sqrt(fan)."""
        fan = fan_of(self.mode, *fans_of(parameter))
        if fan == 0:  # an empty array: any values will do
            return Constant(0.0)
        return spread(self.distribution, gain(self.nonlinearity, self.a) / math.sqrt(fan))


@dataclass(frozen=True, slots=True)
class Xavier(Method):
    """Keep the variance of arrays and of gradients through layers, as a compromise.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    gain : float
        At least 0.

    Raises
    ------
    ValueError
        If an option's value is not one of these.

    Notes
    -----
    std = gain sqrt(2 / (fan_in + fan_out)); uniform on +-sqrt(3) std. Biases are 0. Glorot,
    Bengio: Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010.

    Examples
    --------
    >>> import netinit
    >>> netinit.Xavier(distribution="Uniform")
    Xavier(distribution='uniform', gain=1.0)
    """

    name = "xavier"

    distribution: str = "normal"
    gain: float = 1.0

    def __post_init__(self) -> None:
        choose_option(self, "distribution", SPREADS)
        number_option(self, "gain")
        if self.gain < 0:
            raise ValueError(f"Xavier's gain must be at least 0, not {self.gain!r}")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std gain sqrt(2 / (fan_in + fan_out))."""
        total = sum(fans_of(parameter))
        if total == 0:  # an empty array: any values will do
            return Constant(0.0)
        return spread(self.distribution, self.gain * math.sqrt(2 / total))


@dataclass(frozen=True, slots=True)
class Lecun(Method):
    """Keep the variance of arrays through layers without a nonlinearity, or with SELU.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.

    Raises
    ------
    ValueError
        If it is none of these.

    Notes
    -----
    std = 1 / sqrt(fan_in); uniform on +-sqrt(3) std. Biases are 0. LeCun, Bottou, Orr, Müller:
    Efficient BackProp, 1998; Klambauer, Unterthiner, Mayr, Hochreiter: Self-normalizing neural
    networks, NIPS 2017.

    Examples
    --------
    >>> import netinit
    >>> print(netinit.Lecun().weight(netinit.Parameter("w", (10, 100))))
    Normal(0, 0.1)
    """

    name = "lecun"

    distribution: str = "normal"

    def __post_init__(self) -> None:
        choose_option(self, "distribution", SPREADS)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std 1 / sqrt(fan_in)."""
        return Scaling(1.0, "fan_in", self.distribution).of_fans(*fans_of(parameter))


@dataclass(frozen=True, slots=True)
class VarianceScaling(Method):
    """The general rule of which Kaiming, Xavier and Lecun are cases: variance = scale / fan.

    Parameters
    ----------
    scale : float
        At least 0.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        See `netinit.initializers.variance_scaling.fan_of`.
    distribution : {"truncated_normal", "normal", "uniform", "uncorrected_truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.

    Raises
    ------
    ValueError
        If an option's value is not one of these; the nearest one is named.

    Notes
    -----
    Biases are 0. The defaults are those of JAX and Keras.

    Examples
    --------
    >>> import netinit
    >>> rule = netinit.VarianceScaling(2, "fan_out", "normal")
    >>> print(rule.weight(netinit.Parameter("w", (200, 10))))
    Normal(0, 0.1)
    """

    name = "variance_scaling"

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"

    def __post_init__(self) -> None:
        choose_option(self, "mode", MODES)
        choose_option(self, "distribution", SPREADS)
        number_option(self, "scale")
        if self.scale < 0:
            raise ValueError(f"VarianceScaling's scale must be at least 0, not {self.scale!r}")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of variance scale / fan."""
        return Scaling(self.scale, self.mode, self.distribution).of_fans(*fans_of(parameter))


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
    >>> netinit.Random(weights=2, biases=netinit.Uniform(-1, 1)).weights
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


#: Every name of a method and its class; an alias is a row.
METHODS: dict[str, type[Method]] = {
    "Kaiming": Kaiming,
    "He": Kaiming,
    "Xavier": Xavier,
    "Glorot": Xavier,
    "Lecun": Lecun,
    "VarianceScaling": VarianceScaling,
    "Orthogonal": Orthogonal,
    "Random": Random,
    "Identity": Identity,
}
