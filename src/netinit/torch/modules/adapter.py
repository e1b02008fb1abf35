"""How `netinit.initialize` and `netinit.plan` see a torch.nn.Module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.slice import Slice
from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.initializers.distributions import Constant
from netinit.parameters.parameter import Parameter
from netinit.torch.arrays import PLAIN, as_array, memory_of, note_write
from netinit.torch.learning.values import Computed
from netinit.torch.modules.computed import compute_buffer
from netinit.torch.modules.inventory import Inventory, take_inventory
from netinit.torch.modules.marks import forget, is_marked, mark_always, unmark
from netinit.torch.modules.materialize import (
    Memory,
    allocate,
    put,
    tensor_on,
    warn_of_optimizers,
)
from netinit.torch.modules.parametrized import check_derivable, finish, refresh
from netinit.torch.modules.reading import arrays_of
from netinit.torch.seeds import draw_seed
from netinit.torch.sharded import (
    Piece,
    check_placements,
    is_distributed,
    local_part,
    pieces,
    shard_of,
)
from netinit.torch.walk import STATISTICS, Slot, class_of, is_lazy, is_meta

__all__ = ["TorchAdapter"]


class TorchAdapter:
    """The adapter of PyTorch modules, which are filled in place.

    A parameter is uninitialized where it is on the meta device, has no shape yet (lazy
    modules), or was marked by `netinit.torch.mark_uninitialized`. Tensors of the meta device
    get CPU memory; they are put into the module only when all of them have been written, so
    that a call which fails leaves the module as it was.

    Parameters
    ----------
    net : torch.nn.Module
    """

    framework = "torch"

    def __init__(self, net: nn.Module) -> None:
        self._net = net
        self._wide = False
        self._inventory: Inventory | None = None
        #: The memory that each opened slot is filled in, by its name.
        self._memory: dict[str, Memory] = {}
        #: The values of tensors without a row that `close` completes.
        self._completed: list[tuple[Slot, torch.Tensor]] = []

    @property
    def inventory(self) -> Inventory:
        """The net's tensors, looked at once."""
        if self._inventory is None:
            self._inventory = take_inventory(self._net, wide=self._wide)
        return self._inventory

    def widen(self) -> None:
        """Have rows for parameters of every type, and for the weights of quantized layers."""
        self._wide = True

    @property
    def divided(self) -> bool:
        """Whether other processes have parts of the net."""
        return any(is_distributed(row.target.tensor) for row in self.inventory.rows)

    @property
    def wholly_told(self) -> bool:
        """Whether the net's own code, as method Native asks it, tells all that builds the net."""
        return self.inventory.authors.complete

    def parameters(self) -> Sequence[Parameter]:
        """Return every parameter, statistic and computed buffer in the module's own order.

        Raises
        ------
        TypeError, ValueError
            If the values of a parameter are not in it, as under FSDP1, or it is a partial sum.
        """
        return self.inventory.rows

    def unfinished(self) -> Sequence[str]:
        """Return the names of tensors without a row that have no value yet.

        Integer and boolean buffers of the meta device, mostly: `open` computes them.
        """
        return [slot.name for slot in self.inventory.others if _has_no_value(slot)]

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each tensor that can be looked at: its parameter, and its memory on the CPU."""
        return arrays_of(self.inventory)

    def places(self, parameter: Parameter) -> list[Piece] | None:
        """Return where what this process has of a distributed tensor lies; None of others."""
        tensor = None if parameter.target is None else parameter.target.tensor
        if tensor is None or not is_distributed(tensor) or tensor.is_complex():
            return None
        try:
            check_placements(tensor)
        except (TypeError, ValueError):  # summands, or parts of which nobody knows where they lie
            return None
        return list(pieces(tensor))

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for all of `parameters`, and the values of buffers that are computed.

        Raises
        ------
        ValueError
            If a tensor of the module would be left without a value; the names are given. Or if
            one that follows from others cannot be computed, for processes have parts of them.
        MemoryError
            If there is not enough memory. The module has not been changed in either case.

        Warns
        -----
        UserWarning
            If all parameters are to be overwritten and one has a type that is not drawn.
        """
        unsettled = [p.target.place for p in parameters if not p.settled]
        for place in unsettled if self.inventory.derives else ():
            check_derivable(place, self.inventory.modules)
        with _ordinary_mode():
            self._completed = [*self._complete(parameters), *self._made_again(parameters)]
            slots = [parameter.target for parameter in parameters]
            elsewhere = [slot for slot in slots if not slot.tensor.is_cpu]
            self._memory = {s.name: local_part(s.tensor) for s in slots if s.tensor.is_cpu}
            for slot, memory in zip(elsewhere, allocate(elsewhere), strict=True):
                self._memory[slot.name] = memory
        self._warn_of_undrawn(parameters)
        for slot in slots:
            if is_marked(slot.tensor):
                mark_always(slot.tensor)

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the parameter's memory, whole; of a distributed one what this process has."""
        memory, tensor = self._memory[parameter.name], parameter.target.tensor
        if isinstance(memory, torch.UntypedStorage):
            address, nbytes = memory.data_ptr(), memory.nbytes()
            array_of = partial(_array_on, memory, tensor)
            return (Slice.at(address, nbytes, parameter.dtype, array_of),)
        plain = type(memory) in PLAIN and type(tensor) in PLAIN
        if plain and memory.layout is torch.strided and memory.is_contiguous():
            whole = partial(memory_of, memory)
            return (Slice.at(memory.data_ptr(), memory.nbytes, parameter.dtype, whole),)
        array, dtype = as_array(memory, stored=self._wide)
        if not is_distributed(tensor):
            return (Slice(array, dtype),)
        shape = parameter.known_shape
        return (Slice(array[at], dtype, shape, start) for at, start in pieces(tensor))

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Put new memory into the module, complete it and count the writes; return it.

        Warns
        -----
        UserWarning
            If an optimizer has a parameter that the module could not keep.
        """
        slots: list[Slot] = [parameter.target for parameter in parameters]
        with _ordinary_mode():
            replaced = [slot for slot in slots if not self._settle(slot)]
            for slot, values in self._completed:
                put(slot, values if is_meta(slot.tensor) else values.to(slot.tensor.device))
            if self.inventory.derives:
                self._derive(parameters)
            for slot in slots:
                if slot.statistic:
                    _restart_count(slot)
            for module in self.inventory.modules.values():
                forget(module)
        self._memory, self._completed, self._inventory = {}, [], None
        warn_of_optimizers(replaced)
        return self._net

    def global_seed(self) -> int:
        """Draw 63 bits from torch's default generator, which ``torch.manual_seed`` governs."""
        return draw_seed(torch.default_generator)

    def _derive(self, parameters: Sequence[Parameter]) -> None:
        """Set what follows from written tensors, under parametrizations."""
        slots: list[Slot] = [parameter.target for parameter in parameters]
        for slot, parameter in zip(slots, parameters, strict=True):
            if not parameter.settled:
                finish(slot.place, self.inventory.modules)
        for module in {id(p.module): p.module for s in slots for p in s.places}.values():
            refresh(module)

    def _settle(self, slot: Slot) -> bool:
        """Make the written memory the module's own; return whether its object stayed the same."""
        memory, tensor, local = self._memory[slot.name], slot.tensor, local_part(slot.tensor)
        if is_meta(tensor):
            return put(slot, memory)
        assert isinstance(memory, torch.Tensor)
        unmark(tensor)
        if memory is not local:
            with torch.inference_mode(local.is_inference()), torch.no_grad():
                local.copy_(memory)
        note_write(tensor)
        return True

    def _warn_of_undrawn(self, parameters: Sequence[Parameter]) -> None:
        """Warn where all parameters are overwritten but for those of types not drawn."""
        undrawn = [slot for slot in self.inventory.others if slot.learnable]
        if not undrawn:
            return
        chosen = {parameter.name for parameter in parameters}
        learnable = {row.name for row in self.inventory.rows if row.kind == "parameter"}
        overwrites = any(parameter.initialized for parameter in parameters)
        if overwrites and learnable <= chosen:
            kinds = [f"{slot.name} ({slot.tensor.dtype})" for slot in undrawn]
            warn(f"{listing(kinds)} kept as they are: netinit draws {', '.join(DRAWN)} only")

    def _complete(self, parameters: Sequence[Parameter]) -> list[tuple[Slot, torch.Tensor]]:
        """Return the values of all tensors without a row that this call has to complete.

        A call that fills all that is uninitialized completes the whole module. One that fills
        a part completes what it can of the layers that it fills; the rest stays without
        memory, on the meta device.
        """
        lacking = [slot for slot in self.inventory.others if _has_no_value(slot)]
        if not lacking:
            return []
        chosen = {parameter.name for parameter in parameters}
        rows = self.inventory.rows
        whole = all(row.initialized or row.name in chosen for row in rows)
        layers = {id(p.module) for parameter in parameters for p in parameter.target.places}
        completed, missing = [], []
        for slot in lacking:
            if not (whole or id(slot.module) in layers):
                continue
            values = self._values_of(slot)
            if values is not None:
                completed.append((slot, values))
            elif whole:
                missing.append(slot)
        if missing:
            raise ValueError(_incomplete(missing))
        return completed

    def _made_again(self, parameters: Sequence[Parameter]) -> list[tuple[Slot, torch.Tensor]]:
        """Return the values of buffers that a call which overwrites everything makes again.

        Warns
        -----
        UserWarning
            If the net may never have been written, and nothing is written to some of it now.
        """
        if all(is_meta(p.target.tensor) for p in parameters):
            return []
        chosen = {parameter.name for parameter in parameters}
        rows, present = self.inventory.rows, self.inventory.present
        learnable = [row for row in rows if row.kind == "parameter"]
        known = {row.name for row in learnable if row.known or self._wide}
        if not known <= chosen:
            return []
        kept = [row.name for row in rows if row.name not in chosen]
        made = []
        for slot in self.inventory.others:
            if slot.is_parameter or _has_no_value(slot):
                continue
            values = self._values_of(slot, guess=present.doubtful)
            if values is None:
                kept.append(slot.name)
            elif not torch.equal(local_part(slot.tensor).cpu(), values):
                made.append((slot, values))
        if kept and present.doubtful:
            warn(
                f"kept as they are: {listing(kept)}; netinit does not know what they begin with. "
                "If the net comes from to_empty(), they hold no values: give netinit the net on "
                "the meta device, without to_empty(), and it tells what is missing"
            )
        return made

    def _values_of(self, slot: Slot, guess: bool = True) -> torch.Tensor | None:
        """Return what this process has of a buffer by the net's own code, or by its name."""
        if slot.is_parameter or is_lazy(slot.tensor):
            return None
        values, tensor = None, slot.tensor
        learned = self.inventory.authors.of_buffer(slot.name)
        fixed = None if learned is None or learned.random else learned.initializer
        if isinstance(fixed, Computed):
            values = fixed.values
        elif isinstance(fixed, Constant):
            values = torch.full(tensor.shape, fixed.value, dtype=tensor.dtype, device="cpu")
        elif guess:
            values = compute_buffer(slot.module, slot.key)
        if values is None or not is_distributed(tensor):
            return values
        return shard_of(values, tensor)


def _array_on(storage: torch.UntypedStorage, like: torch.Tensor) -> np.ndarray:
    return memory_of(tensor_on(storage, like))


def _has_no_value(slot: Slot) -> bool:
    return is_lazy(slot.tensor) or is_meta(slot.tensor) or is_marked(slot.tensor)


def _incomplete(missing: Sequence[Slot]) -> str:
    """Return what is said of tensors that netinit cannot give a value to."""
    described = [
        f"{slot.name} ({slot.tensor.dtype} {'parameter' if slot.is_parameter else 'buffer'} of "
        f"{class_of(slot.module).__name__})"
        for slot in missing
    ]
    path, key = missing[0].path, missing[0].key
    value = "tensor"
    if missing[0].is_parameter:
        value = f"torch.nn.Parameter(tensor, {missing[0].tensor.requires_grad})"
    return (
        f"the module cannot be completed, because netinit does not know the values of "
        f"{listing(described)}; nothing was changed. Build the layer that owns it on the CPU, "
        f"or give the values first: net.get_submodule({path!r}).{key} = {value}"
    )


def _restart_count(slot: Slot) -> None:
    """Reset the number of batches that the statistics of a layer were gathered from."""
    for place in slot.places:
        count = place.module._buffers.get("num_batches_tracked")
        if place.key in STATISTICS and count is not None and not is_meta(count):
            with torch.inference_mode(count.is_inference()):
                count.zero_()


@contextmanager
def _ordinary_mode() -> Iterator[None]:
    """Make and change tensors as outside of any context of the caller's."""
    with torch.inference_mode(False), torch.no_grad():
        yield
