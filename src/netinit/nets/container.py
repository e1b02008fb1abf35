"""The base of nets, which are layers made of layers, and NetMapOperator."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import groupby
from typing import Annotated, Any, Self

import numpy as np

from netinit.base.spelling import unknown
from netinit.nets.array_layer import ARRAY_NAMES
from netinit.nets.evaluation import Flow
from netinit.nets.fields import DType, Names, integer
from netinit.nets.layer import Found, Layer, Unary
from netinit.nets.layers.linear import LinearLayer
from netinit.nets.layers.stateless import ElementwiseLayer
from netinit.nets.shapes import Shape
from netinit.nets.walk import ArrayHolder

__all__ = ["Net", "NetMapOperator", "as_layer", "as_layers"]

#: What stands for a layer in a net: the layer, an integer or a function's name.
LayerLike = Layer | int | str


def as_layer(what: str, value: object) -> Layer:
    """Return the layer that `value` stands for, as a copy of its own.

    An integer is a LinearLayer of that output, text an ElementwiseLayer of that function.
    """
    if isinstance(value, Layer):
        return value.copy()
    if isinstance(value, str):
        return ElementwiseLayer(value)
    if hasattr(value, "__index__"):
        return LinearLayer(integer(what, value, 1))
    raise TypeError(
        f"{what} must be a layer, an integer (a LinearLayer) or a function's name, not {value!r}"
    )


def as_layers(what: str, value: object) -> dict[str, Layer]:
    """Return layers by name, from a mapping or from a sequence (named "0", "1", ...)."""
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"{what}: a layer's name must be text, not {name!r}")
            if not name or "." in name or not name.isprintable():
                raise ValueError(f"{what}: a layer's name is text without dots, not {name!r}")
        return {name: as_layer(f"{what}: layer {name!r}", item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {str(i): as_layer(f"{what}: layer {i}", item) for i, item in enumerate(value)}
    raise TypeError(f"{what} must be a list or a mapping of layers, not {value!r}")


#: Layers by name, given as a mapping or a sequence.
Layers = Annotated[Mapping[str, Layer], as_layers]


@dataclass(frozen=True, eq=False, repr=False)
class Net(Layer):
    """A layer made of layers.

    Parameters
    ----------
    arrays : mapping, optional
        Other names for the arrays of all layers inside: ``{"Weights": "weight"}``. A net or
        layer inside may have its own.
    dtype : str, optional
        The type of the elements of all arrays inside, where nothing inside says otherwise.
    """

    quiet = Layer.quiet | {"layers", "edges", "net"}

    _: KW_ONLY
    arrays: Names = field(default_factory=dict)
    dtype: DType = None

    @abc.abstractmethod
    def children(self) -> Mapping[str, Layer]:
        """Return the layers directly inside by name, in order."""

    @abc.abstractmethod
    def _replace_children(self, children: Mapping[str, Layer]) -> None:
        """Take other layers of the same names, in a copy that nobody has seen yet."""

    def _validate(self) -> None:
        for name in self.arrays:
            if name not in ARRAY_NAMES:
                what = f"{type(self).__name__}: arrays: array"
                raise ValueError(unknown(what, name, ARRAY_NAMES))
        self._adopt()

    def _adopt(self) -> None:
        for layer in self.children().values():
            layer._state.parent = self

    def copy(self) -> Self:
        """Return an equal net that shares nothing with this one; arrays are copied."""
        twin = super().copy()
        twin._replace_children({name: layer.copy() for name, layer in self.children().items()})
        twin._adopt()
        return twin

    # ---- what is inside

    def __iter__(self) -> Iterator[Layer]:
        """Iterate over the layers directly inside."""
        return iter(self.children().values())

    def __len__(self) -> int:
        """Return the number of layers directly inside."""
        return len(self.children())

    def __bool__(self) -> bool:
        """Return True: a net is a net even without layers."""
        return True

    def child(self, part: str | int) -> Layer:
        """Return the layer directly inside that `part` names or counts."""
        children = self.children()
        if isinstance(part, int):
            layers = list(children.values())
            if not -len(layers) <= part < len(layers):
                raise IndexError(f"{type(self).__name__} has {len(layers)} layers, no {part}")
            return layers[part]
        if part not in children:
            raise KeyError(unknown(f"{type(self).__name__}: layer", part, children))
        return children[part]

    def at(self, path: tuple[str | int, ...]) -> Any:
        """Return the layer or array at `path`."""
        return self.child(path[0]).at(path[1:]) if path else self

    def put(self, path: tuple[str | int, ...], value: object) -> None:
        """Set the array at `path`."""
        if not path:
            raise TypeError("a net's layers cannot be replaced; make a new net of them")
        self.child(path[0]).put(path[1:], value)

    def array_layers(self) -> Iterator[tuple[str, ArrayHolder]]:
        """Yield every layer with arrays inside, at any depth, with its dotted path."""
        for name, layer in self.children().items():
            for path, inner in layer.array_layers():
                yield ".".join(filter(None, (name, path))), inner

    def array_index(self) -> dict[str, tuple[ArrayHolder, str]]:
        """Return every array inside by its dotted name, both as renamed and as Wolfram's."""
        index: dict[str, tuple[ArrayHolder, str]] = {}
        for path, layer in self.array_layers():
            for name in layer.infos:
                for called in (layer.given_name(name), name):
                    index.setdefault(f"{path}.{called}" if path else called, (layer, name))
        return index

    def signature(self) -> str:
        """Return how the net is made, without what is inside."""
        return super().signature().removesuffix("()")

    def __repr__(self) -> str:
        """Show the net and, indented, the layers inside; equal neighbours once."""
        lines = [super().__repr__()]
        entries = [(name, repr(layer)) for name, layer in self.children().items()]
        for text, group in groupby(entries, key=lambda entry: entry[1]):
            names = [name for name, _ in group]
            label = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
            lines += f"{label}: {text}".splitlines() if label else text.splitlines()
            start = len(lines) - len(text.splitlines())
            lines[start:] = [f"  {line}" for line in lines[start:]]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False, repr=False)
class NetMapOperator(Unary, Net):
    """A net that maps a layer over a sequence: over the first axis of its input.

    The operator leaves no trace in names: what is inside is named as if it stood there itself.

    Parameters
    ----------
    net : layer, int or str
        What is applied to each element.

    Examples
    --------
    >>> from netinit.nets import NetMapOperator
    >>> NetMapOperator(4, input=(None, 3)).output_shape
    (None, 4)
    """

    net: Annotated[Layer, as_layer]

    def children(self) -> Mapping[str, Layer]:
        """Return the one layer inside, whose name is empty."""
        return {"": self.net}

    def _replace_children(self, children: Mapping[str, Layer]) -> None:
        object.__setattr__(self, "net", children[""])

    def at(self, path: tuple[str | int, ...]) -> Any:
        """Return what the mapped layer has at `path`."""
        return self.net.at(path) if path else self

    def put(self, path: tuple[str | int, ...], value: object) -> None:
        """Set the array that the mapped layer has at `path`."""
        self.net.put(path, value)

    def flow(
        self, inputs: tuple[Shape | None, ...], found: Found, path: str
    ) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """Return the input's shape and the shape of the sequence of the inner net's outputs."""
        (shape,) = inputs
        if shape == ():
            raise ValueError(f"{self.where(path)}: the input must be a sequence, not a scalar")
        element = self.net.infer((None if shape is None else shape[1:],), found, path)
        length = None if shape is None else shape[0]
        return inputs, None if element is None else (length, *element)

    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return the inner net's outputs for the elements of every sequence."""
        (array,) = inputs
        batch, length = array.shape[:2]
        elements = array.reshape(batch * length, *array.shape[2:])
        output = self.net.run((elements,), flow.of(batch * length), path)
        return output.reshape(batch, length, *output.shape[1:])
