"""Values that are not random: constants, the identity matrix, the Dirac kernel.

They are set by torch's own operations, which nothing outruns here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import has_torch_function_variadic

from netinit.initializers.diagonal import Dirac, Eye
from netinit.streams.stream import Stream
from netinit.torch.init.theirs import THEIRS, dispatch
from netinit.torch.init.write import draws, write
from netinit.torch.partitioned import refuse_emptied
from netinit.torch.sharded import is_distributed

__all__ = [
    "_no_grad_fill_",
    "_no_grad_zero_",
    "constant_",
    "dirac_",
    "eye_",
    "ones_",
    "zeros_",
]

#: Nothing is drawn from it.
_STREAM = Stream.from_key(0)


def _untracked(function: Callable[..., torch.Tensor], *args: Any, **kwargs: Any) -> torch.Tensor:
    """Return what `function` returns under ``no_grad``.

    Entering that as a context takes longer than to fill a small tensor.
    """
    before = torch.is_grad_enabled()
    torch._C._set_grad_enabled(False)
    try:
        return function(*args, **kwargs)
    finally:
        torch._C._set_grad_enabled(before)


def _refused_if_emptied(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor that torch has filled, where there was anything of it to fill."""
    if not tensor.numel():
        refuse_emptied(tensor)
    return tensor


def _no_grad_fill_(tensor: torch.Tensor, val: float) -> torch.Tensor:
    """Do what `constant_` does, without overrides; other packages import this."""
    return _refused_if_emptied(_untracked(tensor.fill_, val))


def _no_grad_zero_(tensor: torch.Tensor) -> torch.Tensor:
    """Do what `zeros_` does; other packages import this."""
    return _refused_if_emptied(_untracked(tensor.zero_))


def constant_(tensor: torch.Tensor, val: float) -> torch.Tensor:
    """Fill a tensor with one value, and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape and dtype.
    val : float
        The value.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> init.constant_(torch.empty(3), 0.5)
    tensor([0.5000, 0.5000, 0.5000])
    """
    if has_torch_function_variadic(tensor):
        return dispatch(constant_, tensor, val=val)  # type: ignore[no-any-return]
    return _no_grad_fill_(tensor, val)


def ones_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a tensor of any shape and dtype with ones, and return it.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> init.ones_(torch.empty(3))
    tensor([1., 1., 1.])
    """
    return _no_grad_fill_(tensor, 1.0)


def zeros_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a tensor of any shape and dtype with zeros, and return it.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> init.zeros_(torch.empty(3))
    tensor([0., 0., 0.])
    """
    return _no_grad_zero_(tensor)


def eye_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a matrix with ones on its main diagonal and zeros elsewhere, and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        With two axes, which may differ in length.

    Raises
    ------
    ValueError
        If the tensor has not two axes.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> init.eye_(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    if _is_shard(tensor):
        return write(tensor, Eye(), _STREAM)
    # Without its last argument it would make a parameter one without gradient.
    return _untracked(torch.eye, *tensor.shape, out=tensor, requires_grad=tensor.requires_grad)


def dirac_(tensor: torch.Tensor, groups: int = 1) -> torch.Tensor:
    r"""Fill a convolution's weight so that it hands its inputs on unchanged, and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        (out, in, \*kernel) with three, four or five axes.
    groups : int, default 1
        The output channels are divided into as many equal parts, each of which hands on the
        same inputs.

    Raises
    ------
    ValueError
        If the tensor has another number of axes, or `groups` does not divide its first.

    Notes
    -----
    w[g out/groups + d, d, n // 2, ...] = 1 for d < min(out/groups, in), zeros elsewhere.
    Zagoruyko, Komodakis: DiracNets, 2017.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> init.dirac_(torch.empty(2, 2, 3))[0]
    tensor([[0., 1., 0.],
            [0., 0., 0.]])
    """
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    plain = type(groups) is int and groups > 0 and tensor.layout is torch.strided
    if not plain or tensor.is_meta or 0 in tensor.shape:
        return THEIRS.dirac_(tensor, groups)  # type: ignore[no-any-return]
    if tensor.size(0) % groups:
        raise ValueError("dim 0 must be divisible by groups")
    if _is_shard(tensor):
        return write(tensor, Dirac(groups), _STREAM)
    with torch.no_grad():
        centre: Any = tensor.zero_()
        for extent in tensor.shape[2:]:
            centre = centre.select(2, extent // 2)
        centre.unflatten(0, (groups, -1)).diagonal(0, 1, 2).fill_(1)
    return tensor


def _is_shard(tensor: Any) -> bool:
    return is_distributed(tensor) and draws(tensor)
