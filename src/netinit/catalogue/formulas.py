"""From a parameter and a few options to an initializer: each formula once.

The entries of the catalogue and the methods call these; an option has its default here alone.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from netinit.base.checks import number
from netinit.catalogue.maps import by_map
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Constant, TruncatedNormal, Uniform
from netinit.initializers.gains import gain as gain_of
from netinit.initializers.gains import is_auto, slope_of
from netinit.initializers.hadamard import Hadamard
from netinit.initializers.identity import Identity
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.packed import Parts
from netinit.initializers.upsampling import ICNR
from netinit.initializers.variance_scaling import Scaling, fan_of, spread_or_zeros
from netinit.parameters.parameter import Parameter
from netinit.shapes.layout import block_shape, layout_of

__all__ = [
    "fan_in_uniform",
    "forget_bias",
    "icnr",
    "kaiming",
    "lecun",
    "noisy_identity",
    "orthogonal",
    "siren",
    "truncated_normal",
    "variance_scaling",
    "xavier",
    "zero_hadamard",
]


def _following_gain(parameter: Parameter) -> float:
    """Return the gain of the nonlinearity that follows the parameter's layer.

    Raises
    ------
    ValueError
        If nothing is known of the net around it.
    """
    follows = parameter.follows
    if follows is None:
        raise ValueError(
            "'auto' is what follows the layer in its net, and arrays alone do not say: give a "
            "torch.nn.Module or a net of netinit.nets, or name it, as in nonlinearity='relu' or "
            "gain=netinit.initializers.gain('tanh')"
        )
    return follows.gain


def _gain(parameter: Parameter, gain: float | str) -> float:
    """Return a gain as a number; "auto" is that of what follows."""
    return _following_gain(parameter) if is_auto(gain) else number("gain", gain)


def truncated_normal(
    parameter: Parameter,
    mean: float = 0.0,
    std: float = 1.0,
    low: float | None = None,
    high: float | None = None,
    sigmas: bool = False,
) -> Initializer:
    """Return N(mean, std**2) within [low, high]; `sigmas`: bounds in units of std from the mean."""
    if sigmas:
        low, high = (b if b is None else mean + b * std for b in (low, high))
    return TruncatedNormal(mean, std, low, high)


@by_map
def variance_scaling(
    parameter: Parameter,
    scale: float | str = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> Initializer:
    """Return the distribution of variance scale / fan; "auto": the square of the gain."""
    if is_auto(scale):
        scale = _following_gain(parameter) ** 2
    scale = number("scale", scale, least=0)
    return Scaling(scale, mode, distribution).of_fans(parameter.fan_in, parameter.fan_out)


@lru_cache(typed=True)
def _kaiming_gain(nonlinearity: str, a: float) -> float:
    return gain_of(nonlinearity, slope_of(nonlinearity, a))


@by_map
def kaiming(
    parameter: Parameter,
    mode: str = "fan_in",
    nonlinearity: str = "relu",
    a: float = 0.0,
    distribution: str = "normal",
) -> Initializer:
    """Return the distribution of std gain(nonlinearity, a) / sqrt(fan)."""
    if is_auto(nonlinearity):
        gain = _following_gain(parameter)
    else:
        try:
            gain = _kaiming_gain(nonlinearity, a)
        except TypeError:  # what cannot be looked up, too: said by those who take it
            gain = gain_of(nonlinearity, slope_of(nonlinearity, a))
    options = gain, mode, parameter.fan_in, parameter.fan_out, distribution
    if type(mode) is str and type(distribution) is str:  # others may not be looked up
        return _shared_spread(*options)
    return _spread_by_fan(*options)


def _spread_by_fan(
    gain: float, mode: str, fan_in: float, fan_out: float, distribution: str
) -> Initializer:
    """Return the distribution of std gain / sqrt(fan)."""
    fan = fan_of(mode, fan_in, fan_out)
    std = gain / math.sqrt(fan) if fan else 0.0
    return spread_or_zeros(distribution, std)


#: The same, which layers of one shape share.
_shared_spread = lru_cache(maxsize=1024, typed=True)(_spread_by_fan)


@by_map
def xavier(
    parameter: Parameter, gain: float | str = 1.0, distribution: str = "normal"
) -> Initializer:
    """Return the distribution of std gain sqrt(2 / (fan_in + fan_out))."""
    fans, gain = (parameter.fan_in, parameter.fan_out), _gain(parameter, gain)
    return Scaling(1.0, "fan_avg", distribution).of_fans(*fans, gain)


@by_map
def lecun(
    parameter: Parameter, gain: float | str = 1.0, distribution: str = "normal"
) -> Initializer:
    """Return the distribution of std gain / sqrt(fan_in)."""
    fans, gain = (parameter.fan_in, parameter.fan_out), _gain(parameter, gain)
    return Scaling(1.0, "fan_in", distribution).of_fans(*fans, gain)


@by_map
def fan_in_uniform(parameter: Parameter) -> Initializer:
    """Return the uniform distribution on +-1 / sqrt(fan_in)."""
    return Scaling(1 / 3, "fan_in", "uniform").of_fans(parameter.fan_in, parameter.fan_out)


@by_map
def siren(parameter: Parameter, omega: float = 30.0, first: bool = False) -> Initializer:
    """Return U[-1/n, 1/n) in the first layer, U[-b, b), b = sqrt(6 / n) / omega, in others."""
    if not parameter.fan_in:
        return Constant(0.0)
    omega = number("omega", omega)
    bound = 1 / parameter.fan_in if first else math.sqrt(6 / parameter.fan_in) / omega
    return Uniform(-bound, bound)


@by_map
def orthogonal(parameter: Parameter, gain: float | str = 1.0) -> Initializer:
    """Return the (semi-)orthogonal matrices of the parameter's layout, times a gain."""
    if is_auto(gain):
        gain = _following_gain(parameter)
    return Orthogonal.of_shape(parameter.known_shape, parameter.layout, number("gain", gain))


@by_map
def noisy_identity(parameter: Parameter, noise: Any = 0.01) -> Initializer:
    """Return the identity of the parameter's layout, plus noise that breaks symmetry."""
    noise = as_distribution(noise, "noise")
    return Identity.of_shape(parameter.known_shape, parameter.layout, noise)


@by_map
def zero_hadamard(parameter: Parameter) -> Initializer:
    """Return the partial identity, or the Hadamard matrix where outputs are more than inputs."""
    layout = layout_of(parameter.known_shape, parameter.layout)
    block = block_shape(parameter.known_shape, layout)
    outputs, inputs = (
        math.prod(block[axis] for axis in axes) for axes in (layout.out_axes, layout.in_axes)
    )
    return Identity(Constant(0.0), layout) if outputs <= inputs else Hadamard(layout)


def icnr(
    parameter: Parameter,
    copies: int = 4,
    distribution: Any = None,
    axis: int = 0,
    tiled: bool = False,
) -> Initializer:
    """Return kernels that are equal for the channels of one pixel."""
    if distribution is None:  # Kaiming's normal, whose fan_in is that of one pixel's kernels too
        distribution = kaiming(parameter)
    return ICNR(distribution, copies, axis, tiled)


def forget_bias(parameter: Parameter, value: float = 1.0) -> Initializer:
    """Return `value` in the second quarter of an LSTM's bias, zeros elsewhere."""
    return Parts([Constant(c) for c in (0.0, value, 0.0, 0.0)])
