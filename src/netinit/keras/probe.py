"""Watching a Keras model at work, on whichever backend it runs."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from netinit.base.traced import Traced, Watch
from netinit.keras.walk import walk

__all__ = ["KerasProbe"]


class KerasProbe:
    """Watches a Keras model or layer as it is used after training; nothing is changed.

    Parameters
    ----------
    net : keras.Model or keras.Layer
    """

    def __init__(self, net: Any) -> None:
        self._net = net

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield every trainable variable's name and values."""
        trainable = {id(variable) for variable in self._net.trainable_variables}
        for place in walk(self._net):
            variable = place.variable
            if variable is not None and id(variable) in trainable:
                yield place.name, _as_numpy(variable.value)

    @contextmanager
    def reinitialized(self, fill: Callable[[Any], Any]) -> Iterator[KerasProbe]:
        """Give a probe of the model while it holds what `fill` has put into it."""
        kept = [keras.ops.copy(v.value) for v in self._net.variables]
        try:
            fill(self._net)
            yield self
        finally:
            for variable, values in zip(self._net.variables, kept, strict=True):
                variable.assign(values)

    def trace(self, inputs: Any, watch: Watch) -> list[Traced]:
        """Return what is seen of each watched layer, in the order of its call."""
        found: list[tuple[str, Any, Any]] = []

        def collect(name: str, layer: Any, output: Any) -> Any:
            found.append((name, layer, output))
            return output

        def number(zeros: list[Any]) -> Any:
            rest = iter(zeros)
            output = self._run(inputs, watch, lambda name, layer, out: out + next(rest))
            if watch.loss is not None:
                return watch.loss(output)
            direction = keras.ops.convert_to_tensor(watch.direction(tuple(output.shape)))
            return keras.ops.sum(output * keras.ops.cast(direction, output.dtype))

        self._run(inputs, watch, collect)
        gradients: list[Any] = [None] * len(found)
        if watch.backward and found:
            gradients = _gradients(number, [keras.ops.zeros_like(out) for _, _, out in found])
        return [
            Traced(
                *(name, type(layer).__name__, _part(layer), _axis(layer, out), _as_numpy(out)),
                None if gradient is None else _as_numpy(gradient),
            )
            for (name, layer, out), gradient in zip(found, gradients, strict=True)
        ]

    def _run(self, inputs: Any, watch: Watch, see: Callable[[str, Any, Any], Any]) -> Any:
        names = {id(layer): layer.name for layer in self._net._flatten_layers(include_self=False)}
        # Layers with variables have the names that do not depend on the process.
        names |= {id(p.layer): p.name.rpartition(".")[0] or "net" for p in walk(self._net)}
        base = keras.layers.Layer
        call = base.__call__

        def watched(layer: Any, *args: Any, **kwargs: Any) -> Any:
            output = call(layer, *args, **kwargs)
            name = names.get(id(layer), "")
            dtype = getattr(output, "dtype", None)
            is_float = dtype is not None and "float" in keras.backend.standardize_dtype(dtype)
            leaf = len(list(layer._flatten_layers())) == 1
            if name and is_float and watch.chosen(name, leaf):
                return see(name, layer, output)
            return output

        # Every layer goes through this one method; it is put back before anything returns.
        base.__call__ = watched
        try:
            return self._net(inputs, training=False)
        finally:
            base.__call__ = call


def _gradients(number: Callable[[list[Any]], Any], at: list[Any]) -> Any:
    """Return the gradient of a function of tensors, by the backend's own means."""
    backend = keras.backend.backend()
    if backend == "jax":
        return sys.modules["jax"].grad(number)(at)
    if backend == "torch":
        for tensor in at:
            tensor.requires_grad_()
        with sys.modules["torch"].enable_grad():
            return sys.modules["torch"].autograd.grad(number(at), at, allow_unused=True)
    if backend == "tensorflow":
        with sys.modules["tensorflow"].GradientTape() as tape:
            tape.watch(at)
            result = number(at)
        return tape.gradient(result, at)
    return [None] * len(at)


def _part(layer: Any) -> str:
    return "weights" if any(len(v.shape) > 1 for v in layer.trainable_variables) else ""


def _axis(layer: Any, output: Any) -> int:
    first = getattr(layer, "data_format", "") == "channels_first"
    return 1 if first else len(output.shape) - 1


def _as_numpy(tensor: Any) -> np.ndarray:
    if keras.backend.backend() == "torch":
        # Keras's own conversion goes through a call that numpy warns of.
        torchs: np.ndarray = tensor.detach().cpu().float().numpy()
        return torchs
    array = np.asarray(keras.ops.convert_to_numpy(tensor))
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)
