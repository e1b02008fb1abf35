"""What a net is run on, where nobody gives it: normal numbers, or indices of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netinit.initializers.distributions import Normal, Uniform
from netinit.nets.chain import NetChain
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer
from netinit.nets.layers.linear import EmbeddingLayer
from netinit.numpy.create import create

__all__ = ["inputs_of_model", "inputs_of_net"]


def inputs_of_net(net: Layer, batch: int, length: int, seed: int | str) -> tuple[np.ndarray, ...]:
    """Return inputs of a net: indices where an embedding reads them, else normal numbers.

    Parameters
    ----------
    net : Layer
    batch : int
        How many examples.
    length : int
        The extent of an axis whose own is not known, as that of a sequence.
    seed : int or str

    Raises
    ------
    ValueError
        If the shape of an input is not known.
    """
    found = []
    for port, shape in enumerate(net.input_shapes):
        if shape is None:
            raise ValueError(
                "the shape of the net's input is not known, so there is nothing to run it on; "
                'give the net its "input"'
            )
        extents = (batch, *(length if extent is None else extent for extent in shape))
        classes = _classes(net, port)
        if classes is None:
            found.append(create(extents, Normal(), seed=seed, name=f"input.{port}"))
        else:
            found.append(_indices(extents, classes, seed, port))
    return tuple(found)


def _classes(layer: Layer, port: int) -> int | None:
    """Return how many classes an input is an index of; None where no embedding reads it."""
    if isinstance(layer, EmbeddingLayer):
        return layer.classes
    readers: list[tuple[Layer, int]] = []
    if isinstance(layer, NetChain):
        readers = [(child, 0) for child in list(layer.children().values())[:1]]
    elif isinstance(layer, NetGraph):
        name = list(layer.ports)[port]
        readers = [
            (layer.children()[target], layer.sources(target).index(name))
            for target in layer.targets(name)
            if target in layer.children()
        ]
    found = [classes for one in readers if (classes := _classes(*one)) is not None]
    return min(found, default=None)


def inputs_of_model(model: Any, batch: int, length: int, seed: int | str) -> dict[str, np.ndarray]:
    """Return the tokens that a model of transformers is called with.

    Raises
    ------
    ValueError
        If it is not called with tokens alone.
    """
    name = getattr(model, "main_input_name", "")
    classes = getattr(model.config, "vocab_size", None)
    if name != "input_ids" or not isinstance(classes, int):
        raise ValueError(
            f"{type(model).__name__} is called with {name or 'what is not known'}, not with tokens "
            "alone, so there is nothing to run it on; in Python netinit.inspect.propagate takes "
            "the inputs"
        )
    tokens = {"input_ids": _indices((batch, length), classes, seed, 0)}
    if model.config.is_encoder_decoder:
        tokens["decoder_input_ids"] = _indices((batch, length), classes, seed, 1)
    return tokens


def _indices(shape: tuple[int, ...], classes: int, seed: int | str, port: int) -> np.ndarray:
    share = create(shape, Uniform(0.0, 1.0), seed=seed, name=f"input.{port}")
    indices: np.ndarray = np.minimum(share * classes, classes - 1).astype(np.int64)
    return indices
