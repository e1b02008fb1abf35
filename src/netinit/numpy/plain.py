"""Functions that need no fans: constants, and distributions by their own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from netinit.numpy.create import Keywords, created

__all__ = [
    "constant",
    "forget_bias",
    "from_ppf",
    "given",
    "normal",
    "ones",
    "trunc_normal",
    "truncated_normal",
    "uniform",
    "zeros",
]

Shape = int | Sequence[int]


def zeros(shape: Shape, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new array of zeros.

    Shape and keywords: see `create`.
    """
    return created("zeros", shape, keywords)


def ones(shape: Shape, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new array of ones.

    Shape and keywords: see `create`.
    """
    return created("ones", shape, keywords)


def constant(shape: Shape, value: float = 0.0, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new array of one number.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    value : float, default 0.0
        Finite.

    Examples
    --------
    >>> import netinit
    >>> netinit.numpy.constant(2, 0.5)
    array([0.5, 0.5], dtype=float32)
    """
    return created("constant", shape, keywords, value=value)


def given(shape: Shape, array: Any, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new array with the values of another one, broadcast.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    array : Any
        Real numbers; broadcast to the shape.

    Examples
    --------
    >>> import netinit
    >>> netinit.numpy.given((2, 3), [1, 2, 3])
    array([[1., 2., 3.],
           [1., 2., 3.]], dtype=float32)
    """
    return created("given", shape, keywords, array=array)


def uniform(
    shape: Shape, low: float = 0.0, high: float = 1.0, **keywords: Unpack[Keywords]
) -> np.ndarray:
    """Return a new array of values of the uniform distribution on [low, high).

    Parameters
    ----------
    shape, **keywords
        See `create`.
    low : float, default 0.0
        May be drawn.
    high : float, default 1.0
        Never is.
    """
    return created("uniform", shape, keywords, low=low, high=high)


def normal(
    shape: Shape, mean: float = 0.0, std: float = 1.0, **keywords: Unpack[Keywords]
) -> np.ndarray:
    """Return a new array of values of the normal distribution N(mean, std**2).

    Parameters
    ----------
    shape, **keywords
        See `create`.
    mean : float, default 0.0
    std : float, default 1.0
        At least 0.

    Examples
    --------
    >>> import netinit
    >>> netinit.numpy.normal(3, std=0.02, seed=7).shape
    (3,)
    """
    return created("normal", shape, keywords, mean=mean, std=std)


def truncated_normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    low: float | None = None,
    high: float | None = None,
    sigmas: bool = False,
    **keywords: Unpack[Keywords],
) -> np.ndarray:
    """Return a new array of normal values kept within bounds.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    mean : float, default 0.0
    std : float, default 1.0
        Of the normal distribution before truncation.
    low : float | None, optional
        mean - 2 std where not given; may be infinite.
    high : float | None, optional
        mean + 2 std where not given; may be infinite.
    sigmas : bool, default False
        Whether the bounds are in units of std from the mean.

    Examples
    --------
    >>> import netinit
    >>> bool(abs(netinit.numpy.truncated_normal(1000, std=0.1)).max() <= 0.2)
    True
    """
    return created(
        "truncated_normal", shape, keywords, mean=mean, std=std, low=low, high=high, sigmas=sigmas
    )


def from_ppf(shape: Shape, distribution: Any, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new array of values of any distribution, by inversion.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    distribution : Any
        An object with ``ppf``, such as a frozen ``scipy.stats`` distribution.

    Examples
    --------
    >>> import netinit, scipy.stats
    >>> bool(netinit.numpy.from_ppf(1000, scipy.stats.expon()).min() >= 0)
    True
    """
    return created("from_ppf", shape, keywords, distribution=distribution)


def forget_bias(shape: Shape, value: float = 1.0, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new bias of an LSTM: `value` for the forget gate, 0 for the other gates.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    value : float, default 1.0
        The bias of the forget gate.

    Notes
    -----
    Gates in the order input, forget, cell, output. Gers, Schmidhuber, Cummins: Learning to
    forget, 2000; Jozefowicz, Zaremba, Sutskever: An empirical exploration of recurrent network
    architectures, ICML 2015.

    Examples
    --------
    >>> import netinit
    >>> netinit.numpy.forget_bias(8)
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
    return created("forget_bias", shape, keywords, value=value)


trunc_normal = truncated_normal
