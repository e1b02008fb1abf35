"""Memory to fill: resident (touched before) or fresh, on huge pages or small ones."""

from __future__ import annotations

import mmap

import numpy as np

__all__ = ["bf16_tensor", "fresh", "resident", "tensor"]

_PAGES = {"huge": "MADV_HUGEPAGE", "small": "MADV_NOHUGEPAGE"}


def fresh(nbytes: int, pages: str) -> np.ndarray:
    """Return memory that nobody has touched, on "huge" or "small" pages where granted."""
    memory = mmap.mmap(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    advice = getattr(mmap, _PAGES[pages], None)
    if advice is not None:
        memory.madvise(advice)
    return np.frombuffer(memory, np.uint8)


def resident(nbytes: int) -> np.ndarray:
    """Return memory on huge pages, all of it touched."""
    memory = fresh(nbytes, "huge")
    memory.fill(1)
    return memory


def tensor(out: np.ndarray):
    """Return a torch tensor on the memory of `out`; uint16 means bfloat16."""
    import torch

    shared = torch.from_numpy(out)
    return shared.view(torch.bfloat16) if out.dtype == np.uint16 else shared


def bf16_tensor(out: np.ndarray) -> np.ndarray:
    """Return `out`, of uint16, as an array of bfloat16."""
    import ml_dtypes

    return out.view(ml_dtypes.bfloat16)
