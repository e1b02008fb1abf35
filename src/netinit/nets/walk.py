"""The arrays of a net: each once, with all its names, as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from netinit.arrays.dtypes import DTYPES
from netinit.nets.held import Held
from netinit.nets.shapes import known, show
from netinit.parameters.following import Surroundings
from netinit.parameters.parameter import Parameter

__all__ = ["ArrayHolder", "Home", "Walked", "parameters_of"]


class ArrayHolder(Protocol):
    """What a layer with arrays says of them; `netinit.nets.array_layer.ArrayLayer` is one."""

    @property
    def infos(self) -> Mapping[str, Any]:
        """What there is to say of each array, by Wolfram's name."""
        ...

    @property
    def held(self) -> dict[str, Held]:
        """The arrays that have values."""
        ...

    def given_name(self, name: str) -> str:
        """Return what an array is called."""
        ...

    def given_dtype(self, name: str) -> str:
        """Return the type of an array's elements."""
        ...

    @property
    def share(self) -> Mapping[str, str]:
        """Arrays that are another layer's."""
        ...

    def shared_with(self, wanted: str) -> tuple[ArrayHolder, str]:
        """Return the layer and name of an array in the net around."""
        ...

    def owner(self, name: str) -> tuple[ArrayHolder, str]:
        """Return the layer and name under which a possibly shared array is kept."""
        ...


class Walked(Protocol):
    """A layer or net, seen as the layers with arrays inside."""

    def array_layers(self) -> Iterator[tuple[str, ArrayHolder]]:
        """Yield every layer with arrays, at any depth, with its dotted path."""
        ...


@dataclass(frozen=True, slots=True)
class Home:
    """Where an array is kept: its layer and its name there."""

    layer: ArrayHolder
    name: str


@dataclass(slots=True)
class _Found:
    """An array found in a net, with all its names."""

    home: Home
    name: str = ""
    aliases: list[str] = field(default_factory=list)


def parameters_of(net: Walked, surroundings: Surroundings | None = None) -> list[Parameter]:
    """Return a parameter for each array of a net, in order, a shared one once.

    Parameters
    ----------
    net : layer or net
    surroundings : Surroundings, optional
        What the parameters ask for what follows their layers.

    Raises
    ------
    ValueError
        If two arrays have one name, or an array is shared with one that does not exist or
        that has another shape or dtype.
    """
    return [_parameter(found, surroundings) for found in _found(net)]


def _found(net: Walked) -> list[_Found]:
    """Return each array of `net` once, in order, with its own name and those it is shared by."""
    arrays: dict[tuple[int, str], _Found] = {}
    taken: set[str] = set()
    for path, layer in net.array_layers():
        for name in layer.infos:
            called = ".".join(filter(None, (path, layer.given_name(name))))
            if called in taken:
                raise ValueError(f"net: two arrays are named {called!r}")
            taken.add(called)
            owner, kept = layer.owner(name)
            home = Home(owner, kept)
            found = arrays.setdefault((id(owner), kept), _Found(home))
            if owner is layer and kept == name:
                found.name = called
            else:
                _check_shared(called, Home(layer, name), home)
                found.aliases.append(called)
    for found in arrays.values():
        if not found.name:
            raise ValueError(
                f"net: {found.aliases[0]!r} is shared with an array outside of this net; "
                "take the net around it"
            )
    return list(arrays.values())


def _check_shared(called: str, borrower: Home, owner: Home) -> None:
    """Raise ValueError if a shared array would not fit the layer that borrows it."""
    shape, other = (known(home.layer.infos[home.name].shape) for home in (borrower, owner))
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


def _parameter(found: _Found, surroundings: Surroundings | None) -> Parameter:
    layer, name = found.home.layer, found.home.name
    info = layer.infos[name]
    parameter = Parameter(
        name=found.name,
        shape=known(info.shape),
        dtype=layer.given_dtype(name),
        role=info.role,
        layout=info.layout,
        fixed=info.fixed,
        initialized=name in layer.held,
        kind=info.kind,
        layer=type(layer).__name__,
        aliases=tuple(found.aliases),
        zero_row=info.zero_row,
        note=info.note,
        target=found.home,
        surroundings=surroundings,
    )
    if parameter.size * DTYPES[parameter.dtype] >= 2**63:
        raise ValueError(f"net: {found.name!r} of shape {show(info.shape)} is too large")
    # While a shape is unknown its layout may name axes that are not there yet.
    return parameter if parameter.shape is not None else replace(parameter, layout=None)
