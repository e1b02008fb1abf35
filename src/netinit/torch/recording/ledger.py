"""What is pending, storage by storage."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from netinit.initializers.fillings import Fillings
from netinit.torch.arrays import storage_number, storage_of
from netinit.torch.recording.geometry import geometry_of
from netinit.torch.recording.steps import (
    Draw,
    Held,
    Pattern,
    Read,
    Snapshot,
    Step,
    carry_out,
    draws_of,
    filling_of,
)

__all__ = ["Ledger", "State", "undisturbed"]

_Storage: Any = torch.UntypedStorage
_expired: Callable[[int], bool] = _Storage._expired
_release: Callable[[int], None] = _Storage._free_weak_ref


class State:
    """What is known of one storage.

    Parameters
    ----------
    cdata : int
        Tells the storage from any other: a weak reference to it, which is the state's own.
    nbytes : int
        Its size.
    fresh : bool
        Whether nothing but `steps` has been written to it.
    steps : tuple of Step
        What is pending, the oldest first.
    """

    __slots__ = ("_snapshot", "cdata", "fresh", "nbytes", "steps")

    def __init__(self, cdata: int, nbytes: int, fresh: bool, steps: tuple[Step, ...] = ()) -> None:
        self.cdata, self.nbytes, self.fresh, self.steps = cdata, nbytes, fresh, steps
        self._snapshot: Snapshot | None = None

    def __del__(self) -> None:
        _release(self.cdata)

    def storage(self) -> torch.UntypedStorage | None:
        """Return the storage, if a tensor keeps it alive."""
        return _Storage._new_with_weak_ptr(self.cdata)  # type: ignore[no-any-return]

    def add(self, step: Step) -> None:
        """Take note of a write to a part, or of one that reads what was there."""
        self.steps = (*self.steps, step)
        self._snapshot = None

    def begin(self, steps: tuple[Step, ...]) -> None:
        """Take note of writes that leave nothing of what was there."""
        self.steps, self.fresh, self._snapshot = steps, True, None

    def snapshot(self) -> Snapshot:
        """Return what the storage would hold now."""
        if self._snapshot is None:
            self._snapshot = Snapshot(self.steps, self.nbytes)
        return self._snapshot


class Ledger:
    """The pending writes of a block.

    A storage is told from others by a number, which is a weak reference to it: that keeps no
    memory, but keeps the number from being another storage's.

    Parameters
    ----------
    name : callable
        Gives draws a stream that have to be made before they have the name of a parameter;
        called with the draw and with what wants to read it.
    guarded : container of int
        Storages that must not be written to.
    """

    def __init__(self, name: Callable[[Draw, str], None], guarded: Container[int] = ()) -> None:
        #: Of each storage what is known, in full or by a pattern; None where it has been drawn.
        self._known: dict[int, State | Pattern | None] = {}
        self._guarded = guarded
        self._held: dict[int, list[Held]] = {}
        self._name = name

    def __del__(self) -> None:
        for cdata in list(self._known):
            self._forget(cdata)

    def __contains__(self, cdata: Any) -> bool:
        """Return whether something is pending for a storage, or was drawn to it at the end."""
        if cdata not in self._known:
            return False
        found = self._known[cdata]
        return type(found) is not State or bool(found.steps)

    def find(self, cdata: int) -> State | None:
        """Return what is known of a storage that something may be pending for."""
        found = self._known.get(cdata)
        if not isinstance(found, Pattern):
            return found
        state = State(cdata, found.nbytes, True, (found.draw(),))
        self._known[cdata] = state
        return state

    def pattern(self, cdata: int, tensor: torch.Tensor) -> Pattern | None:
        """Return the pattern that all of a tensor is to be drawn by, or None."""
        found = self._known[cdata]
        return found if type(found) is Pattern and found.geometry.is_of(tensor) else None

    def drawn(self, cdata: int) -> None:
        """Take note, at the end, that a storage with a pattern is being drawn."""
        self._known[cdata] = None
        _release(cdata)

    def _forget(self, cdata: int) -> None:
        if type(self._known.pop(cdata, None)) is Pattern:
            _release(cdata)

    def fresh(self, tensor: torch.Tensor) -> State | None:
        """Take note of new memory, to which nothing has been written."""
        if not tensor.is_cpu or not tensor.numel():
            return None
        return self._new(tensor, True)

    def _new(self, tensor: torch.Tensor, fresh: bool) -> State:
        storage: Any = storage_of(tensor)
        self._forget(storage._cdata)
        state = State(storage._weak_ref(), storage.nbytes(), fresh)
        self._known[state.cdata] = state
        return state

    def begin(self, tensor: torch.Tensor, pattern: Pattern) -> None:
        """Take note of new memory, all of which is drawn by a pattern."""
        storage: Any = storage_of(tensor)
        self._forget(storage._cdata)
        self._known[storage._weak_ref()] = pattern

    def state(self, tensor: torch.Tensor) -> State:
        """Return what is known of a tensor's storage, to which something is to be added."""
        cdata = storage_of(tensor)._cdata
        found = self.find(cdata)
        if found is None:
            self._check(cdata)
            found = self._new(tensor, False)
        return found

    def _check(self, cdata: int) -> None:
        if cdata in self._guarded:
            raise RuntimeError("memory that a net shares with the one that is asked was written to")

    def pending(self, tensor: torch.Tensor) -> State | None:
        """Return what is pending for a tensor's storage, or None."""
        number = storage_number(tensor) if self._known else None
        found = None if number is None else self.find(number)
        return found if found is not None and found.steps else None

    def written(self, tensor: torch.Tensor) -> None:
        """Take note of a write that was carried out, or is about to be."""
        cdata = None if tensor.is_meta else storage_number(tensor)
        if cdata is None:
            return
        self._check(cdata)
        self._forget(cdata)
        self.release(cdata)

    def release(self, cdata: int) -> None:
        """Give those that hold a storage's tensors for later a copy of their own."""
        for held in self._held.pop(cdata, ()):
            held.tensor = held.tensor.clone()

    def read(self, tensor: torch.Tensor) -> Read | Held:
        """Return what stands for a tensor among the arguments of a step."""
        state = self.pending(tensor)
        if state is None:
            return self._hold(tensor)
        if not state.fresh:
            self.settle(tensor, "a copy of a part")
            return self._hold(tensor)
        return Read(state.snapshot(), geometry_of(tensor))

    def _hold(self, tensor: torch.Tensor) -> Held:
        if tensor.numel() == 1 or tensor.layout is not torch.strided:
            return Held(tensor.detach().clone())
        held = Held(tensor.detach())
        self._held.setdefault(storage_of(tensor)._cdata, []).append(held)
        return held

    def settle(self, tensor: torch.Tensor, reader: str) -> None:
        """Carry out what is pending for a tensor, because something reads it now."""
        state = self.pending(tensor)
        if state is None:
            return
        for draw, _ in draws_of(state.steps):
            if draw.named is None:
                self._name(draw, reader)
        cdata = storage_of(tensor)._cdata
        del self._known[cdata]
        self.release(cdata)
        with undisturbed():
            carry_out(state.steps, storage_of(tensor))

    def alive(self) -> list[State]:
        """Return what is pending for storages that are alive."""
        pending = [cdata for cdata, found in self._known.items() if found is not None]
        states = (self.find(cdata) for cdata in pending if not _expired(cdata))
        return [state for state in states if state is not None and state.steps]

    def carry_out(self, states: Iterable[State], fillings: Fillings) -> None:
        """Carry out what is pending for those of some storages that a tensor keeps alive.

        Nearly all that nets draw is left to the core, many tensors at a time.
        """
        for state in states:
            del self._known[state.cdata]
            storage = state.storage()
            if storage is None:
                continue
            filling = filling_of(state.steps, storage)
            if filling is None:
                carry_out(state.steps, storage)
            else:
                fillings.add(filling, storage)
        fillings.end()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Make and change tensors as outside of any context of the caller's."""
    with torch._C._DisableTorchDispatch(), torch.inference_mode(False), torch.no_grad():
        yield
