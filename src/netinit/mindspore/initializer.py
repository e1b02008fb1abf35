"""The initializers of ``mindspore.common.initializer``, drawn by netinit: import it in its place.

Each class derives from MindSpore's own of the same name, so it goes wherever MindSpore takes one
(a layer's ``weight_init``, `initializer`, a call with a numpy array), with MindSpore's arguments
and errors; delayed initialization of slices, too. A call takes one seed from numpy's global
generator, which ``mindspore.set_seed`` governs; the values depend on the array's shape and dtype,
and not on threads or the processor.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

import math
from typing import Any

from mindspore.common import initializer as theirs
from mindspore.common.initializer import Constant, Dirac, Identity, Initializer, One, Zero

from netinit.initializers import distributions, orthogonal, sparse
from netinit.initializers.base import Distribution
from netinit.initializers.variance_scaling import fan_of, spread
from netinit.mindspore.drawn import Drawn
from netinit.shapes.layout import Layout

__all__ = [
    "Constant",
    "Dirac",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "Normal",
    "One",
    "Orthogonal",
    "Sparse",
    "TruncatedNormal",
    "Uniform",
    "VarianceScaling",
    "XavierNormal",
    "XavierUniform",
    "Zero",
    "initializer",
]

_OUT_IN = Layout((0,), (1,))


class Normal(Drawn, theirs.Normal):
    """The normal distribution.

    Parameters
    ----------
    sigma, mean : float, default 0.01 and 0

    Raises
    ------
    ValueError
        When called, if `sigma` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.mindspore.initializer import Normal
    >>> weight = np.empty((300, 400), "float32")
    >>> Normal(0.5)(weight)
    >>> round(float(weight.std()), 2)
    0.5
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the normal distribution."""
        return distributions.Normal(self.mean, self.sigma)


class Uniform(Drawn, theirs.Uniform):
    """The uniform distribution on +-scale.

    Parameters
    ----------
    scale : float, default 0.07
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the uniform distribution."""
        return distributions.Uniform(-self.scale, self.scale)


class TruncatedNormal(Drawn, theirs.TruncatedNormal):
    """The normal distribution kept within [a, b].

    Parameters
    ----------
    sigma, mean : float, default 0.01 and 0
        Those of the distribution before it is truncated.
    a, b : float, default -2 and 2
        The bounds themselves, not in units of `sigma`.
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the truncated normal distribution."""
        return distributions.TruncatedNormal(self.mean, self.sigma, self.a, self.b)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return MindSpore's fans of an array (out, in, kernel)."""
    fan_in, fan_out = theirs._calculate_fan_in_and_fan_out(shape)
    return fan_in, fan_out


class XavierNormal(Drawn, theirs.XavierNormal):
    """Normal of std gain sqrt(2 / (fan_in + fan_out)). Glorot, Bengio, AISTATS 2010.

    Parameters
    ----------
    gain : float, default 1

    Raises
    ------
    ValueError
        When called, if the array, (out, in, kernel), has fewer than two axes.
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        return spread("normal", self.gain * math.sqrt(2.0 / float(sum(_fans(shape)))))


class XavierUniform(Drawn, theirs.XavierUniform):
    """Uniform on +-gain sqrt(6 / (fan_in + fan_out)). Glorot, Bengio, AISTATS 2010.

    Parameters and errors: see `XavierNormal`.
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        return spread("uniform", self.gain * math.sqrt(2.0 / float(sum(_fans(shape)))))


def _he_std(initializer: Any, shape: tuple[int, ...]) -> float:
    gain: float = theirs._calculate_gain(initializer.nonlinearity, initializer.negative_slope)
    return gain / math.sqrt(theirs._calculate_correct_fan(shape, initializer.mode))


class HeNormal(Drawn, theirs.HeNormal):
    """Normal of std gain / sqrt(fan). He, Zhang, Ren, Sun, ICCV 2015.

    Parameters
    ----------
    negative_slope : float, default 0
        Of leaky_relu.
    mode : {"fan_in", "fan_out"}
    nonlinearity : str, default "leaky_relu"
        Or linear, conv1d to conv3d, conv_transpose1d to conv_transpose3d, sigmoid, tanh, relu.

    Raises
    ------
    ValueError
        When called, if the array, (out, in, kernel), has fewer than two axes, or an argument is
        none of these.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.mindspore.initializer import HeNormal
    >>> weight = np.empty((300, 200), "float32")
    >>> HeNormal(nonlinearity="relu")(weight)
    >>> round(float(weight.std()), 2)
    0.1
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        return spread("normal", _he_std(self, shape))


class HeUniform(Drawn, theirs.HeUniform):
    """Uniform on +-gain sqrt(3 / fan). He, Zhang, Ren, Sun, ICCV 2015.

    Parameters and errors: see `HeNormal`.
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        return spread("uniform", _he_std(self, shape))


class VarianceScaling(Drawn, theirs.VarianceScaling):
    """Mean 0 and variance scale / max(1, fan).

    Parameters
    ----------
    scale : float, default 1
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        The first is within two standard deviations of the normal before truncation, which is made
        wider so that the variance holds.

    Raises
    ------
    ValueError
        If an argument is none of these; when called, if the array has fewer than two axes.

    Notes
    -----
    MindSpore (2.10) says "truncated_normal", looks for "truncated_norm", and so draws from a
    uniform distribution of that variance. Here the distribution is the one that is asked for.

    Examples
    --------
    >>> from netinit.mindspore.initializer import VarianceScaling
    >>> VarianceScaling(2.0, "fan_in", "untruncated_normal").rule((10, 50)).std
    0.2
    """

    def rule(self, shape: tuple[int, ...]) -> Distribution:
        """Return the distribution for an array of `shape`."""
        fan = max(1.0, fan_of(self.mode, *_fans(shape)))
        return spread(self.distribution, math.sqrt(self.scale / fan))


class Sparse(Drawn, theirs.Sparse):
    """Normal values, of each column ceil(sparsity rows) zero. Martens, ICML 2010.

    Parameters
    ----------
    sparsity : float
    sigma : float, default 0.01
        The standard deviation of the other elements.

    Raises
    ------
    ValueError
        When called, if the array has not two axes.
    """

    def rule(self, shape: tuple[int, ...]) -> sparse.Sparse:
        """Return what fills a matrix of `shape`."""
        rows, _ = shape
        zeros = len(range(rows)[: math.ceil(self.sparsity * rows)])
        fraction = (zeros - 0.5) / rows if zeros else 0.0  # a half short: it rounds up to it
        return sparse.Sparse(fraction, distributions.Normal(0.0, self.sigma))


class Orthogonal(Drawn, theirs.Orthogonal):
    """An orthogonal matrix times a gain: the first axis times all others.

    Parameters
    ----------
    gain : float, default 1

    Raises
    ------
    ValueError
        When called, if the array has fewer than two axes.

    Notes
    -----
    Haar-distributed; orthonormal rows, or columns where these are fewer. Saxe, McClelland,
    Ganguli, ICLR 2014.
    """

    def rule(self, shape: tuple[int, ...]) -> orthogonal.Orthogonal:
        """Return the matrix rule for an array of `shape`."""
        if len(shape) < 2:
            raise ValueError(f"the array must have at least two axes, not {len(shape)}")
        return orthogonal.Orthogonal(self.gain, _OUT_IN)


#: MindSpore's classes, each with the one here that derives from it.
_OWN = {cls.__bases__[1]: cls for cls in Drawn.__subclasses__()}


def initializer(init: Any, shape: Any = None, dtype: Any = theirs.mstype.float32) -> Any:
    """Return a tensor of MindSpore's that is filled by `init` when its data is asked for.

    Parameters
    ----------
    init : str, Initializer, number or Tensor
        A text is one of MindSpore's names, in any case; a number fills with itself; a tensor is
        returned.
    shape : int, tuple or list, optional
    dtype : mindspore.dtype, default float32

    Raises
    ------
    TypeError
        If `init` is none of these.
    ValueError
        If the name is unknown, or the shape invalid or another than the tensor's.

    Examples
    --------
    >>> from netinit.mindspore.initializer import initializer
    >>> weight = initializer("he_normal", (300, 200))
    >>> type(weight.init).__module__
    'netinit.mindspore.initializer'
    """
    if isinstance(init, str):
        cls = theirs._INITIALIZER_ALIAS.get(init.lower())
        if cls in _OWN:
            init = _OWN[cls]()
    return theirs.initializer(init, shape, dtype)
