"""Keras's random initializers, drawn by netinit.

Their `seed` is an integer: the same values at every call; None: a random integer, chosen when
the initializer is made; or a ``keras.random.SeedGenerator``: other values at every call.
"""
# mypy: disable-error-code="import-untyped,import-not-found"
# mypy: allow-subclassing-any

from __future__ import annotations

import keras

from netinit.initializers import orthogonal
from netinit.initializers.base import Distribution
from netinit.initializers.distributions import Normal, Uniform
from netinit.initializers.distributions import TruncatedNormal as Truncated
from netinit.keras import rules
from netinit.keras.drawn import Drawn

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
]

_registered = keras.saving.register_keras_serializable(package="netinit")


@_registered
class RandomNormal(Drawn, keras.initializers.RandomNormal):
    """The normal distribution.

    Parameters
    ----------
    mean : float, default 0
    stddev : float, default 0.05
    seed : int, keras.random.SeedGenerator or None
        See the module.

    Examples
    --------
    >>> import keras
    >>> from netinit.keras import initializers
    >>> values = initializers.RandomNormal(stddev=2.0, seed=7)((200, 300), dtype="bfloat16")
    >>> round(float(keras.ops.std(keras.ops.cast(values, "float32"))), 1)
    2.0
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the normal distribution."""
        return Normal(self.mean, self.stddev)


@_registered
class RandomUniform(Drawn, keras.initializers.RandomUniform):
    """The uniform distribution on [minval, maxval).

    Parameters
    ----------
    minval, maxval : float, default -0.05 and 0.05
    seed : int, keras.random.SeedGenerator or None
        See the module.

    Notes
    -----
    `maxval` is never drawn, in half precision too.
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the uniform distribution."""
        return Uniform(self.minval, self.maxval)


@_registered
class TruncatedNormal(Drawn, keras.initializers.TruncatedNormal):
    """The normal distribution within two standard deviations of its mean.

    Parameters
    ----------
    mean : float, default 0
    stddev : float, default 0.05
        Of the normal before truncation; the values' own is 0.8796 of it.
    seed : int, keras.random.SeedGenerator or None
        See the module.

    Notes
    -----
    The bounds are never left. (Keras on torch leaves them about four times in a million.)
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the truncated normal distribution."""
        return Truncated(self.mean, self.stddev)


@_registered
class VarianceScaling(Drawn, keras.initializers.VarianceScaling):
    """Mean 0 and variance scale / max(1, fan).

    Parameters
    ----------
    scale : float, default 1
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        "normal" means the truncated one. It is within two standard deviations of the normal
        before truncation, which is made wider so that the variance holds.
    seed : int, keras.random.SeedGenerator or None
        See the module.
    input_axes, output_axes : sequence of int or None
        Where both are given, the fans are the products of these axes. Otherwise the last two
        axes are inputs and outputs and the others the receptive field.

    Raises
    ------
    ValueError
        If `scale` is not above 0, or an option is none of these.

    Notes
    -----
    Uniform on +-sqrt(3 scale / fan).

    Examples
    --------
    >>> from netinit.keras import initializers
    >>> initializers.VarianceScaling(2.0, "fan_in", "normal", seed=0).rule((50, 10)).std
    0.2
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        # Keras before 3.13 has no axes to give.
        axes = getattr(self, "input_axes", None), getattr(self, "output_axes", None)
        fans = rules.fans(shape, *axes)
        return rules.scaled(self.scale, self.mode, self.distribution, *fans)


@_registered
class GlorotUniform(VarianceScaling, keras.initializers.GlorotUniform):
    """Uniform on +-sqrt(6 / (fan_in + fan_out)). Glorot, Bengio, AISTATS 2010.

    Examples
    --------
    >>> from netinit.keras import initializers
    >>> initializers.GlorotUniform(seed=0)((12, 12)).shape == (12, 12)
    True
    """


@_registered
class GlorotNormal(VarianceScaling, keras.initializers.GlorotNormal):
    """Truncated normal of variance 2 / (fan_in + fan_out). Glorot, Bengio, AISTATS 2010."""


@_registered
class LecunUniform(VarianceScaling, keras.initializers.LecunUniform):
    """Uniform on +-sqrt(3 / fan_in). LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998."""


@_registered
class LecunNormal(VarianceScaling, keras.initializers.LecunNormal):
    """Truncated normal of variance 1 / fan_in. LeCun, Bottou, Orr, Müller, 1998."""


@_registered
class HeUniform(VarianceScaling, keras.initializers.HeUniform):
    """Uniform on +-sqrt(6 / fan_in). He, Zhang, Ren, Sun, ICCV 2015."""


@_registered
class HeNormal(VarianceScaling, keras.initializers.HeNormal):
    """Truncated normal of variance 2 / fan_in. He, Zhang, Ren, Sun, ICCV 2015."""


@_registered
class Orthogonal(Drawn, keras.initializers.Orthogonal):
    """An orthogonal matrix times a gain: of all axes but the last, times the last.

    Parameters
    ----------
    gain : float, default 1
    seed : int, keras.random.SeedGenerator or None
        See the module.

    Raises
    ------
    ValueError
        When called, if the shape has fewer than two axes.

    Notes
    -----
    Haar-distributed; orthonormal columns, or rows where these are fewer. Saxe, McClelland,
    Ganguli, ICLR 2014. Half precision, which Keras's own cannot do, is the float32 matrix
    rounded once; and the dtype is always the one asked for.
    """

    def rule(self, shape: tuple[int, ...]) -> orthogonal.Orthogonal:
        """Return the matrix rule for an array of `shape`."""
        return rules.orthogonal(shape, self.gain)
