"""Buffers whose values follow from their names and shapes: positions, masks, counters."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

__all__ = ["compute_buffer"]


def compute_buffer(module: nn.Module, key: str) -> torch.Tensor | None:
    """Return the values of a buffer on the CPU, or None where its name does not tell them.

    Parameters
    ----------
    module : torch.nn.Module
        The owner; it stays as it is.
    key : str
        The buffer's name in it.
    """
    buffer = module._buffers[key]
    assert buffer is not None
    known = _KNOWN.get(key)
    value = None if known is None else known(module, buffer)
    return None if value is None else value.to(buffer.dtype).expand(buffer.shape).contiguous()


# Buffers known by their names; each answers None where the buffer is not what it expects. ----


def _zero_count(module: nn.Module, buffer: torch.Tensor) -> torch.Tensor | None:
    return torch.tensor(0, device="cpu") if buffer.ndim == 0 else None


def _positions(module: nn.Module, buffer: torch.Tensor) -> torch.Tensor | None:
    if buffer.dtype not in (torch.int64, torch.int32) or buffer.ndim not in (1, 2):
        return None
    return torch.arange(buffer.shape[-1], device="cpu")


def _token_types(module: nn.Module, buffer: torch.Tensor) -> torch.Tensor | None:
    integral = buffer.dtype in (torch.int64, torch.int32)
    return torch.zeros(1, dtype=buffer.dtype, device="cpu") if integral else None


def _causal_mask(module: nn.Module, buffer: torch.Tensor) -> torch.Tensor | None:
    square = buffer.ndim >= 2 and buffer.shape[-1] == buffer.shape[-2]
    if not square or buffer.dtype not in (torch.bool, torch.uint8):
        return None
    return torch.tril(torch.ones(buffer.shape[-2:], dtype=torch.bool, device="cpu"))


def _masked_score(module: nn.Module, buffer: torch.Tensor) -> torch.Tensor | None:
    if buffer.ndim != 0 or not buffer.dtype.is_floating_point:
        return None
    lowest = -1e4 if buffer.dtype is torch.float16 else -1e9
    return torch.tensor(lowest, device="cpu")


_KNOWN: dict[str, Callable[[nn.Module, torch.Tensor], torch.Tensor | None]] = {
    "num_batches_tracked": _zero_count,
    "position_ids": _positions,
    "token_type_ids": _token_types,
    "bias": _causal_mask,
    "masked_bias": _masked_score,
}
