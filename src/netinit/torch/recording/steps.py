"""What is pending for a storage: draws and operators, to be carried out in their order.

A step never changes once it is recorded, so that the steps of one storage up to some moment
(a `Snapshot`) are what another storage's step reads, whatever is written later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from netinit import _core
from netinit.arrays.memory import advise_huge_pages
from netinit.initializers.base import Initializer
from netinit.initializers.elementwise import Elementwise, Filling
from netinit.streams.stream import Stream
from netinit.torch.arrays import DTYPE_NAMES
from netinit.torch.init.write import write
from netinit.torch.naming.part import write_part
from netinit.torch.recording.geometry import Geometry, new_storage, view_of

__all__ = [
    "Draw",
    "Held",
    "Operation",
    "Pattern",
    "Read",
    "Snapshot",
    "Step",
    "Take",
    "all_of",
    "carry_out",
    "draws_of",
    "filling_of",
    "reads_in",
]


@dataclass(eq=False, slots=True)
class Draw:
    """Random values for a view of a storage; which ones is known when it has a stream.

    Attributes
    ----------
    geometry : Geometry
        The view.
    initializer : Initializer or None
        What netinit draws; None where it is a random operator of torch's.
    call : functools.partial or None
        That operator with its numbers; a tensor and a generator are to be given.
    seed : int or str
        The one in force.
    distributed : callable or None
        Makes the distributed tensor whose local part the view is.
    named : (str, int) or None
        The name and the number of the stream.
    within : Geometry or None
        The parameter whose values at this place these are, where the view is a part of one.
    whole : bool
        Whether the view is known to be all of the storage, in the order of the memory.
    """

    geometry: Geometry
    initializer: Initializer | None
    call: partial[Any] | None
    seed: int | str
    distributed: Callable[[torch.Tensor], torch.Tensor] | None = None
    named: tuple[str, int] | None = None
    within: Geometry | None = None
    whole: bool = False

    sources: tuple[Snapshot, ...] = ()

    @property
    def text(self) -> str:
        """What is drawn, for a reader."""
        if self.call is None:
            return str(self.initializer)
        numbers = ", ".join(map(str, self.call.args))
        func: Any = self.call.func
        return f"{func.overloadpacket.__name__}({numbers})"

    def run(self, storage: torch.UntypedStorage) -> None:
        """Write the values."""
        assert self.named is not None
        stream = Stream(self.seed, *self.named)
        view = view_of(storage, self.geometry)
        if self.call is not None:
            numbers = self.call.args
            generator = torch.Generator().manual_seed(stream.key)
            self.call.func(view, *numbers, **self.call.keywords, generator=generator)
            return
        assert self.initializer is not None
        if self.distributed is not None:
            write(self.distributed(view), self.initializer, stream)
        elif self.within is None:
            write(view, self.initializer, stream)
        else:
            write_part(view, view_of(storage, self.within), self.initializer, stream)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A draw of all of a storage, in the order of the memory, that many storages have alike.

    Attributes
    ----------
    geometry : Geometry
    initializer : Initializer
    seed : int or str
    """

    geometry: Geometry
    initializer: Initializer
    seed: int | str

    @property
    def nbytes(self) -> int:
        """The size of the storage."""
        return self.geometry.numel * self.geometry.dtype.itemsize

    @property
    def text(self) -> str:
        """What is drawn, for a reader."""
        return str(self.initializer)

    def draw(self) -> Draw:
        """Return the draw as one of a storage's steps."""
        return Draw(self.geometry, self.initializer, None, self.seed, whole=True)

    @property
    def by_core(self) -> bool:
        """Whether the core draws it."""
        return self.geometry.dtype in DTYPE_NAMES and isinstance(self.initializer, Elementwise)

    def filling(self, address: int, name: str) -> Filling:
        """Return the draw from the stream of a name, to memory that the caller keeps alive."""
        initializer: Any = self.initializer
        key, offset = _core.stream_of(self.seed, name)  # not kept: a name is asked for once
        dtype = DTYPE_NAMES[self.geometry.dtype]
        return (address, self.nbytes), dtype, key, offset, 0, initializer.core


@dataclass(eq=False, slots=True)
class Held:
    """A tensor whose values a step reads; of its own as soon as the first is written to."""

    tensor: torch.Tensor


@dataclass(eq=False, slots=True)
class Snapshot:
    """What a storage holds after some steps; made in memory of its own where it is read."""

    steps: Sequence[Step]
    nbytes: int
    _storage: torch.UntypedStorage | None = None

    def storage(self) -> torch.UntypedStorage:
        """Return memory with the values; those that the steps read have been made before."""
        if self._storage is None:
            storage = new_storage(self.nbytes)
            advise_huge_pages(storage.data_ptr(), self.nbytes)
            for step in self.steps:
                step.run(storage)
            self._storage = storage
        return self._storage


@dataclass(frozen=True, slots=True)
class Read:
    """A view of a snapshot as an operator's argument; of the step's own storage without one."""

    snapshot: Snapshot | None
    geometry: Geometry

    def tensor(self, own: torch.UntypedStorage | None) -> torch.Tensor:
        """Return the view."""
        storage = own if self.snapshot is None else self.snapshot.storage()
        assert storage is not None
        return view_of(storage, self.geometry)


def _given(argument: Any, own: torch.UntypedStorage | None) -> Any:
    """Return an operator's argument with the tensors that are meant."""
    if isinstance(argument, Read):
        return argument.tensor(own)
    if isinstance(argument, Held):
        return argument.tensor
    if isinstance(argument, (list, tuple)):
        return type(argument)(_given(item, own) for item in argument)
    return argument


def reads_in(argument: Any) -> Iterator[Read]:
    """Yield the views that an argument of an operation stands for."""
    if isinstance(argument, Read):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for item in argument:
            yield from reads_in(item)


@dataclass(eq=False, slots=True)
class Operation:
    """An operator of torch's, with `Read` and `Held` for the tensors among its arguments."""

    func: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    sources: tuple[Snapshot, ...] = field(init=False)

    def __post_init__(self) -> None:
        reads = reads_in((*self.args, *self.kwargs.values()))
        self.sources = tuple(read.snapshot for read in reads if read.snapshot is not None)

    def run(self, storage: torch.UntypedStorage | None) -> Any:
        """Call the operator, which writes to the storage if it is one that writes."""
        kwargs = {name: _given(value, storage) for name, value in self.kwargs.items()}
        return self.func(*(_given(value, storage) for value in self.args), **kwargs)


@dataclass(eq=False, slots=True)
class Take:
    """One of an operator's results, copied to where the block expects it."""

    operation: Operation
    number: int
    geometry: Geometry
    #: The results, where an operator has several; shared by those who take them.
    results: list[Any]

    @property
    def sources(self) -> tuple[Snapshot, ...]:
        """What the operator reads."""
        return self.operation.sources

    def run(self, storage: torch.UntypedStorage) -> None:
        """Copy the result, of an operator that is called once."""
        if not self.results:
            made = self.operation.run(None)
            self.results.extend(made if isinstance(made, (list, tuple)) else [made])
        view_of(storage, self.geometry).copy_(self.results[self.number])


Step = Draw | Operation | Take


def filling_of(steps: Sequence[Step], storage: torch.UntypedStorage) -> Filling | None:
    """Return what is pending for a storage as one of many fills, valid as long as that is.

    None where it is more than a distribution that the core draws to all of the storage.
    """
    step = steps[0]
    if len(steps) > 1 or not isinstance(step, Draw) or not step.whole:
        return None
    dtype = DTYPE_NAMES.get(step.geometry.dtype)
    if dtype is None or not isinstance(step.initializer, Elementwise):
        return None
    assert step.named is not None
    name, number = step.named
    key, offset = _core.stream_of(step.seed, name)  # not kept: a name is asked for once
    memory = _core.memory(storage.data_ptr(), storage.nbytes())
    return memory, dtype, key, offset, number, step.initializer.core


def carry_out(steps: Sequence[Step], storage: torch.UntypedStorage) -> None:
    """Write what is pending into a storage; what it reads is made first, without recursion."""
    advise_huge_pages(storage.data_ptr(), storage.nbytes())
    if len(steps) > 1 or steps[0].sources:
        for snapshot in _in_order(steps):
            snapshot.storage()
    for step in steps:
        step.run(storage)


def draws_of(steps: Sequence[Step]) -> Sequence[tuple[Draw, bool]]:
    """Return the draws of some steps, and whether they are their storage's own; in order."""
    if len(steps) == 1 and isinstance(steps[0], Draw):  # nearly always
        return ((steps[0], True),)
    return [(step, own) for step, own in all_of(steps) if isinstance(step, Draw)]


def all_of(steps: Sequence[Step]) -> Iterator[tuple[Step, bool]]:
    """Yield some steps, and then those that make what they read; and which of both each is."""
    for step in steps:
        yield step, True
    if any(step.sources for step in steps):
        for snapshot in _in_order(steps):
            for step in snapshot.steps:
                yield step, False


def _in_order(steps: Sequence[Step]) -> list[Snapshot]:
    """Return all snapshots that some steps read, each after those that it reads itself."""
    order: dict[int, Snapshot] = {}
    waiting = [(source, False) for step in reversed(steps) for source in reversed(step.sources)]
    while waiting:
        snapshot, ready = waiting.pop()
        if id(snapshot) in order:
            continue
        if ready:
            order[id(snapshot)] = snapshot
            continue
        waiting.append((snapshot, True))
        for step in reversed(snapshot.steps):
            waiting.extend((source, False) for source in reversed(step.sources))
    return list(order.values())
