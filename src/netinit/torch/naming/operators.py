"""Torch's operators, seen before they run: the random ones, and all that write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from netinit.torch.arrays import is_wrapper
from netinit.torch.init.arguments import normal, uniform
from netinit.torch.init.write import draws
from netinit.torch.naming.writer import Writer

__all__ = ["Operators"]

#: The operators that netinit draws, and what makes their distribution.
_DISTRIBUTIONS: dict[Any, Any] = {
    torch.ops.aten.normal_.default: normal,
    torch.ops.aten.uniform_.default: uniform,
}
_DEFAULTS = (0.0, 1.0)  # of both: mean and std, from and to


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within a ``with`` block, draws the tensors of a net by name, and sees what is written.

    Parameters
    ----------
    writer : Writer
        Of the net.
    """

    def __init__(self, writer: Writer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._writer = writer

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from loading its compiler, two seconds, only to leave this class out of it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Draw a tensor of the net by its name; run everything else."""
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags:
            if torch.Tag.inplace in func.tags and self._drawn(func, args, kwargs):
                return args[0]
            self._tell(func, args)
        result = func(*args, **kwargs)
        for tensor in _written(func, args, kwargs):
            self._writer.touch(tensor)
        return result

    def _drawn(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        tensor, *numbers = args
        distribution = _DISTRIBUTIONS.get(func)
        if distribution is not None and draws(tensor):
            numbers += _DEFAULTS[len(numbers) :]
            return self._writer.write(tensor, distribution(tensor.dtype, *numbers))
        known = None if is_wrapper(tensor) else self._writer.find(tensor)
        if known is None:
            return False
        stream = self._writer.stream_of(tensor, known)
        generator = torch.Generator(tensor.device).manual_seed(stream.key)
        func(*args, **{**kwargs, "generator": generator})
        self._writer.note(known)
        return True

    def _tell(self, func: Any, args: tuple[Any, ...]) -> None:
        """Take note of a random operator, unless it draws nothing."""
        tensors = [arg for arg in args if isinstance(arg, torch.Tensor)]
        if not tensors or tensors[0].numel():
            shapes = [tuple(tensor.shape) for tensor in tensors] or args[:1]
            text = " ".join([func.overloadpacket.__name__, *map(str, shapes)])
            self._writer.drawn.others.append(text)


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[torch.Tensor]:
    """Yield the tensors that an operator writes to."""
    for place, name in _writes(func):
        value = args[place] if place < len(args) else kwargs.get(name)
        for tensor in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(tensor, torch.Tensor):
                yield tensor


@cache
def _writes(func: Any) -> list[tuple[int, str]]:
    """Return which arguments an operator writes to, by place and name."""
    arguments = enumerate(func._schema.arguments)
    return [(k, a.name) for k, a in arguments if a.alias_info and a.alias_info.is_write]
