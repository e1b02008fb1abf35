"""NetAdapter: how `initialize` and `plan` see a layer, chain or graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from netinit.arrays.dtypes import DTYPES
from netinit.arrays.memory import aligned_empty
from netinit.nets.array_layer import ArrayLayer
from netinit.nets.container import Net
from netinit.nets.held import Held
from netinit.nets.layer import Layer
from netinit.nets.shapes import known, show
from netinit.parameters.parameter import Parameter
from netinit.streams.seeds import numpy_global_seed

__all__ = ["NetAdapter"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an array is kept: its layer and its name there."""

    layer: ArrayLayer
    name: str


@dataclass(slots=True)
class Entry:
    """An array found in a net, with all its names."""

    slot: Slot
    name: str = ""
    aliases: list[str] = field(default_factory=list)


class NetAdapter:
    """Serves netinit's own layers, chains and graphs.

    New values come in new arrays, which take the old ones' places when all are written: a
    call that fails leaves the net as it was.

    Parameters
    ----------
    net : Layer

    Raises
    ------
    ValueError
        If two arrays have one name, or an array is shared with one that does not exist or
        that has another shape or dtype.
    """

    framework = "netinit"

    def __init__(self, net: Layer) -> None:
        self._rows = [_row(entry) for entry in _entries(net)]
        self._arrays: dict[str, np.ndarray] = {}

    def parameters(self) -> Sequence[Parameter]:
        """Return a row for each array, in the net's order, a shared one once."""
        return self._rows

    def unfinished(self) -> Sequence[str]:
        """Return no names: every array has a row."""
        return ()

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get new memory for all of `parameters`."""
        arrays = {}
        for parameter in parameters:
            # initialize lets no row without a shape come here.
            assert parameter.shape is not None
            arrays[parameter.name] = aligned_empty(parameter.shape, parameter.dtype)
        self._arrays = arrays

    def array(self, parameter: Parameter) -> np.ndarray:
        """Return the new memory of a parameter, of the dtype that stores its type."""
        return self._arrays[parameter.name]

    def close(self, parameters: Sequence[Parameter]) -> None:
        """Hand the new arrays to their layers."""
        for parameter in parameters:
            slot: Slot = parameter.target
            slot.layer._held[slot.name] = Held(self._arrays[parameter.name], parameter.dtype)
        self._arrays = {}

    def global_seed(self) -> int:
        """Draw a seed from numpy's legacy global generator."""
        return numpy_global_seed()


def _layers(net: Layer) -> Iterator[tuple[str, ArrayLayer]]:
    if isinstance(net, ArrayLayer):
        yield "", net
    elif isinstance(net, Net):
        yield from net.array_layers()


def _entries(net: Layer) -> list[Entry]:
    """Return each array of `net` once, in order, with its own name and those it is shared by."""
    entries: dict[tuple[int, str], Entry] = {}
    taken: set[str] = set()
    for path, layer in _layers(net):
        for name in layer.rows:
            called = ".".join(filter(None, (path, layer.given_name(name))))
            if called in taken:
                raise ValueError(f"net: two arrays are named {called!r}")
            taken.add(called)
            owner, kept = layer.owner(name)
            slot = Slot(owner, kept)
            entry = entries.setdefault((id(owner), kept), Entry(slot))
            if owner is layer and kept == name:
                entry.name = called
            else:
                _check_shared(called, Slot(layer, name), slot)
                entry.aliases.append(called)
    for entry in entries.values():
        if not entry.name:
            raise ValueError(
                f"net: {entry.aliases[0]!r} is shared with an array outside of this net; "
                "take the net around it"
            )
    return list(entries.values())


def _check_shared(called: str, borrower: Slot, owner: Slot) -> None:
    """Raise ValueError if a shared array would not fit the layer that borrows it."""
    shape, other = (known(slot.layer.rows[slot.name].shape) for slot in (borrower, owner))
    if None not in (shape, other) and shape != other:
        raise ValueError(
            f"net: {called!r} has shape {show(shape)}, but the array that it shares has "
            f"{show(other)}"
        )
    dtype = borrower.layer.given_dtype(borrower.name)
    if dtype != owner.layer.given_dtype(owner.name):
        raise ValueError(
            f"net: {called!r} is {dtype}, but the array that it shares is "
            f"{owner.layer.given_dtype(owner.name)}"
        )


def _row(entry: Entry) -> Parameter:
    layer, name = entry.slot.layer, entry.slot.name
    row, held = layer.rows[name], layer._held.get(name)
    parameter = Parameter(
        name=entry.name,
        shape=known(row.shape),
        dtype=layer.given_dtype(name),
        role=row.role,
        layout=row.layout,
        fixed=row.fixed,
        initialized=held is not None,
        kind=row.kind,
        layer=type(layer).__name__,
        aliases=tuple(entry.aliases),
        zero_row=row.zero_row,
        note=row.note,
        target=entry.slot,
    )
    if parameter.size * DTYPES[parameter.dtype] >= 2**63:
        raise ValueError(f"net: {entry.name!r} of shape {show(row.shape)} is too large")
    # While a shape is unknown its layout may name axes that are not there yet.
    return parameter if parameter.shape is not None else replace(parameter, layout=None)
