"""Reading a tensor's memory without an operator: what is pending there is done first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch

__all__ = ["watched"]

#: The methods of torch.Tensor that hand out memory, or an address in it.
_READERS = (
    "__array__",
    "__deepcopy__",
    "__dlpack__",
    "__reduce_ex__",
    "data_ptr",
    "numpy",
    "share_memory_",
    "storage",
    "tolist",
    "untyped_storage",
    "_typed_storage",
)
_ABSENT = object()


@contextmanager
def watched(read: Callable[[torch.Tensor, str], None]) -> Iterator[None]:
    """Within a ``with`` block, have `read` called before a tensor hands out its memory.

    It is called with the tensor and the method's name, in every thread.
    """
    own = {name: torch.Tensor.__dict__.get(name, _ABSENT) for name in _READERS}
    for name in _READERS:
        setattr(torch.Tensor, name, _watching(name, getattr(torch.Tensor, name), read))
    try:
        yield
    finally:
        for name, method in own.items():
            if method is _ABSENT:
                delattr(torch.Tensor, name)
            else:
                setattr(torch.Tensor, name, method)


def _watching(
    name: str, method: Callable[..., Any], read: Callable[[torch.Tensor, str], None]
) -> Callable[..., Any]:
    @wraps(method)
    def watching(self: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        read(self, name)
        return method(self, *args, **kwargs)

    return watching
