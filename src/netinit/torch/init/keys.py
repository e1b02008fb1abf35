"""A stream of its own for a draw: two numbers from the generator that the code gives."""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch

from netinit.streams.stream import Stream

__all__ = ["stream_from"]

_modes: Callable[[], int] = torch._C._len_torch_dispatch_stack
_functions: Callable[[], int] = torch._C._len_torch_function_stack


class _Pair(threading.local):
    """Two numbers in memory that torch writes and numpy reads, which takes a third of the time."""

    def __init__(self) -> None:
        with torch.inference_mode(False):
            self.tensor = torch.empty(2, dtype=torch.int64, device="cpu")
        self.array = torch._C.TensorBase.numpy(self.tensor)


_pair: _Pair | None = None


def stream_from(generator: torch.Generator | None) -> Stream:
    """Return the stream whose key and offset a generator draws, of 63 bits each.

    So it is advanced once, whatever is drawn from the stream. None means torch's default
    generator, which ``torch.manual_seed`` governs.
    """
    global _pair
    device = torch.device("cpu") if generator is None else generator.device
    if device.type != "cpu" or _modes() or _functions():  # which may see, or keep, what is drawn
        drawn = torch.empty(2, dtype=torch.int64, device=device).random_(generator=generator)
        return Stream.from_key(*drawn.tolist())
    if _pair is None:
        _pair = _Pair()
    _pair.tensor.random_(generator=generator)
    return Stream.from_key(*_pair.array.tolist())
