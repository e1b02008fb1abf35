"""Applying a net to arrays: numpy in, numpy out, a batch or one example."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from netinit.base.spelling import listing
from netinit.nets.shapes import Shape, show
from netinit.nets.walk import ArrayHolder

__all__ = ["Flow", "apply", "as_vectors", "missing_values", "named_inputs"]


@dataclass(frozen=True, slots=True)
class Flow:
    """What layers share while arrays flow through a net.

    Attributes
    ----------
    batch : int
        The extent of the first axis of all arrays, which counts the examples.
    dtype : numpy.dtype
        The type that is computed in: float32, or float64 where the net has such arrays.
    see : callable
        Is told of every layer without layers inside: its path, the layer, its output.
    """

    batch: int
    dtype: np.dtype
    see: Callable[[str, Any, np.ndarray], None]

    def of(self, batch: int) -> Flow:
        """Return the same for another number of examples."""
        return replace(self, batch=batch)


class Applied(Protocol):
    """A layer or net, as far as it is applied."""

    @property
    def arity(self) -> int | None:
        """The number of inputs; None where any number from 1 will do."""
        ...

    @property
    def input_shapes(self) -> tuple[Shape | None, ...]:
        """The shapes of the inputs as far as they are known."""
        ...

    def array_layers(self) -> Iterator[tuple[str, ArrayHolder]]:
        """Yield every layer with arrays inside with its dotted path."""
        ...

    def infer(self, inputs: tuple[Shape | None, ...], found: Any, path: str) -> Shape | None:
        """Return the output's shape for inputs; raise ValueError where they do not fit."""
        ...

    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return the output for a batch of inputs."""
        ...


def missing_values(net: Applied) -> list[str]:
    """Return the names of the arrays of a net that have no value yet."""
    missing = []
    for path, layer in net.array_layers():
        for name in layer.infos:
            owner, kept = layer.owner(name)
            if kept not in owner.held:
                missing.append(".".join(filter(None, (path, layer.given_name(name)))))
    return missing


def _unseen(path: str, layer: Any, output: np.ndarray) -> None:
    """See nothing."""


def apply(
    net: Applied,
    inputs: Sequence[Any],
    see: Callable[[str, Any, np.ndarray], None] = _unseen,
) -> np.ndarray:
    """Return a net's output for its inputs, each one example or a batch of them.

    Parameters
    ----------
    net : Layer
    inputs : sequence of array_like
        As many as the net has inputs. Axes before those of the net's input count examples.
    see : callable, optional
        Is told of every layer inside: its path, the layer, its output with the examples as the
        first axis.

    Raises
    ------
    ValueError
        If an array of the net has no value yet, or an input does not fit.
    TypeError
        If an input holds no real numbers.
    """
    missing = missing_values(net)
    if missing:
        raise ValueError(
            f"the net has no values for {listing(missing)} yet; netinit.initialize(net) gives them"
        )
    if net.arity is not None and len(inputs) != net.arity:
        raise ValueError(f"the net takes {net.arity} inputs, not {len(inputs)}")
    arrays = [_numbers(value) for value in inputs]
    shapes = net.input_shapes if net.arity is not None else (None,) * len(arrays)
    ranks = [a.ndim if s is None else len(s) for a, s in zip(arrays, shapes, strict=True)]
    lead = _lead(arrays, ranks, shapes)
    net.infer(tuple(array.shape[len(lead) :] for array in arrays), {}, "")
    flow = Flow(math.prod(lead), _dtype(net), see)
    batches = tuple(array.reshape((flow.batch, *array.shape[len(lead) :])) for array in arrays)
    with np.errstate(all="ignore"):  # what explodes is for the caller to see in the output
        output = net.run(batches, flow, "")
    # A copy: the output may be an input seen in another order, or an array of the net.
    return np.array(output.reshape((*lead, *output.shape[1:])))


def _numbers(value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a net's input must be an array of real numbers, not of {array.dtype}")
    return array


def _lead(
    arrays: Sequence[np.ndarray], ranks: Sequence[int], shapes: Sequence[Shape | None]
) -> tuple[int, ...]:
    """Return the extents of the axes that count examples, the same for all inputs."""
    leads: dict[tuple[int, ...], None] = {}
    for array, rank, shape in zip(arrays, ranks, shapes, strict=True):
        if array.ndim < rank:
            raise ValueError(
                f"the input must have shape {show(shape)}, or axes that count examples before "
                f"it, not {show(array.shape)}"
            )
        leads[array.shape[: array.ndim - rank]] = None
    if len(leads) > 1:
        raise ValueError(
            "all inputs must have equally many examples, not "
            + " and ".join(str(math.prod(lead)) for lead in leads)
        )
    return next(iter(leads), ())


def _dtype(net: Applied) -> np.dtype:
    dtypes = {layer.given_dtype(name) for _, layer in net.array_layers() for name in layer.infos}
    return np.dtype(np.float64 if "float64" in dtypes else np.float32)


def as_vectors(x: np.ndarray) -> np.ndarray:
    """Return every example of a batch as one vector."""
    return x.reshape(len(x), math.prod(x.shape[1:]))


def named_inputs(given: Mapping[str, Any], ports: Sequence[str]) -> list[Any]:
    """Return inputs given by name in the order of a graph's ports."""
    if set(given) != set(ports):
        raise ValueError(f"the net's inputs are {listing(ports)}, not {listing(given)}")
    return [given[port] for port in ports]
