"""Functions whose values depend on where in the array they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from netinit.numpy.create import Axes, Keywords, created

__all__ = [
    "bilinear",
    "delta_orthogonal",
    "dirac",
    "eye",
    "icnr",
    "noisy_identity",
    "orthogonal",
    "sparse",
    "zero_hadamard",
]

Shape = int | Sequence[int]


def orthogonal(shape: Shape, gain: float = 1.0, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new Haar-distributed (semi-)orthogonal matrix out x (in, kernel), times a gain.

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    gain : float, default 1.0
        What the matrix is multiplied by.

    Notes
    -----
    Q Q^T = gain^2 I where out <= in, else Q^T Q = gain^2 I. Saxe, McClelland, Ganguli, ICLR
    2014; Mezzadri, 2007.

    Examples
    --------
    >>> import netinit
    >>> q = netinit.numpy.orthogonal((2, 5), dtype="float64")
    >>> (q @ q.T).round(12) + 0
    array([[1., 0.],
           [0., 1.]])
    """
    return created("orthogonal", shape, keywords, gain=gain)


def delta_orthogonal(
    shape: Shape, gain: float = 1.0, kernel_first: bool = True, **keywords: Unpack[Keywords]
) -> np.ndarray:
    """Return a new convolution kernel of zeros but for an orthogonal matrix in its centre.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    gain : float, default 1.0
        What the matrix is multiplied by.
    kernel_first : bool, default True
        Whether the axes are (*kernel, in, out), as in JAX, or (out, in, *kernel).

    Notes
    -----
    Xiao, Bahri, Sohl-Dickstein, Schoenholz, Pennington: Dynamical isometry and a mean field
    theory of CNNs, ICML 2018.
    """
    return created("delta_orthogonal", shape, keywords, gain=gain, kernel_first=kernel_first)


def eye(shape: Shape, gain: float = 1.0, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new matrix with `gain` on its main diagonal and zeros elsewhere.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    gain : float, default 1.0
        The number on the diagonal.
    """
    return created("eye", shape, keywords, gain=gain)


def noisy_identity(shape: Shape, noise: Any = 0.01, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new identity map of any layout, plus noise that breaks symmetry.

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    noise : Any, default 0.01
        A distribution, or a number s for ``Normal(0, s)``.

    Notes
    -----
    1 where output = input, at n // 2 of each axis of a kernel.

    Examples
    --------
    >>> import netinit
    >>> netinit.numpy.noisy_identity((2, 3), noise=netinit.Constant(0))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    return created("noisy_identity", shape, keywords, noise=noise)


def zero_hadamard(shape: Shape, **keywords: Unpack[Axes]) -> np.ndarray:
    """Return a new weight of zeros and ones: a partial identity, or Hadamard where it widens.

    Shape and keywords: see `create` and `Axes`.

    Notes
    -----
    I where out <= in, else I H I / 2**(c/2), c = ceil(log2 out). Zhao, Schäfer, Anandkumar:
    ZerO initialization, TMLR 2022.
    """
    return created("zero_hadamard", shape, keywords)


def dirac(shape: Shape, groups: int = 1, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new convolution kernel (out, in, *kernel) that hands its inputs on unchanged.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    groups : int, default 1
        Of output channels, each of which hands on the same inputs.

    Notes
    -----
    Zagoruyko, Komodakis: DiracNets, 2017.
    """
    return created("dirac", shape, keywords, groups=groups)


def sparse(
    shape: Shape, sparsity: float, std: float = 0.01, **keywords: Unpack[Keywords]
) -> np.ndarray:
    """Return a new matrix with ceil(sparsity rows) zeros in each column, the rest normal.

    Parameters
    ----------
    shape, **keywords
        See `create`.
    sparsity : float
        The fraction of each column that is zero.
    std : float, default 0.01
        Of the other elements.

    Notes
    -----
    Martens: Deep learning via Hessian-free optimization, ICML 2010.

    Examples
    --------
    >>> import netinit
    >>> mask = netinit.numpy.sparse((100, 50), sparsity=0.9) == 0
    >>> set(mask.sum(axis=0).tolist())
    {90}
    """
    return created("sparse", shape, keywords, sparsity=sparsity, std=std)


def bilinear(shape: Shape, **keywords: Unpack[Keywords]) -> np.ndarray:
    """Return a new kernel (out, in, *kernel) of a transposed convolution that interpolates.

    Shape and keywords: see `create`.

    Notes
    -----
    Long, Shelhamer, Darrell: Fully convolutional networks for semantic segmentation, CVPR 2015.
    """
    return created("bilinear", shape, keywords)


def icnr(
    shape: Shape,
    copies: int = 4,
    distribution: Any = None,
    axis: int = 0,
    tiled: bool = False,
    **keywords: Unpack[Axes],
) -> np.ndarray:
    """Return a new kernel of a sub-pixel convolution without a checkerboard.

    Parameters
    ----------
    shape, **keywords
        See `create` and `Axes`.
    copies : int, default 4
        How many channels become one.
    distribution : Any, optional
        Fills the kernels of one pixel; Kaiming's normal rule where not given.
    axis : int, default 0
        The output channels' axis.
    tiled : bool, default False
        Whether the channels of one pixel stand together in blocks, as in TensorFlow.

    Notes
    -----
    Aitken, Ledig, Theis, Caballero, Wang, Shi: Checkerboard artifact free sub-pixel
    convolution, 2017.
    """
    return created(
        "icnr", shape, keywords, copies=copies, distribution=distribution, axis=axis, tiled=tiled
    )
