"""What is pending, storage by storage."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch

from netinit.initializers.elementwise import fill_many
from netinit.torch.arrays import storage_number, storage_of
from netinit.torch.recording.geometry import geometry_of
from netinit.torch.recording.steps import (
    Draw,
    Held,
    Read,
    Snapshot,
    Step,
    carry_out,
    draws_of,
    filling_of,
)

__all__ = ["Ledger", "State", "undisturbed"]


class State:
    """What is known of one storage.

    Attributes
    ----------
    cdata : int
        Tells the storage from any other.
    nbytes : int
    fresh : bool
        Whether nothing but `steps` has been written to it.
    steps : tuple of Step
        What is pending, the oldest first.
    weak : int
        A weak reference to the storage.
    """

    __slots__ = ("_snapshot", "cdata", "fresh", "nbytes", "steps", "weak")

    def __init__(self, storage: torch.UntypedStorage, fresh: bool) -> None:
        self.cdata: int = storage._cdata
        self.nbytes = storage.nbytes()
        self.fresh = fresh
        self.steps: tuple[Step, ...] = ()
        self._snapshot: Snapshot | None = None
        # It keeps no memory, but keeps the number from being another storage's.
        self.weak = storage._weak_ref()

    def __del__(self) -> None:
        torch.UntypedStorage._free_weak_ref(self.weak)  # type: ignore[no-untyped-call]

    def storage(self) -> torch.UntypedStorage | None:
        """Return the storage, if a tensor keeps it alive."""
        return torch.UntypedStorage._new_with_weak_ptr(self.weak)

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

    Parameters
    ----------
    name : callable
        Gives draws a stream that have to be made before they have the name of a parameter;
        called with the draw and with what wants to read it.
    guarded : container of int
        Storages that must not be written to.
    """

    def __init__(self, name: Callable[[Draw, str], None], guarded: Container[int] = ()) -> None:
        self._states: dict[int, State] = {}
        self._guarded = guarded
        self._held: dict[int, list[Held]] = {}
        self._name = name

    def fresh(self, tensor: torch.Tensor) -> State | None:
        """Take note of new memory, to which nothing has been written."""
        if not tensor.is_cpu or not tensor.numel():
            return None
        state = State(storage_of(tensor), True)
        self._states[state.cdata] = state
        return state

    def begin(self, tensor: torch.Tensor, draw: Draw) -> None:
        """Take note of new memory, all of which is drawn."""
        state = State(storage_of(tensor), True)
        state.steps = (draw,)
        self._states[state.cdata] = state

    def state(self, tensor: torch.Tensor) -> State:
        """Return what is known of a tensor's storage, to which something is to be added."""
        storage = storage_of(tensor)
        found = self._states.get(storage._cdata)
        if found is None:
            self._check(storage._cdata)
            found = self._states[storage._cdata] = State(storage, False)
        return found

    def _check(self, cdata: int) -> None:
        if cdata in self._guarded:
            raise RuntimeError("memory that a net shares with the one that is asked was written to")

    def pending(self, tensor: torch.Tensor) -> State | None:
        """Return what is pending for a tensor's storage, or None."""
        number = storage_number(tensor) if self._states else None
        found = None if number is None else self._states.get(number)
        return found if found is not None and found.steps else None

    def written(self, tensor: torch.Tensor) -> None:
        """Take note of a write that was carried out, or is about to be."""
        cdata = None if tensor.is_meta else storage_number(tensor)
        if cdata is None:
            return
        self._check(cdata)
        self._states.pop(cdata, None)
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
        del self._states[cdata]
        self.release(cdata)
        with undisturbed():
            carry_out(state.steps, storage_of(tensor))

    @property
    def states(self) -> Mapping[int, State]:
        """What is known of storages: of new ones, and of those that something is pending for."""
        return self._states

    def alive(self) -> dict[int, State]:
        """Return what is pending for storages that are alive."""
        found, expired = self._states.items(), torch.UntypedStorage._expired
        return {n: state for n, state in found if state.steps and not expired(state.weak)}

    def carry_out(self, states: Iterable[State]) -> None:
        """Carry out what is pending for those of some storages that a tensor keeps alive.

        Nearly all that nets draw is left to one call of the core, which does it in parallel.
        """
        fillings, kept = [], []
        for state in states:
            del self._states[state.cdata]
            storage = state.storage()
            if storage is None:
                continue
            filling = filling_of(state.steps, storage)
            if filling is None:
                carry_out(state.steps, storage)
            else:
                fillings.append(filling)
                kept.append(storage)  # what fillings write to is alive as long as these are
        fill_many(fillings)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Make and change tensors as outside of any context of the caller's."""
    with torch._C._DisableTorchDispatch(), torch.inference_mode(False), torch.no_grad():
        yield
