"""Initializers for what a net's own code computes: values, and expressions of draws."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.initializers.given import Given
from netinit.streams.stream import Stream
from netinit.torch.arrays import DTYPE_NAMES, as_array
from netinit.torch.recording.geometry import Geometry, new_storage, view_of
from netinit.torch.recording.ledger import undisturbed
from netinit.torch.recording.steps import Step, carry_out, draws_of

__all__ = ["Computed", "Expression"]

#: Types of which torch tells the least and the largest element at once.
_ORDERED = {torch.float32, torch.float64, torch.bfloat16, torch.float16}
_DTYPES = {name: dtype for dtype, name in DTYPE_NAMES.items()}


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
        if not self.values.numel():
            return False
        if self.values.dtype in _ORDERED:  # most, in a third of the time
            least, most = map(float, self.values.aminmax())
            if least != most or least:  # NaN is not itself
                return least == most
        first = self.values.flatten()[0]
        signs = torch.signbit(self.values) == torch.signbit(first)  # -0 is not 0
        return bool(((self.values == first) & signs).all())

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Copy what a slice has of the values; nothing is drawn."""
        _copy(self.values, out)

    def to_json(self) -> dict[str, Any]:
        """Return the values as a recipe, or where they are too many the digest of their bytes.

        A digest cannot make the values again, but a file can be checked by it.
        """
        return _to_json(self.values, self.origin)

    def __str__(self) -> str:
        return self.origin


@dataclass(frozen=True, eq=False)
class Expression(Initializer):
    """What operators make of draws, as a net's own code does; whole arrays are made.

    Attributes
    ----------
    steps : sequence of Step
        What is done to a storage; each draw has the name and the number of its stream.
    nbytes : int
        The storage's size.
    geometry : Geometry
        Where the array lies in it.
    dtype : torch.dtype
        The array's own; what the steps make is rounded to it once.
    text : str
        What is done, for the plan.
    seed : int or str
        That of the plan.
    """

    steps: Sequence[Step]
    nbytes: int
    geometry: Geometry
    dtype: torch.dtype
    text: str
    seed: int | str = 0

    def of_seed(self, seed: int | str) -> Expression:
        """Return the expression whose draws are those of a seed."""
        return replace(self, seed=seed)

    def values(self) -> torch.Tensor:
        """Return the whole array."""
        with undisturbed():
            for draw, _ in draws_of(self.steps):
                draw.seed = self.seed
            storage = new_storage(self.nbytes)
            carry_out(self.steps, storage)
            return view_of(storage, self.geometry).to(self.dtype)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Make the whole array, and copy what a slice has of it."""
        _copy(self.values(), out)

    def to_json(self) -> dict[str, Any]:
        """Return the values, or their digest, as `Computed` does."""
        return _to_json(self.values(), self.text)

    def __str__(self) -> str:
        return self.text


def _copy(values: torch.Tensor, out: Slice) -> None:
    array, _ = as_array(values.to(_DTYPES[out.dtype]))
    out.array[...] = array[out.index()]


def _to_json(values: torch.Tensor, origin: str) -> dict[str, Any]:
    try:
        return Given(values.double().numpy()).to_json()
    except TypeError:
        array, _ = as_array(values.contiguous())
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return {"computed": origin, "sha256": hashlib.sha256(little.tobytes()).hexdigest()}
