"""Torch's operators, seen before they run: the random ones, and all that write."""

from __future__ import annotations

from typing import Any

import torch

from netinit.torch.arrays import is_wrapper, note_write
from netinit.torch.dispatch.drawn import distribution_of
from netinit.torch.dispatch.kinds import kind_of
from netinit.torch.dispatch.mode import Mode
from netinit.torch.naming.writer import Writer
from netinit.torch.sharded import local_part, shard_of

__all__ = ["Operators"]


class Operators(Mode):
    """Within a ``with`` block, draws the tensors of a net by name, and sees what is written.

    Parameters
    ----------
    writer : Writer
        Of the net.
    """

    def __init__(self, writer: Writer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._writer = writer

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Draw a tensor of the net by its name; run everything else."""
        kwargs = kwargs or {}
        if kind_of(func).random:
            if kind_of(func).in_place and self._drawn(func, args, kwargs):
                return args[0]
            self._tell(func, args)
        result = func(*args, **kwargs)
        for tensor in kind_of(func).written(args, kwargs):
            self._writer.touch(tensor)
        return result

    def _drawn(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        tensor, *numbers = args
        distribution = distribution_of(func, tensor, numbers)
        if distribution is not None:
            return self._writer.write(tensor, distribution)
        local = local_part(tensor)
        known = None if is_wrapper(local) else self._writer.find(tensor)
        if known is None:
            return False
        stream = self._writer.stream_of(tensor, known)
        generator = torch.Generator(local.device).manual_seed(stream.key)
        if local is tensor:
            func(*args, **{**kwargs, "generator": generator})
        else:  # torch's generators know no shards: each process draws the whole
            whole = torch.empty(tensor.shape, dtype=tensor.dtype, device=local.device)
            func(whole, *numbers, **{**kwargs, "generator": generator})
            local.copy_(shard_of(whole, tensor))
            note_write(tensor)
        self._writer.note(known)
        return True

    def _tell(self, func: Any, args: tuple[Any, ...]) -> None:
        """Take note of a random operator, unless it draws nothing."""
        tensors = [arg for arg in args if isinstance(arg, torch.Tensor)]
        if not tensors or tensors[0].numel():
            shapes = [tuple(tensor.shape) for tensor in tensors] or args[:1]
            text = " ".join([func.overloadpacket.__name__, *map(str, shapes)])
            self._writer.drawn.others.append(text)
