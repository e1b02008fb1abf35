"""The random operators that netinit draws itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from netinit.initializers.base import Initializer
from netinit.torch.init.arguments import normal, uniform
from netinit.torch.init.write import draws

__all__ = ["distribution_of"]

#: The operators, and what makes their distribution.
_DISTRIBUTIONS: dict[Any, Callable[..., Initializer]] = {
    torch.ops.aten.normal_.default: normal,
    torch.ops.aten.uniform_.default: uniform,
}
_DEFAULTS = (0.0, 1.0)  # of both: mean and std, from and to


def distribution_of(func: Any, tensor: Any, numbers: Sequence[Any]) -> Initializer | None:
    """Return what an operator draws for a tensor; None where netinit does not draw it."""
    make = _DISTRIBUTIONS.get(func)
    if make is None or not draws(tensor):
        return None
    return make(tensor.dtype, *numbers, *_DEFAULTS[len(numbers) :])
