"""Torch's own functions, and how torch's overrides see netinit's in their place.

What netinit does not draw (integers, sparse and quantized tensors, the meta device, ...) is
left to torch's function of the same name, so that it does and says there what it always did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.overrides import handle_torch_function

__all__ = ["THEIRS", "dispatch"]

#: The functions of ``torch.nn.init`` as they were when netinit was loaded: the module itself
#: may since have been given netinit's (`netinit.torch.init.installed`).
THEIRS = SimpleNamespace(
    **{name: value for name, value in vars(nn.init).items() if callable(value)}
)


class _Twin:
    """A function of netinit that counts as the function of torch with the same name.

    Overrides look functions up in tables, or ask for their module, to see what is called; and
    then they mostly call what they were given.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._theirs = getattr(THEIRS, function.__name__)
        functools.update_wrapper(self, self._theirs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._theirs or other is self._function

    def __hash__(self) -> int:
        return hash(self._theirs)

    def __repr__(self) -> str:
        return repr(self._theirs)


def dispatch(function: Callable[..., Any], tensor: torch.Tensor, **arguments: Any) -> Any:
    """Hand a call of `function` over to the ``__torch_function__`` of a subclass or a mode."""
    return handle_torch_function(_Twin(function), (tensor,), tensor=tensor, **arguments)
