"""NetGraph: named layers joined by edges."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np

from netinit.base.spelling import unknown
from netinit.nets.container import Layers, Net
from netinit.nets.evaluation import Flow, named_inputs
from netinit.nets.fields import shape as shape_check
from netinit.nets.layer import Declared, Found, Layer
from netinit.nets.shapes import Shape, merge

__all__ = ["NetGraph"]

_INPUT, _OUTPUT = "Input", "Output"


def _edges(what: str, value: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError(f"{what} must be a list of paths such as ['Input', 'a', 'b']")
    for path in value:
        if not isinstance(path, (tuple, list)) or len(path) < 2:
            raise ValueError(f"{what}: a path is a list of two or more names, not {path!r}")
        for name in path:
            if not isinstance(name, str) and (isinstance(name, bool) or not isinstance(name, int)):
                raise TypeError(f"{what}: {name!r} in {list(path)!r} is not a layer's name")
    return tuple(tuple(map(str, path)) for path in value)


def _ports(what: str, value: object) -> Any:
    if not isinstance(value, Mapping):
        return shape_check(what, value)
    for name in value:
        if not isinstance(name, str) or not name or "." in name or name == _OUTPUT:
            raise ValueError(f"{what}: {name!r} cannot be the name of an input")
    return {name: shape_check(f"{what}: {name}", shape) for name, shape in value.items()}


@dataclass(frozen=True, eq=False, repr=False)
class NetGraph(Declared, Net):
    """Named layers joined by edges.

    Parameters
    ----------
    layers : mapping or sequence
        The layers, by name or by position (named "0", "1", ...); an integer stands for a
        LinearLayer, a function's name for an ElementwiseLayer.
    edges : sequence of sequences
        Paths along which arrays flow: ``["Input", "a", "b"]`` joins the input to a and a to
        b. A layer of several inputs takes them in the order of the edges that lead to it. The
        output is what leads to "Output", else the one layer that leads nowhere.
    input : int, tuple or mapping, optional
        The shape of the input; or the names of several inputs with their shapes.

    Raises
    ------
    ValueError
        If an edge names no layer, edges form a circle, or shapes do not fit.

    Notes
    -----
    A layer to which no edge leads has no inputs from the graph: its shapes are inferred from
    its own input field.
    """

    layers: Layers
    edges: Annotated[Sequence[Sequence[str]], _edges] = ()
    _: KW_ONLY
    input: Annotated[Any, _ports] = None

    def children(self) -> Mapping[str, Layer]:
        """Return the layers by name, in order."""
        return self.layers

    def _replace_children(self, children: Mapping[str, Layer]) -> None:
        object.__setattr__(self, "layers", children)

    # ---- wiring

    @property
    def ports(self) -> dict[str, Shape | None]:
        """The inputs by name, with their declared shapes, in order."""
        if isinstance(self.input, dict):
            return self.input
        used = self.input is not None or any(path[0] == _INPUT for path in self.edges)
        return {_INPUT: self.input} if used else {}

    @property
    def arity(self) -> int:
        """The number of inputs."""
        return len(self.ports)

    def declared(self) -> tuple[Shape | None, ...]:
        """Return the declared shapes of the inputs, in order."""
        return tuple(self.ports.values())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each edge as (from, to), in order."""
        for path in self.edges:
            yield from pairwise(path)

    def sources(self, name: str) -> list[str]:
        """Return what leads to a layer or to the output, in order."""
        return [source for source, target in self._pairs() if target == name]

    def targets(self, name: str) -> list[str]:
        """Return what a layer or an input leads to, in order; nothing for the output's layer."""
        return [target for source, target in self._pairs() if source == name]

    def _validate(self) -> None:
        super()._validate()
        ports = self.ports
        for name in (*ports, _OUTPUT):
            if name in self.layers:
                raise ValueError(f"NetGraph: {name!r} names an input or output, not a layer")
        for source, target in self._pairs():
            if source not in self.layers and source not in ports:
                raise ValueError(unknown("NetGraph: edges: layer", source, [*self.layers, *ports]))
            if target not in self.layers and target != _OUTPUT:
                known = [*self.layers, _OUTPUT]
                raise ValueError(unknown("NetGraph: edges: layer", target, known))
        for name in ports:
            if all(source != name for source, _ in self._pairs()):
                raise ValueError(f"NetGraph: no edge starts at the input {name!r}")
        if len(self.sources(_OUTPUT)) > 1:
            raise ValueError("NetGraph: only one edge may lead to 'Output'")
        self.order()

    def order(self) -> list[str]:
        """Return the layers' names in an order in which arrays can flow."""
        try:
            sorter = graphlib.TopologicalSorter({name: self.sources(name) for name in self.layers})
            return [name for name in sorter.static_order() if name in self.layers]
        except graphlib.CycleError as error:
            # The error lists the circle against the direction of the edges.
            circle = " -> ".join(reversed(error.args[1]))
            raise ValueError(f"NetGraph: edges form a circle: {circle}") from None

    # ---- shapes

    def flow(
        self, inputs: tuple[Shape | None, ...], found: Found, path: str
    ) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """Return the inputs as the layers know them and the shape of the output."""
        while True:
            shapes = self._pass(dict(zip(self.ports, inputs, strict=True)), found, path)
            better = tuple(shapes[name] for name in self.ports)
            if better == inputs:
                break
            inputs = better  # what one layer knew of an input, the others now hear
        output = self.outputs()
        return inputs, shapes[output[0]] if len(output) == 1 else None

    def _pass(
        self, shapes: dict[str, Shape | None], found: Found, path: str
    ) -> dict[str, Shape | None]:
        """Return the shapes of the outputs of all layers and, as far as seen, of the inputs."""
        for name in self.order():
            layer, sources = self.layers[name], self.sources(name)
            given = tuple(shapes[source] for source in sources) or layer.declared()
            shapes[name] = layer.infer(given, found, f"{path}.{name}" if path else name)
            for source, shape in zip(sources, found[id(layer)][1], strict=False):
                if source in self.ports:
                    shapes[source] = merge(f"the input {source!r}", shapes[source], shape)
        return shapes

    def outputs(self) -> list[str]:
        """Return what leads to the output, else the layers that lead nowhere."""
        leading = {source for source, _ in self._pairs()}
        return self.sources(_OUTPUT) or [name for name in self.layers if name not in leading]

    # ---- application

    def __call__(self, *inputs: Any) -> np.ndarray:
        """Return the output, as `Layer` says; inputs may be given by name, in one mapping."""
        if len(inputs) == 1 and isinstance(inputs[0], Mapping):
            inputs = tuple(named_inputs(inputs[0], list(self.ports)))
        return super().__call__(*inputs)

    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return the output of the layer that leads to the graph's."""
        outputs = self.outputs()
        if len(outputs) != 1:
            raise ValueError(
                f"{self.where(path)} has no one output: {', '.join(outputs)} lead nowhere; "
                "an edge to 'Output' chooses"
            )
        arrays = dict(zip(self.ports, inputs, strict=True))
        for name in self.order():
            given = tuple(arrays[source] for source in self.sources(name))
            where = f"{path}.{name}" if path else name
            layer = self.layers[name]
            if layer.arity is not None and layer.arity != len(given):
                raise ValueError(f"{layer.where(where)} gets no input; an edge must lead to it")
            arrays[name] = layer.run(given, flow, where)
        return arrays[outputs[0]]
