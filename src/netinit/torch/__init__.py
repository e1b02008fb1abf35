"""PyTorch modules and tensors: how netinit fills them in place.

`netinit.initialize` takes any ``torch.nn.Module``; this package is what it does so with.
`netinit.torch.init` has every name of ``torch.nn.init``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinit.torch.arrays import as_array
from netinit.torch.modules.marks import mark_uninitialized
from netinit.torch.naming.named import named
from netinit.torch.naming.writer import Drawn
from netinit.torch.recording.accelerate import accelerate
from netinit.torch.recording.recorder import Done

if TYPE_CHECKING:  # torch.distributed.checkpoint is loaded for it, which takes a while
    from netinit.torch.engines.checkpoint import VirtualCheckpoint as VirtualCheckpoint

__all__ = [
    "Done",
    "Drawn",
    "VirtualCheckpoint",
    "accelerate",
    "as_array",
    "init",
    "mark_uninitialized",
    "named",
]


def __getattr__(name: str) -> object:
    if name == "VirtualCheckpoint":
        from netinit.torch.engines.checkpoint import VirtualCheckpoint

        return VirtualCheckpoint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
