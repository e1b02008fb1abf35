"""What a net that was built shows of its constructors: scales and biases set to a number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch

from netinit.torch.walk import Slot, is_lazy, is_meta

__all__ = ["DEFAULTS", "Present"]

#: The numbers that vectors begin as, by their roles; training makes them many.
DEFAULTS = {"scale": 1.0, "shift": 0.0, "bias": 0.0}
_LARGEST = 1 << 16


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

    def _differ(self, slot: Slot) -> bool:
        # In a net of the meta device nobody's numbers are to be had: memory there is garbage.
        if any(is_meta(other.tensor) for other in self._slots):
            return False
        return len(self._firsts.get(slot.place.key, ())) > 1

    @cached_property
    def _firsts(self) -> dict[str, set[float]]:
        """The first elements of vectors, by their names in their layers."""
        firsts: dict[str, set[float]] = {}
        for slot in self._slots:
            first = _first(slot.tensor)
            if first is not None:
                firsts.setdefault(slot.place.key, set()).add(first)
        return firsts


def _first(tensor: torch.Tensor) -> float | None:
    """Return the first element of a vector that has values."""
    if is_lazy(tensor) or is_meta(tensor) or tensor.ndim != 1:
        return None
    if not 1 < len(tensor) <= _LARGEST:  # one number says nothing about others
        return None
    if tensor.layout is not torch.strided or hasattr(tensor, "_local_tensor"):
        return None
    return float(tensor.detach()[0])


def _number(tensor: torch.Tensor) -> float | None:
    first = _first(tensor)
    return first if first is not None and bool((tensor.detach() == first).all()) else None
