"""Functions that scale values by the fans of the array's linear map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from netinit.numpy.create import Axes, created

__all__ = [
    "fan_in_uniform",
    "glorot_normal",
    "glorot_truncated_normal",
    "glorot_uniform",
    "he_normal",
    "he_truncated_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_truncated_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_truncated_normal",
    "lecun_uniform",
    "siren",
    "variance_scaling",
    "xavier_normal",
    "xavier_truncated_normal",
    "xavier_uniform",
]

Shape = int | Sequence[int]


def variance_scaling(
    shape: Shape,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
    **keywords: Unpack[Axes],
) -> np.ndarray:
    """Return a new array of mean 0 and variance scale / fan.

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    scale : float, default 1.0
        At least 0.
    mode : str, default "fan_in"
        "fan_in", "fan_out", "fan_avg" or "fan_geo_avg".
    distribution : str, default "truncated_normal"
        "normal", "uniform", "truncated_normal" or "uncorrected_truncated_normal".
    """
    return created(
        "variance_scaling", shape, keywords, scale=scale, mode=mode, distribution=distribution
    )


def xavier_normal(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new normal array of std gain sqrt(2 / (fan_in + fan_out)).

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    gain : float, default 1.0
        What the values are multiplied by.

    Notes
    -----
    N(0, std**2).
    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010.
    """
    return created("xavier_normal", shape, keywords, gain=gain)


def kaiming_normal(
    shape: Shape,
    mode: str = "fan_in",
    nonlinearity: str = "relu",
    a: float = 0.0,
    **keywords: Unpack[Axes],
) -> np.ndarray:
    """Return a new normal array of std gain(nonlinearity, a) / sqrt(fan).

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    mode : str, default "fan_in"
        Which fan, or a mean of both; see `variance_scaling`.
    nonlinearity : str, default "relu"
        What follows the layer; see `netinit.initializers.gain`.
    a : float, default 0.0
        The negative slope of leaky_relu; alpha of elu, of which 0 stands for 1.

    Notes
    -----
    N(0, std**2).
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015.

    Examples
    --------
    >>> import netinit
    >>> kernel = netinit.numpy.kaiming_normal((3, 3, 16, 32), in_axis=2, out_axis=3)
    >>> print(f"{kernel.std():.3f}")
    0.118
    """
    return created("kaiming_normal", shape, keywords, mode=mode, nonlinearity=nonlinearity, a=a)


def lecun_normal(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new normal array of std gain / sqrt(fan_in).

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    gain : float, default 1.0
        What the values are multiplied by.

    Notes
    -----
    N(0, std**2).
    LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998.
    """
    return created("lecun_normal", shape, keywords, gain=gain)


def xavier_uniform(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new uniform array of std gain sqrt(2 / (fan_in + fan_out)).

    U[-sqrt(3) std, sqrt(3) std). Parameters and source: see `xavier_normal`.
    """
    return created("xavier_uniform", shape, keywords, gain=gain)


def kaiming_uniform(
    shape: Shape,
    mode: str = "fan_in",
    nonlinearity: str = "relu",
    a: float = 0.0,
    **keywords: Unpack[Axes],
) -> np.ndarray:
    """Return a new uniform array of std gain(nonlinearity, a) / sqrt(fan).

    U[-sqrt(3) std, sqrt(3) std). Parameters and source: see `kaiming_normal`.
    """
    return created("kaiming_uniform", shape, keywords, mode=mode, nonlinearity=nonlinearity, a=a)


def lecun_uniform(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new uniform array of std gain / sqrt(fan_in).

    U[-sqrt(3) std, sqrt(3) std). Parameters and source: see `lecun_normal`.
    """
    return created("lecun_uniform", shape, keywords, gain=gain)


def xavier_truncated_normal(
    shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]
) -> np.ndarray:
    """Return a new truncated normal array of std gain sqrt(2 / (fan_in + fan_out)).

    Truncated at +-2 s, s = std / 0.87962566103423978. Parameters and source: see `xavier_normal`.
    """
    return created("xavier_truncated_normal", shape, keywords, gain=gain)


def kaiming_truncated_normal(
    shape: Shape,
    mode: str = "fan_in",
    nonlinearity: str = "relu",
    a: float = 0.0,
    **keywords: Unpack[Axes],
) -> np.ndarray:
    """Return a new truncated normal array of std gain(nonlinearity, a) / sqrt(fan).

    Truncated at +-2 s, s = std / 0.87962566103423978. Parameters and source: see `kaiming_normal`.
    """
    return created(
        "kaiming_truncated_normal", shape, keywords, mode=mode, nonlinearity=nonlinearity, a=a
    )


def lecun_truncated_normal(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new truncated normal array of std gain / sqrt(fan_in).

    Truncated at +-2 s, s = std / 0.87962566103423978. Parameters and source: see `lecun_normal`.
    """
    return created("lecun_truncated_normal", shape, keywords, gain=gain)


def fan_in_uniform(shape: Shape, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new array uniform on +-1 / sqrt(fan_in): PyTorch's default for a layer.

    Shape and keywords: see `create` and `Axes`.

    Notes
    -----
    Kaiming's rule with a = sqrt(5). LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998.
    """
    return created("fan_in_uniform", shape, keywords)


def siren(
    shape: Shape, omega: float = 30.0, first: bool = False, **keywords: Unpack[Axes]
) -> np.ndarray:
    """Return a new weight of a layer with sine as nonlinearity.

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    omega : float, default 30.0
        The frequency of the layers x -> sin(omega (W x + b)).
    first : bool, default False
        Whether it is the first layer's weight.

    Notes
    -----
    First layer: U[-1/n, 1/n) for n inputs; others: U[-b, b), b = sqrt(6 / n) / omega. Sitzmann,
    Martel, Bergman, Lindell, Wetzstein: Implicit neural representations with periodic
    activation functions, NeurIPS 2020.
    """
    return created("siren", shape, keywords, omega=omega, first=first)


glorot_normal = xavier_normal
he_normal = kaiming_normal
glorot_uniform = xavier_uniform
he_uniform = kaiming_uniform
glorot_truncated_normal = xavier_truncated_normal
he_truncated_normal = kaiming_truncated_normal
