"""Buffers whose values follow from the net: positions, masks, frequencies, counters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.initializers.given import Given
from netinit.streams.stream import Stream
from netinit.torch.arrays import as_array
from netinit.torch.modules.library import Initialize, values_by_library

__all__ = ["Computed", "compute_buffer"]


@dataclass(frozen=True, eq=False)
class Computed(Initializer):
    """An initializer whose values are known already, on the CPU.

    Attributes
    ----------
    values : torch.Tensor
        The whole array, in the dtype of the parameter.
    origin : str
        Where they come from, for the plan.
    """

    values: torch.Tensor
    origin: str

    @property
    def mean(self) -> float | None:
        """The mean of the values; None for an empty array."""
        return float(self.values.double().mean()) if self.values.numel() else None

    @property
    def std(self) -> float | None:
        """The standard deviation of the values; None for an empty array."""
        return float(self.values.double().std(correction=0)) if self.values.numel() else None

    @property
    def constant(self) -> bool:
        """Whether all values are equal."""
        return self.values.numel() > 0 and bool((self.values == self.values.flatten()[0]).all())

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Copy what a slice has of the values; nothing is drawn."""
        values, _ = as_array(self.values)
        out.array[...] = values[out.index()]

    def to_json(self) -> dict[str, Any]:
        """Return the values as a recipe, or where they are too many the digest of their bytes.

        A digest cannot make the values again, but a file can be checked by it.
        """
        try:
            return Given(self.values.double().numpy()).to_json()
        except TypeError:
            return {"computed": self.origin, "sha256": self._digest()}

    def _digest(self) -> str:
        """Return the SHA-256 of the values as a file holds them: little-endian, in C order."""
        values, _ = as_array(self.values.contiguous())
        little = values.astype(values.dtype.newbyteorder("<"), copy=False)
        return hashlib.sha256(little.tobytes()).hexdigest()

    def __str__(self) -> str:
        return self.origin


def compute_buffer(
    module: nn.Module, key: str, initialize: Initialize | None
) -> torch.Tensor | None:
    """Return the values of a buffer on the CPU, or None where they cannot be told.

    Asked in this order: the module's own library, buffers known by their names, and a module
    of the same class built again from its ``config``.

    Parameters
    ----------
    module : torch.nn.Module
        The owner; it stays as it is.
    key : str
        The buffer's name in it.
    initialize : callable or None
        What the library writes with; see `netinit.torch.modules.library`.
    """
    buffer = module._buffers[key]
    assert buffer is not None
    if initialize is not None:
        values = values_by_library(module, [key], initialize)
        if key in values:
            return values[key]
    known = _KNOWN.get(key)
    if known is not None:
        value = known(module, buffer)
        if value is not None:
            return value.to(buffer.dtype).expand(buffer.shape).contiguous()
    return _built_again(module, key)


def _built_again(module: nn.Module, key: str) -> torch.Tensor | None:
    """Return the buffer of a new module of the same class and config.

    Only for a module that holds nothing but buffers: rotary embeddings, mostly.
    """
    config = getattr(module, "config", None)
    if config is None or next(module.parameters(), None) is not None:
        return None
    try:
        with torch.device("cpu"), torch.random.fork_rng(devices=[]):
            again = type(module)(config)._buffers.get(key)
    except Exception:  # a constructor of any library, which may want other arguments
        return None
    buffer = module._buffers[key]
    assert buffer is not None
    if again is None or again.shape != buffer.shape or again.device.type != "cpu":
        return None
    return again.detach().to(buffer.dtype)


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
