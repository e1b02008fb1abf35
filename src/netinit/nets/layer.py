"""The base of all layers: fields, shapes, arrays, and what a reader sees.

A layer describes itself by frozen fields, infers its output's shape from its inputs', holds
the arrays that it has been given and is applied to arrays. Layers are values: a net holds
copies of the layers that it is made from.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Protocol, Self, get_type_hints

import numpy as np

from netinit.nets.evaluation import Flow, apply
from netinit.nets.fields import Check, InputShape
from netinit.nets.shapes import Shape, merge, show
from netinit.nets.walk import ArrayHolder, parameters_of
from netinit.parameters.parameter import Parameter

__all__ = ["Declared", "Found", "Layer", "Leaf", "Unary", "checks", "path_of"]

#: What inference found: for each layer by its id, the layer, its inputs and its output.
Found = dict[int, tuple["Layer", tuple[Shape | None, ...], Shape | None]]


class Surrounding(Protocol):
    """A net around a layer, as the layer sees it."""

    @property
    def _state(self) -> State: ...

    def array_index(self) -> Mapping[str, tuple[ArrayHolder, str]]:
        """Return every array inside by its dotted name: its layer and its name there."""
        ...


@dataclass(slots=True)
class State:
    """What a layer knows besides its fields: the net around it and its shapes."""

    parent: Surrounding | None = None
    inputs: tuple[Shape | None, ...] = ()
    output: Shape | None = None


@functools.cache
def checks(layer_type: type[Layer]) -> Mapping[str, Check]:
    """Return the check of each constructor field of `layer_type`, in the fields' order."""
    hints = get_type_hints(layer_type, include_extras=True)
    names = [item.name for item in dataclasses.fields(layer_type) if item.init]
    return {name: hints[name].__metadata__[0] for name in names}


@dataclass(frozen=True, eq=False, repr=False)
class Layer(abc.ABC):
    """A layer or net: the base of everything that a net is made of."""

    #: Fields that `repr` leaves out because the shapes and arrays beside them say the same.
    quiet: ClassVar[frozenset[str]] = frozenset({"input", "arrays"})

    _: KW_ONLY
    _state: State = field(init=False)

    def __post_init__(self) -> None:
        """Check every field, then infer the shapes."""
        for name, check in checks(type(self)).items():
            value = check(f"{type(self).__name__}: {name}", getattr(self, name))
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_state", State())
        self._validate()
        self.resolve()

    def _validate(self) -> None:
        """Check what concerns several fields; raise ValueError. Here: nothing."""
        return

    # ---- shapes

    @property
    def arity(self) -> int | None:
        """The number of inputs; None where any number from 1 will do."""
        return 1

    @property
    def input_shapes(self) -> tuple[Shape | None, ...]:
        """The shapes of the inputs as far as they are known, in order."""
        return self._state.inputs

    @property
    def output_shape(self) -> Shape | None:
        """The shape of the output; None, or a None extent, where it is not known."""
        return self._state.output

    def declared(self) -> tuple[Shape | None, ...]:
        """Return the shapes that the layer's own fields give to its inputs."""
        return (None,) * (1 if self.arity is None else self.arity)

    def resolve(self) -> None:
        """Infer all shapes inside from the declared ones; raise and change nothing if wrong."""
        found: Found = {}
        self.infer(self.declared(), found, "")
        for layer, inputs, _ in found.values():
            layer.accept(inputs)
        for layer, inputs, output in found.values():
            layer._state.inputs, layer._state.output = inputs, output

    def infer(self, inputs: tuple[Shape | None, ...], found: Found, path: str) -> Shape | None:
        """Return the output's shape for `inputs`, noting what was found of each layer inside."""
        where = self.where(path)
        if self.arity is not None:
            if len(inputs) != self.arity:
                raise ValueError(f"{where} takes {self.arity} inputs, not {len(inputs)}")
            pairs = zip(self.declared(), inputs, strict=True)
            inputs = tuple(merge(f"the input of {where}", own, given) for own, given in pairs)
        inputs, output = self.flow(inputs, found, path)
        found[id(self)] = (self, inputs, output)
        return output

    def where(self, path: str) -> str:
        """Return what an error calls the layer that is at `path` in the net being resolved."""
        return f"layer {path!r} ({type(self).__name__})" if path else type(self).__name__

    @abc.abstractmethod
    def flow(
        self, inputs: tuple[Shape | None, ...], found: Found, path: str
    ) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """Return the shapes of the inputs, perhaps better known, and of the output."""

    def accept(self, inputs: tuple[Shape | None, ...]) -> None:
        """Raise ValueError if what the layer holds does not fit `inputs`. Here: nothing."""
        return

    # ---- application

    def __call__(self, *inputs: Any) -> np.ndarray:
        """Return the output for the inputs, in numpy, as the net is used after training.

        Parameters
        ----------
        *inputs : array_like
            One for each input of the net, of its shape: one example. Axes before those count
            examples, equally many in every input. Where the shape of the input is not known,
            an array is one example. Values are float32 (float64 in a net of such arrays); where
            an embedding reads them they are indices, counted from 0.

        Returns
        -------
        numpy.ndarray
            The output, behind the axes that count the examples.

        Raises
        ------
        ValueError
            If an array of the net has no value yet, or an input does not fit.
        TypeError
            If an input holds no real numbers.

        Examples
        --------
        >>> import netinit
        >>> net = netinit.initialize(netinit.nets.NetChain([200, "ramp", 2], input=50))
        >>> net([1.0] * 50).shape, net([[1.0] * 50] * 8).shape
        ((2,), (8, 2))
        """
        return apply(self, inputs)

    @abc.abstractmethod
    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return the output for a batch of inputs, whose first axis counts the examples."""

    # ---- values

    def copy(self) -> Self:
        """Return an equal layer that shares nothing with this one; arrays are copied."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        state = State(inputs=self._state.inputs, output=self._state.output)
        object.__setattr__(twin, "_state", state)
        return twin

    def __getitem__(self, key: object) -> Any:
        """Return the array or layer at `key`: a name, a position, a path of them.

        ``net["h", 0, "Weights"]``, ``net["h"][0]["Weights"]`` and ``net["h.0.Weights"]`` are
        the same array. An array without a value reads as ``netinit.Automatic``.
        """
        return self.at(path_of(key))

    @abc.abstractmethod
    def at(self, path: tuple[str | int, ...]) -> Any:
        """Return the layer or array at `path`; raise KeyError or IndexError."""

    def __setitem__(self, key: object, value: object) -> None:
        """Give the array at `key` a value (it is copied), or take it away (``Automatic``)."""
        self.put(path_of(key), value)

    @abc.abstractmethod
    def put(self, path: tuple[str | int, ...], value: object) -> None:
        """Set the array at `path`; raise where there is none or the value does not fit."""

    def __iter__(self) -> Iterator[Layer]:
        """Iterate over the layers directly inside."""
        return iter(())

    def array_layers(self) -> Iterator[tuple[str, ArrayHolder]]:
        """Yield every layer with arrays inside, at any depth, with its dotted path. Here: none."""
        return iter(())

    def parameters(self) -> list[Parameter]:
        """Return a parameter for each array of the net, in its order, with its dotted name."""
        return parameters_of(self)

    # ---- text

    def options(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults, the positional ones first."""
        given = {}
        for item in sorted(dataclasses.fields(self), key=lambda item: bool(item.kw_only)):
            value = getattr(self, item.name)
            if item.init and not (value == default(item) and type(value) is type(default(item))):
                given[item.name] = value
        return given

    def signature(self) -> str:
        """Return how the layer is made, without what the shapes beside it say."""
        positional = [item.name for item in dataclasses.fields(self) if not item.kw_only]
        parts = [
            f"{value!r}" if name in positional[:1] else f"{name}={value!r}"
            for name, value in self.options().items()
            if name not in self.quiet
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    def __repr__(self) -> str:
        """Show how the layer is made, its shapes and its arrays."""
        inputs = ", ".join(map(show, self.input_shapes))
        flow = f"{inputs} -> {show(self.output_shape)}" if inputs else show(self.output_shape)
        return f"{self.signature()}: {flow}"


class Leaf(Layer):
    """A layer without layers inside."""

    #: Whether the input holds indices, which are not turned into floating-point numbers.
    takes_indices: ClassVar[bool] = False

    @abc.abstractmethod
    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the output for a batch of inputs, whose first axis counts the examples."""

    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return what the layer computes, and show it to who watches."""
        if not self.takes_indices:
            inputs = tuple(array.astype(flow.dtype, copy=False) for array in inputs)
        output = self.compute(*inputs).astype(flow.dtype, copy=False)
        if not inputs:  # an array of the net is the same for every example
            output = np.broadcast_to(output, (flow.batch, *output.shape[1:]))
        flow.see(path, self, output)
        return output

    @abc.abstractmethod
    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the output's shape for these inputs; raise ValueError where they do not fit."""

    def flow(
        self, inputs: tuple[Shape | None, ...], found: Found, path: str
    ) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """Return the inputs as they are and the shape of the output."""
        try:
            return inputs, self.infer_output(inputs)
        except ValueError as error:
            raise ValueError(f"{self.where(path)}: {error}") from None


class Declared(Layer):
    """A layer whose inputs' shapes may be declared in a field named input."""

    def with_input(self, shape: Any) -> Self:
        """Return a copy whose input has `shape`, with all shapes inferred anew."""
        twin = self.copy()
        checked = checks(type(self))["input"](f"{type(self).__name__}: input", shape)
        object.__setattr__(twin, "input", checked)
        twin.resolve()
        return twin


@dataclass(frozen=True, eq=False, repr=False)
class Unary(Declared):
    """A layer of one input, whose shape may be declared.

    Parameters
    ----------
    input : int or tuple, optional
        The shape of the input: an extent, or a tuple of extents in which None stands for one
        that is unknown or varies; ``()`` is a scalar. Not given: inferred by the net around.
    """

    _: KW_ONLY
    input: InputShape = None

    def declared(self) -> tuple[Shape | None, ...]:
        """Return the declared shape of the one input."""
        # The check of the field has turned a single extent into a tuple.
        return (self.input,)  # type: ignore[return-value]


def default(item: dataclasses.Field[Any]) -> Any:
    """Return a field's default, or the marker that it has none."""
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


def path_of(key: object) -> tuple[str | int, ...]:
    """Return a subscript as a path: text is split at its dots, a tuple joins its items."""
    if isinstance(key, tuple):
        return tuple(part for item in key for part in path_of(item))
    if isinstance(key, str):
        return tuple(key.split("."))
    if hasattr(key, "__index__") and not isinstance(key, bool):
        return (int(key.__index__()),)
    raise TypeError(f"a layer or array is named by text or a position, not {key!r}")
