"""What a net that was built shows of its constructors: scales and biases set to a number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from netinit.torch.arrays import PLAIN
from netinit.torch.sharded import is_distributed, local_part
from netinit.torch.walk import Slot, is_lazy, is_meta

__all__ = ["DEFAULTS", "Present", "looks_written"]

#: The numbers that vectors begin as, by their roles; training makes them many.
DEFAULTS = {"scale": 1.0, "shift": 0.0, "bias": 0.0}
_LARGEST = 1 << 16
_SAMPLES = 1000
#: No net begins with numbers as large as this.
_ABSURD = 1e6
_NUMPYS = {torch.float32, torch.float64}


class Present:
    """Tells the numbers that a net's vectors are set to, if they are not all set to the same.

    A scale of 0 in a net whose other scales are 1 is its author's, who closes a branch with it;
    where all are equal somebody has overwritten them, or they say nothing.

    Parameters
    ----------
    slots : sequence of Slot
        The net's.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = slots

    def of(self, slot: Slot, role: str) -> float | None:
        """Return the number that all elements of a scale, shift or bias are, or None."""
        if role not in DEFAULTS:
            return None
        number = _number(slot.tensor)
        return number if number == DEFAULTS[role] or self._differ(slot) else None

    @cached_property
    def doubtful(self) -> bool:
        """Whether the net may hold what nobody wrote, as after ``to_empty``.

        That is where nothing was ever written to any weight in its place, or one holds what no
        code would write. The weights of a copy, of a net that was sharded or that values were
        assigned to have not been written either; those fresh from constructors mostly have.
        """
        unwritten = [t for t in self._matrices if not t.is_inference() and t._version == 0]
        if unwritten and len(unwritten) == len(self._matrices):
            return True
        # What a process finds in its shards, another one does not know of.
        return not all(is_distributed(t) or _is_plausible(t) for t in self._matrices)

    def _differ(self, slot: Slot) -> bool:
        # In a net of the meta device nobody's numbers are to be had: memory there is garbage.
        if self._lacks_memory or self._empty:
            return False
        return len(self._firsts.get(slot.key, ())) > 1

    @cached_property
    def _lacks_memory(self) -> bool:
        return any(is_meta(slot.tensor) for slot in self._slots)

    @cached_property
    def _empty(self) -> bool:
        if not self.doubtful:
            return False
        whole = not any(is_distributed(slot.tensor) for slot in self._slots)
        return not (whole and all(map(looks_written, self._matrices)))

    @cached_property
    def _matrices(self) -> list[torch.Tensor]:
        own = [slot.tensor for slot in self._slots if slot.is_parameter]
        return [t for t in own if not is_lazy(t) and not is_meta(t) and t.ndim > 1]

    @cached_property
    def _firsts(self) -> dict[str, set[float]]:
        """The first elements of vectors, by their names in their layers."""
        firsts: dict[str, set[float]] = {}
        for slot in self._slots:
            first = _first(slot.tensor)
            if first is not None:
                firsts.setdefault(slot.key, set()).add(first)
        return firsts


def looks_written(tensor: torch.Tensor) -> bool:
    """Return whether the first elements of a tensor can be the values of a weight that is drawn."""
    sample = _sample(tensor)
    return not len(sample) or (_is_plausible(tensor) and bool(sample.any()))


def _is_plausible(tensor: torch.Tensor) -> bool:
    sample = _sample(tensor)
    # The largest of numbers of which one is NaN is NaN, which is not below anything.
    return not len(sample) or bool(sample.max() <= _ABSURD and sample.min() >= -_ABSURD)


def _sample(tensor: torch.Tensor) -> torch.Tensor | np.ndarray:
    """Return the first elements that this process has of a tensor; none if it is of integers."""
    local = local_part(tensor)
    if not local.is_floating_point():
        return np.empty(0)
    values = _values(local).reshape(-1)[:_SAMPLES]
    return values if isinstance(values, np.ndarray) else values.float()


def _values(tensor: torch.Tensor) -> torch.Tensor | np.ndarray:
    """Return a tensor without its history; as numpy's, which is quicker, where it has the type."""
    plain = type(tensor) in PLAIN and tensor.is_cpu and tensor.layout is torch.strided
    if plain and tensor.dtype in _NUMPYS:
        return tensor.detach().numpy()
    return tensor.detach()


def _first(tensor: torch.Tensor) -> float | None:
    """Return the first element of a vector that has values."""
    if is_lazy(tensor) or is_meta(tensor) or tensor.ndim != 1:
        return None
    if not 1 < tensor.shape[0] <= _LARGEST:  # one number says nothing about others
        return None
    # Shards may tell each process something else, and to ask the others would take a collective.
    if tensor.layout is not torch.strided or is_distributed(tensor):
        return None
    return float(_values(tensor)[0])


def _number(tensor: torch.Tensor) -> float | None:
    first = _first(tensor)
    return first if first is not None and bool((_values(tensor) == first).all()) else None
