"""Layers that have arrays: what each array is, its name, its value, whom it is shared with."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Self

import numpy as np

from netinit.base.spelling import nearest, unknown
from netinit.base.words import Automatic
from netinit.initializers.distributions import Constant
from netinit.nets.fields import DType, Names
from netinit.nets.held import Held, hold
from netinit.nets.layer import Layer, Leaf, Surrounding
from netinit.nets.shapes import Shape, known, show
from netinit.nets.walk import ArrayHolder
from netinit.shapes.layout import Layout

__all__ = ["ARRAY_NAMES", "ArrayInfo", "ArrayLayer"]


_GATES = ("InputGate", "OutputGate", "ForgetGate", "ResetGate", "MemoryGate")

#: Every name that an array of some layer has, by Wolfram's conventions.
ARRAY_NAMES = (
    *("Weights", "Biases", "Scaling", "MovingMean", "MovingVariance", "Slope", "Array"),
    *("InputWeights", "StateWeights"),
    *(gate + part for gate in _GATES for part in ("InputWeights", "StateWeights", "Biases")),
)


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What a layer says of one of its arrays; the fields are those of `Parameter`."""

    shape: Shape
    role: str = "weight"
    layout: Layout | None = None
    fixed: Constant | None = None
    kind: str = "parameter"
    zero_row: int | None = None
    note: str = ""


def bias(*shape: int | None) -> ArrayInfo:
    """Return what there is to say of a bias of `shape`."""
    return ArrayInfo(shape, role="bias")


@dataclass(frozen=True, eq=False, repr=False)
class ArrayLayer(Leaf):
    """A layer with arrays.

    Parameters
    ----------
    arrays : mapping, optional
        Other names for the layer's arrays: ``{"Weights": "weight"}``.
    share : mapping, optional
        Arrays that are another layer's: ``{"Weights": "wte.weight"}``; the dotted name is
        looked up in the net around the layer, then in the net around that, and so on.
    dtype : str, optional
        The type of the arrays' elements: one of `netinit.arrays.dtypes.DRAWN`. Not given: the
        enclosing net's, at last "float32".
    """

    _: KW_ONLY
    arrays: Names = field(default_factory=dict)
    share: Names = field(default_factory=dict)
    dtype: DType = None
    held: dict[str, Held] = field(init=False)

    def __post_init__(self) -> None:
        """Start with no array initialized."""
        object.__setattr__(self, "held", {})
        super().__post_init__()

    def _validate(self) -> None:
        names = list(self.array_infos(self.declared()))
        for option in ("arrays", "share"):
            for name in getattr(self, option):
                if name not in names:
                    what = f"{type(self).__name__}: {option}: array"
                    raise ValueError(unknown(what, name, names))

    @abc.abstractmethod
    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return what there is to say of each array, by Wolfram's name, for such inputs."""

    @property
    def infos(self) -> Mapping[str, ArrayInfo]:
        """What there is to say of each array, by Wolfram's name, for what is known now."""
        return self.array_infos(self.input_shapes)

    def accept(self, inputs: tuple[Shape | None, ...]) -> None:
        """Raise ValueError if an array that has a value would get another shape."""
        rows = self.array_infos(inputs)
        for name, held in self.held.items():
            if known(rows[name].shape) != held.memory.shape:
                raise ValueError(
                    f"{type(self).__name__}: {name} is initialized with shape "
                    f"{show(held.memory.shape)}, but the input asks for {show(rows[name].shape)}"
                )

    def array_layers(self) -> Iterator[tuple[str, ArrayHolder]]:
        """Yield the layer itself."""
        yield "", self

    def copy(self) -> Self:
        """Return an equal layer that shares nothing with this one; arrays are copied."""
        twin = super().copy()
        held = {name: held.copy() for name, held in self.held.items()}
        object.__setattr__(twin, "held", held)
        return twin

    # ---- names

    def given_name(self, name: str) -> str:
        """Return what an array is called: by the layer, else by a net around it."""
        layer: Layer | Surrounding | None = self
        while layer is not None:
            renamed = getattr(layer, "arrays", {}).get(name)
            if renamed is not None:
                return str(renamed)
            layer = layer._state.parent
        return name

    def given_dtype(self, name: str) -> str:
        """Return the type of an array's elements: the value's, the layer's, the net's."""
        if name in self.held:
            return self.held[name].dtype
        layer: Layer | Surrounding | None = self
        while layer is not None:
            dtype = getattr(layer, "dtype", None)
            if dtype is not None:
                return str(dtype)
            layer = layer._state.parent
        return "float32"

    def array_name(self, path: tuple[str | int, ...]) -> str:
        """Return Wolfram's name of the array that `path` names; raise KeyError."""
        wanted = ".".join(map(str, path))
        by_name = {name: name for name in self.infos}
        by_name = {self.given_name(name): name for name in self.infos} | by_name
        if wanted not in by_name:
            raise KeyError(unknown(f"{type(self).__name__}: array", wanted, by_name))
        return by_name[wanted]

    def owner(self, name: str) -> tuple[ArrayHolder, str]:
        """Return the layer and name under which a possibly shared array is kept."""
        layer: ArrayHolder = self
        seen = [(id(layer), name)]
        while name in layer.share:
            layer, name = layer.shared_with(layer.share[name])
            if (id(layer), name) in seen:
                raise ValueError(f"{type(self).__name__}: share goes in a circle at {name!r}")
            seen.append((id(layer), name))
        return layer, name

    def shared_with(self, wanted: str) -> tuple[ArrayHolder, str]:
        names: list[str] = []
        net = self._state.parent
        while net is not None:
            known_here = net.array_index()
            if wanted in known_here:
                return known_here[wanted]
            names = list(known_here)
            net = net._state.parent
        hint = nearest(wanted, names)
        suggestion = f"; did you mean {hint!r}?" if hint else ""
        raise ValueError(
            f"{type(self).__name__}: share: no net around the layer has an array {wanted!r}"
            f"{suggestion}"
        )

    # ---- values

    def at(self, path: tuple[str | int, ...]) -> Any:
        """Return the layer itself, or the array that `path` names."""
        if not path:
            return self
        layer, name = self.owner(self.array_name(path))
        held = layer.held.get(name)
        return Automatic if held is None else held.read()

    def value(self, name: str) -> np.ndarray:
        """Return the numbers of an array that has a value, for arithmetic."""
        layer, kept = self.owner(name)
        numbers = layer.held[kept].read()
        return numbers.astype(np.result_type(numbers.dtype, np.float32), copy=False)

    def put(self, path: tuple[str | int, ...], value: object) -> None:
        """Set an array to a copy of `value`, or take its value away (``Automatic``)."""
        if not path:
            raise TypeError("a net's layers cannot be replaced; make a new net of them")
        layer, name = self.owner(self.array_name(path))
        if value is Automatic:
            layer.held.pop(name, None)
            return
        shape = known(layer.infos[name].shape)
        what = f"{type(layer).__name__}: {name}"
        if shape is None:
            raise ValueError(
                f"{what} cannot be set while its shape is {show(layer.infos[name].shape)}; "
                "give the net's input first"
            )
        layer.held[name] = hold(what, value, shape, layer.given_dtype(name))

    def __repr__(self) -> str:
        """Show how the layer is made, its shapes and its arrays."""
        text = super().__repr__()
        sizes = {name: f"{name} {show(row.shape)}" for name, row in self.infos.items()}
        shared = [f"{name} is {self.share[name]}" for name in sizes if name in self.share]
        own = [name for name in sizes if name not in self.share]
        ready = [sizes[name] for name in own if name in self.held]
        missing = [sizes[name] for name in own if name not in self.held]
        for label, entries in (("", ready), ("uninitialized: ", missing), ("shared: ", shared)):
            text += f"; {label}{', '.join(entries)}" if entries else ""
        return text
