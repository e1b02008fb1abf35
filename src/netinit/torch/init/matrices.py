"""Tensors whose elements depend on one another: orthogonal and sparse matrices."""

from __future__ import annotations

import math
from typing import Any

import torch

from netinit.initializers.distributions import Normal
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.sparse import Sparse
from netinit.shapes.layout import Layout
from netinit.torch.init.arguments import normal
from netinit.torch.init.theirs import THEIRS
from netinit.torch.init.write import draws, fill_

__all__ = ["orthogonal_", "sparse_"]

_LAYOUT = Layout((0,), (1,))


def orthogonal_(
    tensor: torch.Tensor, gain: float = 1, generator: torch.Generator | None = None
) -> torch.Tensor:
    r"""Fill a tensor with a random (semi-)orthogonal matrix times a gain, and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        Of real numbers, with at least two axes: the matrix is out x (in, \*kernel). Nothing
        is done where it has no elements.
    gain : float, default 1
        What the matrix is multiplied by.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    NotImplementedError
        If the tensor has numbers of another kind, by torch.

    Notes
    -----
    Haar measure by Householder reflectors. Where torch fails, this works: float16 and
    bfloat16 are the float32 matrix rounded once, and any strides will do. Saxe, McClelland,
    Ganguli: Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks, ICLR 2014.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.orthogonal_(torch.empty(3, 5), gain=2)
    >>> torch.allclose(w @ w.T, 4 * torch.eye(3), atol=1e-5)
    True
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0 or tensor.is_meta:
        return tensor
    if not draws(tensor, generator) or tensor.is_complex():
        return THEIRS.orthogonal_(tensor, gain, generator)  # type: ignore[no-any-return]
    if _in_range(gain):
        return fill_(tensor, Orthogonal(gain, _LAYOUT), generator)
    fill_(tensor, Orthogonal(1.0, _LAYOUT), generator)
    with torch.no_grad():
        return tensor.mul_(gain)  # what is too large, infinite or no number, as torch has it


def _in_range(gain: Any) -> bool:
    """Return whether a gain is a number for which no type overflows."""
    return (type(gain) is float or type(gain) is int) and abs(gain) < 6e4


def sparse_(
    tensor: torch.Tensor,
    sparsity: float,
    std: float = 0.01,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a matrix with normal values, a fraction of each column with zeros; return it.

    Parameters
    ----------
    tensor : torch.Tensor
        With two axes.
    sparsity : float
        The fraction of each column that is zero: ceil(sparsity rows) elements. Above 1 all
        of them are; a negative fraction leaves out ceil(sparsity rows) from the column's end.
    std : float, default 0.01
        The standard deviation of the other elements, at least 0.
    generator : torch.Generator, optional
        Gives the stream, that of the zeros' places too; torch's default generator where not
        given.

    Raises
    ------
    ValueError
        If the tensor has not two axes, or `sparsity` is NaN.
    RuntimeError
        If `std` is negative or NaN.

    Notes
    -----
    Martens: Deep learning via Hessian-free optimization, ICML 2010.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.sparse_(torch.empty(4, 3), sparsity=0.3)
    >>> (w == 0).sum(dim=0).tolist()
    [2, 2, 2]
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    if tensor.is_meta:
        return tensor
    if not draws(tensor, generator):
        return THEIRS.sparse_(tensor, sparsity, std, generator)  # type: ignore[no-any-return]
    rows = tensor.size(0)
    zeros = len(range(rows)[: math.ceil(sparsity * rows)])
    distribution = normal(tensor.dtype, 0, std)
    if not isinstance(distribution, Normal):  # infinite, or too large for the type
        return THEIRS.sparse_(tensor, sparsity, std, generator)  # type: ignore[no-any-return]
    fraction = (zeros - 0.5) / rows if zeros else 0.0  # a half short, so that it rounds up to it
    return fill_(tensor, Sparse(fraction, distribution), generator)
