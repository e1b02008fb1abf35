"""What one block records, and the end of it: names for the draws, and values for the memory."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import nn

from netinit.base.garbage import uncollected
from netinit.initializers.base import Initializer
from netinit.initializers.fillings import Fillings
from netinit.streams.stream import Stream
from netinit.torch.init.installation import holders, installed
from netinit.torch.init.sources import in_force
from netinit.torch.init.write import write
from netinit.torch.recording.constructors import Constructors
from netinit.torch.recording.ledger import Ledger, State, undisturbed
from netinit.torch.recording.operators import Operators
from netinit.torch.recording.readers import watched
from netinit.torch.recording.roots import Modules, roots_of
from netinit.torch.recording.steps import Draw, Pattern, Step, draws_of
from netinit.torch.recording.streams import Streams, tensors_by_name
from netinit.torch.walk import find_slots

__all__ = ["Done", "Outcome", "Recorder"]

_address: Callable[[torch.Tensor], int] = torch._C.TensorBase.data_ptr

#: Python looks for garbage after so many new objects within a block, not after its 700.
_OBJECTS = 500_000
#: So many new objects at the end of a block are a net's, and no garbage.
_MANY = 50_000


@dataclass
class Done:
    """What was drawn within a block of `accelerate`; complete when the block has ended.

    Attributes
    ----------
    names : dict of str to str
        The parameters and buffers that were drawn by name, and what from.
    others : list of str
        The draws without such a name: those of tensors that are in no module, those that were
        read before the net was built, and those of torch's own generator. Each says why.
    """

    names: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @property
    def report(self) -> str:
        """What was not drawn by name, in words."""
        head = f"{len(self.names)} tensors drawn by name, {len(self.others)} draws without one"
        return "\n".join([head, *(f"  {text}" for text in self.others)])


class Outcome(NamedTuple):
    """What was done to a tensor of a net: steps that are pending, or none where it has values.

    Attributes
    ----------
    tensor : torch.Tensor
    steps : tuple of Step
    nbytes : int
        The size of the storage that the steps are for.
    """

    tensor: torch.Tensor
    steps: tuple[Step, ...]
    nbytes: int


class Recorder:
    """Keeps the writes of one thread pending, and carries them out.

    Parameters
    ----------
    seed : callable
        Returns the seed; called at the first draw.
    guarded : container of int
        Storages that must not be written to.
    """

    def __init__(self, seed: Callable[[], int | str], guarded: Container[int] = ()) -> None:
        self.done = Done()
        self._seeds = [seed]
        self._thread = threading.get_ident()
        self._modules = Modules()
        self._streams = Streams()
        self._ledger = Ledger(self._read_early, guarded)
        self._operators = Operators(self._ledger, self._seed, self._tell)
        self._constructors = Constructors(self._operators, self._ledger, self._seed)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Within a ``with`` block, keep writes pending."""
        with ExitStack() as stack:
            stack.enter_context(_young_only())
            stack.enter_context(installed(*holders()))
            stack.enter_context(in_force(self._draw, keep_generators=True))
            stack.enter_context(self._modules.watched())
            stack.enter_context(watched(self._ledger.settle))
            stack.enter_context(self._constructors.watched())
            stack.enter_context(self._operators)
            yield

    @contextmanager
    def seeded(self, seed: Callable[[], int | str]) -> Iterator[None]:
        """Within a ``with`` block, have another seed in force."""
        self._seeds.append(seed)
        try:
            yield
        finally:
            self._seeds.pop()

    def finish(self) -> None:
        """Give all draws their streams and all memory its values."""
        with uncollected():
            self._finish()

    def _finish(self) -> None:
        fillings = Fillings()
        self._name(roots_of(self._modules.alive()), fillings)
        if any(_unnamed(self._ledger.alive())):
            self._name(roots_of(Modules.everywhere()), fillings)
        with undisturbed():
            alive = self._ledger.alive()
            for draw in _unnamed(alive):
                self.done.others.append(f"{self._streams.unnamed(draw)}: in no module")
            self._ledger.carry_out(alive, fillings)

    def outcomes(self, net: nn.Module, prefix: str = "") -> dict[str, Outcome]:
        """Return what was done to each tensor of a net, by all of its names; nothing is drawn.

        Streams have the tensors' names after `prefix`. Tensors that nothing was written to are
        left out.
        """
        found: dict[str, Outcome] = {}
        slots = {id(slot.tensor): slot for slot in find_slots(net)}
        for named, cdata in tensors_by_name([net], None, prefix):
            state = None if cdata is None else self._ledger.find(cdata)
            if state is not None and not state.steps:
                continue
            if state is not None:
                self._streams.name(named, state.steps)
            steps, nbytes = (state.steps, state.nbytes) if state is not None else ((), 0)
            slot = slots[id(named.tensor)]
            names = (slot.name, *slot.aliases)
            outcome = Outcome(named.local, steps, nbytes)
            found |= dict.fromkeys((prefix + name for name in names), outcome)
        return found

    def _draw(self, tensor: torch.Tensor, initializer: Initializer) -> bool:
        if threading.get_ident() != self._thread:
            return False
        if not self._operators.draw(tensor, initializer):
            self._draw_at_once(tensor, initializer)
        return True

    def _draw_at_once(self, tensor: torch.Tensor, initializer: Initializer) -> None:
        """Draw a tensor that is not recorded, as one of another device, and tell of it."""
        name = self._streams.next(str(initializer), tensor.shape)
        write(tensor, initializer, Stream(self._seed(), name))
        self._tell(f"{name[1:]}: on {tensor.device}, in the order of the calls")

    def _seed(self) -> int | str:
        return self._seeds[-1]()

    def _tell(self, text: str) -> None:
        self.done.others.append(text)

    def _read_early(self, draw: Draw, reader: str) -> None:
        name = self._streams.unnamed(draw)
        self.done.others.append(f"{name}: read by {reader} before it had a name")

    def _name(self, roots: Sequence[nn.Module], fillings: Fillings) -> None:
        """Give the tensors of nets their streams, and have drawn what has a pattern."""
        texts: dict[int, str] = {}
        ledger, names = self._ledger, self.done.names
        for named, cdata in tensors_by_name(roots, ledger):
            pattern = ledger.pattern(cdata, named.local)
            if pattern is not None and pattern.by_core:
                fillings.add(pattern.filling(_address(named.local), named.name), named.local)
                ledger.drawn(cdata)
                names[named.name] = _text(pattern, texts)
                continue
            state = ledger.find(cdata)
            if state is not None and self._streams.name(named, state.steps):
                names[named.name] = text_of(state.steps, texts)


@contextmanager
def _young_only() -> Iterator[None]:
    """Keep Python's search for garbage to what is made within a ``with`` block.

    Nets consist of so many objects that it comes often, and goes through all libraries loaded.
    """
    if gc.get_freeze_count():  # the caller's own decision
        yield
        return
    often = gc.get_threshold()
    gc.freeze()
    if often[0]:
        gc.set_threshold(max(often[0], _OBJECTS), *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        if gc.get_count()[0] > _MANY:
            gc.freeze()  # to be put with the old ones, unsearched: searching takes a tenth more
        gc.unfreeze()


def _unnamed(states: Iterable[State]) -> list[Draw]:
    """Return the draws of some storages that have no stream."""
    found: list[Draw] = []
    for state in states:
        draw = state.steps[0]
        if len(state.steps) > 1 or type(draw) is not Draw:
            found += [draw for draw, _ in draws_of(state.steps) if draw.named is None]
        elif draw.named is None:  # nearly never
            found.append(draw)
    return found


def text_of(steps: Sequence[Step], known: dict[int, str]) -> str:
    """Return what a tensor is filled from, for a reader; texts of initializers are kept."""
    draws = dict.fromkeys(draw for draw, _ in draws_of(steps))
    texts = ", ".join(_text(draw, known) for draw in draws)
    count = len(steps) - sum(1 for step in steps if isinstance(step, Draw))
    return f"{texts}, and {count} operators" if count else texts


def _text(draw: Draw | Pattern, known: dict[int, str]) -> str:
    if draw.initializer is None:
        return draw.text
    text = known.get(id(draw.initializer))
    if text is None:
        text = known[id(draw.initializer)] = draw.text
    return text
